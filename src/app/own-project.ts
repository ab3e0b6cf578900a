/** The project itself as one of the packages to install. */
import { pathToFileURL } from 'node:url';
import type { WheelArchive } from '../archive/wheel-archive.ts';
import { TspmError } from '../errors.ts';
import type { WantedDistribution } from '../installer/wanted.ts';
import { normalizeName } from '../packaging/name.ts';
import { folderWheel } from './folder-wheel.ts';
import type { OwnInstall } from './own-install.ts';
import type { Session } from './session.ts';

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
