/** The project itself as one of the packages to install. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { WheelArchive } from '../archive/wheel-archive.ts';
import { TspmError } from '../errors.ts';
import type { WantedDistribution } from '../installer/wanted.ts';
import { normalizeName } from '../packaging/name.ts';
import type { Pyproject } from '../project/pyproject.ts';
import { folderWheel } from './folder-wheel.ts';
import type { Session } from './session.ts';

/** How the project itself is installed. */
export type OwnInstall = 'none' | 'editable' | 'plain';

/** Options that decide it. */
export interface OwnOptions {
  /** False for `--no-self`. */
  readonly self: boolean;
  /** False for `--no-editable`. */
  readonly editable: boolean;
}

/** How the project is installed with these groups: only a distribution is, and only along with `default`. */
export function ownInstall(project: Pyproject, groups: readonly string[], { self, editable }: OwnOptions): OwnInstall {
  if (!self || !project.distribution || !groups.includes('default')) return 'none';
  return editable ? 'editable' : 'plain';
}

/** Beside pyproject.toml, the files that decide what an editable installation looks like. */
export function ownFiles(root: string): string {
  const texts = ['setup.py', 'setup.cfg'].map((name) => join(root, name));
  return texts.map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : '')).join('\0');
}

/** The project as something to install, and its wheel. */
export interface OwnDistribution {
  readonly wanted: WantedDistribution;
  readonly wheel: WheelArchive;
}

/** Builds the project. Throws TSPM_BUILD_FAILED, also when the wheel has another name than the project. */
export async function buildOwnProject(session: Session, how: Exclude<OwnInstall, 'none'>): Promise<OwnDistribution> {
  const { name = '' } = session.pyproject;
  const editable = how === 'editable';
  const wheel = await folderWheel(session, { path: session.root, subject: name, editable });
  const key = normalizeName(name);
  if (wheel.name !== key) {
    wheel.close();
    throw new TspmError('TSPM_BUILD_FAILED', `${name} cannot be built: the wheel that came out is ${wheel.filename}`);
  }
  const directUrl = {
    url: pathToFileURL(session.root).href,
    subdirectory: undefined,
    source: { kind: 'directory', editable },
  } as const;
  const { version } = wheel;
  const wanted = { key, name, version, sha256s: [], requested: true, directUrl, versionIsExactLocal: false };
  return { wanted, wheel };
}
