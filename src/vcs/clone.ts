/** Clones that stay: what tspm notes in them, and whether somebody has worked in them since. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { BORROWED } from './checkout.ts';
import { git, type GitSettings, tryGit } from './git-program.ts';
import type { Repository } from './repository.ts';

/** A fresh checkout that becomes a clone. */
export interface FreshClone {
  readonly repository: Repository;
  /** Absolute. */
  readonly folder: string;
  readonly ref: string | undefined;
  readonly commit: string;
}

/** Makes a checkout independent of the cache, and notes in it what it was made for. Throws as {@link git}. */
export async function settle(settings: GitSettings, { repository, folder, ref, commit }: FreshClone): Promise<void> {
  const run = (args: readonly string[]): Promise<string> =>
    git({ ...settings, repository, args: ['-C', folder, ...args] });
  await run(['repack', '--quiet', '-a', '-d']);
  rmSync(join(folder, '.git', BORROWED), { force: true });
  await run(['config', 'tspm.ref', ref ?? '']);
  await run(['config', 'tspm.commit', commit]);
}

/** What a clone was made for; untouched when it is still at that commit without any change. Throws as {@link tryGit}. */
export async function cloneState(
  settings: GitSettings,
  repository: Repository,
  folder: string,
): Promise<{ readonly ref: string | undefined; readonly isUntouched: boolean }> {
  const ask = async (args: readonly string[]): Promise<string> => {
    const { stdout } = await tryGit({ ...settings, repository, args: ['-C', folder, ...args] });
    return stdout.trim();
  };
  const ref = await ask(['config', 'tspm.ref']);
  const isThere = (await ask(['rev-parse', 'HEAD'])) === (await ask(['config', 'tspm.commit']));
  const changes = await ask(['status', '--porcelain']);
  return { ref: ref === '' ? undefined : ref, isUntouched: isThere && changes === '' };
}
