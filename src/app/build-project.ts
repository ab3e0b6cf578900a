/** `tspm build`: the archive and the wheel of the project itself, for others. */
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { unpackSdist } from '../archive/sdist-unpack.ts';
import { openWheel } from '../archive/wheel-archive.ts';
import { buildInto, type BuildKind } from '../build/backend.ts';
import { TspmError } from '../errors.ts';
import { withBackend } from './open-backend.ts';
import type { Session } from './session.ts';
import { makeFolders } from '../util/file-system.ts';

/** What is to be built, and where it goes. */
export interface BuildRequest {
  readonly sdist: boolean;
  readonly wheel: boolean;
  /** Absolute. */
  readonly dest: string;
  /** Archives and wheels of earlier builds go. */
  readonly clean: boolean;
  /** Told before and after each. */
  readonly tell: (line: string) => void;
}

/**
 * Builds between the hooks `pre_build` and `post_build`: the archive, and the wheel from what it holds, so that it is proven to be
 * complete; without archive the wheel from the sources. The folder changes when everything is built. Throws TSPM_USAGE for an
 * application or when there is nothing to build, TSPM_BUILD_FAILED.
 */
export async function buildProject(session: Session, request: BuildRequest): Promise<void> {
  const { sdist, wheel, dest, clean, tell } = request;
  const { name = '', distribution } = session.pyproject;
  if (!distribution) {
    throw new TspmError('TSPM_USAGE', 'the project is an application, which is not built', {
      hint: 'set distribution = true in [tool.pdm]',
    });
  }
  if (!sdist && !wheel) throw new TspmError('TSPM_USAGE', 'there is nothing to build without sdist and wheel');
  await session.settings.hook('pre_build');
  const made: string[] = [];
  const build = async (kind: BuildKind, source: (folder: string) => Promise<string>): Promise<string> => {
    const path = await withBackend(session, { subject: name, kind, source }, async ({ backend, folder }) => {
      const built = await buildInto(backend, kind, { folder, settings: session.build.settings });
      if (kind === 'wheel') openWheel(built, basename(built)).close();
      const kept = join(session.scratch, basename(built));
      copyFileSync(built, kept);
      return kept;
    });
    made.push(path);
    return path;
  };
  const sources = (): Promise<string> => Promise.resolve(session.root);
  if (sdist) tell('Building sdist...');
  const archive = sdist ? await build('sdist', sources) : undefined;
  if (wheel) {
    tell(archive === undefined ? 'Building wheel...' : 'Building wheel from sdist...');
    await build('wheel', archive === undefined ? sources : (folder) => unpackSdist(archive, basename(archive), folder));
  }
  place(made, { dest, clean });
  for (const path of made) {
    tell(`Built ${path.endsWith('.whl') ? 'wheel' : 'sdist'} at ${join(dest, basename(path))}`);
  }
  await session.settings.hook('post_build');
}

function place(made: readonly string[], { dest, clean }: Pick<BuildRequest, 'dest' | 'clean'>): void {
  makeFolders(dest);
  const old = clean ? readdirSync(dest).filter((name) => /\.(?:whl|tar\.gz)$/.test(name)) : [];
  for (const name of old) rmSync(join(dest, name));
  for (const path of made) copyFileSync(path, join(dest, basename(path)));
}
