/**
 * Copies of repositories in the cache, `git-v1/SHA256_OF_URL/ID`. A copy never changes after it got its name: what it lacks is fetched into
 * a new one, which shares its objects by hard links. So readers need no lock, and a kill leaves nothing but a staging folder. Refs lie in
 * `packed-refs` alone. Git never runs in the copy of another user, which it refuses, but for reading objects.
 */
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, linkSync, lstatSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MIRRORS_AREA } from '../cache/layout.ts';
import { discard, makeStaging, unwritable } from '../cache/staging.ts';
import { offlineError } from '../http/offline.ts';
import type { Reporter } from '../ports.ts';
import { codeOf } from '../util/io-fault.ts';
import { git, type GitSettings, tryGit } from './git-program.ts';
import type { Repository } from './repository.ts';

/** Where copies are kept and how git is run. */
export interface MirrorSettings extends GitSettings {
  /** Absolute. */
  readonly cacheDir: string;
  readonly reporter: Reporter;
  /** Ask no server. */
  readonly offline: boolean;
}

/** Reports that a server is asked as long as `work` goes on. Throws TSPM_OFFLINE where it must not be. */
export async function online<T>(
  { reporter, offline }: MirrorSettings,
  { url }: Repository,
  work: () => Promise<T>,
): Promise<T> {
  if (offline && !url.startsWith('file:')) throw offlineError(`${url} would have to be fetched`, { url, files: [url] });
  reporter.emit({ kind: 'repository:start', url });
  try {
    return await work();
  } finally {
    reporter.emit({ kind: 'repository:done', url });
  }
}

/** The file of a copy that lists its refs. */
export const PACKED_REFS = 'packed-refs';

/** A reader may still be at work in an older copy. */
const KEPT_MILLISECONDS = 24 * 60 * 60 * 1000;

/** The newest copy that has the commit with all its files; undefined when none has. Throws as {@link tryGit}. */
export async function mirrorWith(
  settings: MirrorSettings,
  repository: Repository,
  commit: string,
): Promise<string | undefined> {
  for (const mirror of mirrorsOf(settings, repository)) {
    const args = ['--git-dir', mirror, 'cat-file', '-e', `${commit}^{tree}`];
    if ((await tryGit({ ...settings, repository, args })).ok) return mirror;
  }
  return undefined;
}

/**
 * Makes a new copy with every branch and tag as they are now, and with `commit` where the server gives it out by its name alone. Throws as
 * {@link git}, and TSPM_STORE.
 */
export async function fetchMirror(
  settings: MirrorSettings,
  repository: Repository,
  commit: string | undefined,
): Promise<string> {
  const staging = makeStaging(settings.cacheDir);
  const fresh = join(staging, 'repository');
  const [base] = mirrorsOf(settings, repository);
  const run = (args: readonly string[]): Promise<string> => git({ ...settings, repository, args });
  try {
    await run(['init', '--quiet', '--bare', '--template=', '--', fresh]);
    if (base !== undefined) shareObjects(base, fresh);
    const fetch = ['--git-dir', fresh, 'fetch', '--quiet', '--force', '--no-tags'];
    await online(settings, repository, async () => {
      await run([...fetch, '--prune', '--', repository.url, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']);
      if (commit !== undefined) await fetchAlone({ ...settings, repository, args: fetch }, fresh, commit);
    });
    await run(['--git-dir', fresh, 'pack-refs', '--all']);
    return publish(settings.cacheDir, folderOf(settings, repository), fresh);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Forgets the copies of a repository. Throws TSPM_STORE. */
export async function dropMirrors(settings: MirrorSettings, repository: Repository): Promise<void> {
  await discard(folderOf(settings, repository), settings.cacheDir);
}

/** A commit that no branch or tag leads to, such as one of a pull request. Servers may refuse to give it out. */
async function fetchAlone(call: Parameters<typeof tryGit>[0], mirror: string, commit: string): Promise<void> {
  const known = await tryGit({ ...call, args: ['--git-dir', mirror, 'cat-file', '-e', `${commit}^{tree}`] });
  if (known.ok) return;
  await tryGit({ ...call, args: [...call.args, '--', call.repository.url, `${commit}:refs/commits/${commit}`] });
}

/** Objects never change, so both may have the same files; refs tell the server what is here already. */
function shareObjects(from: string, to: string): void {
  for (const entry of readdirSync(join(from, 'objects'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const target = join(to, path.slice(from.length));
    if (entry.isDirectory()) mkdirSync(target, { recursive: true });
    else linkOrCopy(path, target);
  }
  if (statSync(join(from, PACKED_REFS), { throwIfNoEntry: false }) !== undefined) {
    copyFileSync(join(from, PACKED_REFS), join(to, PACKED_REFS));
  }
}

/** The kernel may forbid links to files of others. */
function linkOrCopy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  try {
    linkSync(from, to);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    copyFileSync(from, to);
  }
}

/** Gives the copy its name, and takes those away that nobody reads any more. */
async function publish(cacheDir: string, folder: string, fresh: string): Promise<string> {
  const place = join(folder, randomBytes(8).toString('hex'));
  try {
    mkdirSync(folder, { recursive: true });
    const now = timeOf(fresh);
    const old = names(folder).filter((name) => now - timeOf(join(folder, name)) > KEPT_MILLISECONDS);
    renameSync(fresh, place);
    for (const name of old) await discard(join(folder, name), cacheDir);
  } catch (error) {
    throw unwritable(cacheDir, error);
  }
  return place;
}

/** The newest first. */
function mirrorsOf(settings: MirrorSettings, repository: Repository): string[] {
  const folder = folderOf(settings, repository);
  const found = names(folder).map((name) => ({ path: join(folder, name), time: timeOf(join(folder, name)) }));
  return found.sort((a, b) => b.time - a.time).map(({ path }) => path);
}

function folderOf({ cacheDir }: MirrorSettings, { url }: Repository): string {
  return join(cacheDir, MIRRORS_AREA, createHash('sha256').update(url).digest('hex'));
}

function timeOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^[0-9a-f]{16}$/.test(name));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}
