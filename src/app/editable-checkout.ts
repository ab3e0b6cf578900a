/** Clones of editable packages, in `__pypackages__/X.Y/src` as PDM has them: they belong to whoever works in them. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TspmError } from '../errors.ts';
import type { LockedVcs } from '../lockfile/model.ts';
import { ioFault } from '../util/io-fault.ts';
import { checkOut, commitOf } from '../vcs/checkout.ts';
import { cloneState, settle } from '../vcs/clone.ts';
import type { Repository } from '../vcs/repository.ts';
import { mirrorSettings, repositoryAt, unsupportedVcs } from './repositories.ts';
import type { Session } from './session.ts';

/** An editable package from a repository. */
export interface EditableCheckout {
  readonly name: string;
  /** Where it is cloned to, absolute. */
  readonly path: string;
  readonly origin: LockedVcs;
}

/**
 * Clones the repository where the folder is missing, and anew where another ref is wanted and nobody changed anything in the folder; else
 * the folder stays as it is, and nothing is asked of the network. Throws as `checkOut`, TSPM_IO for a folder that is no clone.
 */
export async function editableCheckout(session: Session, { name, path, origin }: EditableCheckout): Promise<void> {
  if (origin.kind !== 'git') throw unsupportedVcs(origin.kind, origin.url);
  const { ref } = origin;
  const repository = repositoryAt(session, origin.url);
  if (existsSync(path)) {
    if (!existsSync(join(path, '.git'))) throw foreign(name, path);
    const state = await cloneState(mirrorSettings(session), repository, path);
    if (state.ref === ref) return;
    if (!state.isUntouched) {
      session.note('warning', `${path} has changes of its own, so it is not moved to ${ref ?? 'the default branch'}`);
      return;
    }
  }
  await cloneAnew(session, { repository, ref, path });
}

async function cloneAnew(
  session: Session,
  {
    repository,
    ref,
    path,
  }: { readonly repository: Repository; readonly ref: string | undefined; readonly path: string },
): Promise<void> {
  const settings = mirrorSettings(session);
  const commit = await commitOf(settings, repository, ref);
  const fresh = `${path}.part`;
  await rm(fresh, { recursive: true, force: true });
  try {
    mkdirSync(dirname(path), { recursive: true });
    await checkOut(settings, { repository, commit }, fresh);
    await settle(settings, { repository, folder: fresh, ref, commit });
    await rm(path, { recursive: true, force: true });
    renameSync(fresh, path);
  } catch (error) {
    throw ioFault('cannot clone to', path, error);
  }
}

function foreign(name: string, path: string): TspmError {
  return new TspmError('TSPM_IO', `${path}, where ${name} is to be cloned, is no clone of a repository`, {
    hint: 'move it away',
    context: { path },
  });
}
