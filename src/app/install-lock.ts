import { basename } from 'node:path';
import { TspmError } from '../errors.ts';
import type { Commitment } from '../installer/change-request.ts';
import type { SyncResult } from '../installer/sync.ts';
import type { TreeNotes } from '../installer/tree-notes.ts';
import { checkFreshness } from '../lockfile/freshness.ts';
import type { LockedPackage, Lockfile } from '../lockfile/model.ts';
import { readLockText } from './lock-file.ts';
import { memberContents } from './lock-inputs.ts';
import { ownFiles } from './own-install.ts';
import type { Session } from './session.ts';
import { syncLock } from './sync.ts';
import { syncInputs, type SyncOptions } from './sync-inputs.ts';

/** A lock to install from. `text`: what the lock file at `path` holds, when that is this lock: the next sync may rely on having seen it. */
export interface LockToInstall {
  readonly lock: Lockfile;
  /** Absolute. */
  readonly path: string;
  readonly text: string | undefined;
  readonly options: SyncOptions;
  /** Writes the project's files that go with the lock: once everything is staged, before any package changes. */
  readonly save?: Commitment;
  /** Takes note of how the packages folder is filled. */
  readonly notes?: TreeNotes;
}

/** Installs between the hooks `pre_install` and `post_install`. Throws as {@link syncLock}. */
export async function installLock(session: Session, order: LockToInstall): Promise<SyncResult> {
  const { lock, path, text, options, save, notes } = order;
  const { hook } = session.settings;
  if (save === undefined) await hook('pre_install');
  const commit: Commitment = {
    files: save?.files ?? [],
    carryOut: async () => {
      if (save === undefined) return requireSame(path, text);
      await save.carryOut();
      await hook('pre_install');
    },
  };
  const inputs = text === undefined ? undefined : await inputsOf(session, { lock, text, options });
  const result = await syncLock(session, lock, options, { inputs, commit, notes });
  if (session.settings.compile && !options.dryRun) {
    const { compileInstalled } = await import('./compile.ts');
    await compileInstalled(session);
  }
  await hook('post_install');
  return result;
}

/** Another command may have locked anew while this one waited for its turn: what it installed is not to be undone. Throws TSPM_BUSY. */
function requireSame(path: string, text: string | undefined): void {
  if (text === undefined || readLockText(path) === text) return;
  throw new TspmError('TSPM_BUSY', `${basename(path)} was changed by something else meanwhile`, {
    hint: 'run the command again',
    context: { path, changed: true },
  });
}

/** Also the checkout of an editable package. */
function isFolder({ path, files, editable }: LockedPackage): boolean {
  return editable === true || (path !== undefined && files.length === 0);
}

/** What the next sync compares with; undefined when it must look at everything again. */
async function inputsOf(
  session: Session,
  { lock, text, options }: Pick<LockToInstall, 'lock' | 'options'> & { readonly text: string },
): Promise<string | undefined> {
  const { pyproject, settings } = session;
  // What a folder holds is not known without building it.
  if (options.own === 'plain' || lock.packages.some(isFolder)) return undefined;
  if (
    options.dryRun ||
    options.reinstall ||
    checkFreshness(lock, pyproject.document, memberContents(pyproject)).kind === 'stale'
  )
    return undefined;
  const interpreter = await session.interpreter();
  return syncInputs({
    lockText: text,
    pyprojectText: pyproject.text,
    interpreter,
    config: settings.config,
    options,
    ownFiles: options.own === 'none' ? '' : ownFiles(session.root),
  });
}
