/** Wheels of folders: the project itself, and local packages. Their content is not known by a digest, so nothing of them is kept. */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { hashFile } from '../archive/file-access.ts';
import { openWheel, type WheelArchive } from '../archive/wheel-archive.ts';
import { buildFailed, buildInto, preparedMetadata } from '../build/backend.ts';
import { isTspmError, TspmError } from '../errors.ts';
import { tryParseWheelFilename } from '../packaging/filename.ts';
import { withBackend, type OpenBackend } from './open-backend.ts';
import { staticMetadata } from './sdist-metadata.ts';
import type { Session } from './session.ts';

/** A folder to build. */
export interface BuildFolder {
  /** Absolute. */
  readonly path: string;
  /** For messages. */
  readonly subject: string;
  readonly editable: boolean;
}

const built = new WeakMap<Session, Map<string, Promise<string>>>();

/**
 * The wheel of a folder, or its editable wheel (PEP 660); built once a run, removed with the session. Must be closed. Throws
 * TSPM_BUILD_FAILED, and as {@link withBackend}.
 */
export async function folderWheel(session: Session, folder: BuildFolder): Promise<WheelArchive> {
  const known = built.get(session) ?? new Map<string, Promise<string>>();
  built.set(session, known);
  const id = `${folder.editable ? 'editable' : 'wheel'} ${folder.path}`;
  const task = known.get(id) ?? buildFolder(session, folder);
  known.set(id, task);
  const path = await task;
  return openWheel(path, basename(path), await hashFile(path, session.settings.signal));
}

/** METADATA of a folder: what its pyproject.toml says for good, else as its backend prepares it, else that of a wheel. Throws as {@link folderWheel}. */
export async function folderMetadata(session: Session, folder: BuildFolder): Promise<string> {
  requireFolder(folder);
  const pyproject = join(folder.path, 'pyproject.toml');
  const text = existsSync(pyproject) ? readFileSync(pyproject, 'utf8') : undefined;
  const known = staticMetadata({ pkgInfo: undefined, pyproject: text });
  if (known !== undefined) return known;
  return withBackend(session, jobOf(folder, 'wheel'), async (open) => {
    const prepared = await preparedMetadata(open.backend, { folder: open.folder, settings: session.build.settings });
    if (prepared !== undefined) return prepared;
    const wheel = await checkedWheel(session, open, 'wheel');
    return wheel.metadataText;
  });
}

function buildFolder(session: Session, folder: BuildFolder): Promise<string> {
  requireFolder(folder);
  const kind = folder.editable ? 'editable' : 'wheel';
  return withBackend(session, jobOf(folder, kind), async (open) => {
    const { path } = await checkedWheel(session, open, kind);
    const place = join(session.scratch, randomUUID());
    mkdirSync(place);
    const kept = join(place, basename(path));
    await rename(path, kept);
    return kept;
  });
}

/** Builds and judges a wheel as strictly as a published one. */
async function checkedWheel(
  session: Session,
  { backend, folder }: OpenBackend,
  kind: 'editable' | 'wheel',
): Promise<{ readonly path: string; readonly metadataText: string }> {
  const path = await buildInto(backend, kind, { folder, settings: session.build.settings });
  const filename = basename(path);
  if (tryParseWheelFilename(filename) === undefined) throw buildFailed(backend, `${filename} is no name of a wheel`);
  try {
    const wheel = openWheel(path, filename);
    wheel.close();
    return { path, metadataText: wheel.metadataText };
  } catch (error) {
    throw isTspmError(error) ? buildFailed(backend, `the wheel that came out is refused: ${error.message}`) : error;
  }
}

function jobOf({ path, subject }: BuildFolder, kind: 'editable' | 'wheel'): Parameters<typeof withBackend>[1] {
  return { subject, kind, source: () => Promise.resolve(path) };
}

function requireFolder({ path, subject }: BuildFolder): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new TspmError('TSPM_BUILD_FAILED', `${subject} cannot be built: the folder ${path} does not exist`, {
    hint: 'put it back, or change the requirement that names it',
    context: { path },
  });
}
