/** From a name to a commit, and from a commit to its files. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { show } from '../archive/show.ts';
import { isTspmError, TspmError } from '../errors.ts';
import { git, tryGit } from './git-program.ts';
import { dropMirrors, fetchMirror, mirrorWith, type MirrorSettings, online, PACKED_REFS } from './mirrors.ts';
import { isCommit, requireRef, type Repository } from './repository.ts';

/**
 * The whole identifier of the commit that a ref means now: of a tag, a branch, another ref by its whole name, a commit or the
 * first digits of one; without a ref, of the default branch. Asks the server, but for a whole identifier. Throws TSPM_VCS for a
 * ref nobody knows, TSPM_NETWORK, TSPM_INDEX_AUTH, TSPM_INVALID_REQUIREMENT.
 */
export async function commitOf(
  settings: MirrorSettings,
  repository: Repository,
  ref: string | undefined,
): Promise<string> {
  if (ref !== undefined) requireRef(ref, repository.url);
  if (ref !== undefined && isCommit(ref)) return ref;
  const names = ref === undefined ? ['HEAD'] : refNames(ref);
  const args = ['ls-remote', '--quiet', '--', repository.url, ...names];
  const listed = listedRefs(await online(settings, repository, () => git({ ...settings, repository, args })));
  const found = names.map((name) => listed.get(name)).find((commit) => commit !== undefined);
  const commit = found ?? (ref === undefined ? undefined : await abbreviated(settings, repository, ref));
  if (commit === undefined) throw unknownRef(repository, ref);
  return commit;
}

/** What to check out. */
export interface Checkout {
  readonly repository: Repository;
  /** Whole. */
  readonly commit: string;
}

/**
 * Fetches a commit into the cache unless it is there. Throws TSPM_VCS when the repository does not have it, and as {@link commitOf}.
 */
export async function fetchCommit(settings: MirrorSettings, { repository, commit }: Checkout): Promise<string> {
  const known = await mirrorWith(settings, repository, commit);
  if (known !== undefined) return known;
  await fetchMirror(settings, repository, commit);
  const fetched = await mirrorWith(settings, repository, commit);
  if (fetched === undefined) throw unknownRef(repository, commit);
  return fetched;
}

/**
 * Writes the files of a commit into `folder`, which must not exist or be empty, as a clone with its history and submodules, so that tools which
 * read versions from tags work. The network is asked for a commit that the cache lacks, and for submodules. Throws as
 * {@link fetchCommit}.
 */
export async function checkOut(settings: MirrorSettings, checkout: Checkout, folder: string): Promise<void> {
  const { repository } = checkout;
  try {
    await writeFiles(settings, checkout, { mirror: await fetchCommit(settings, checkout), folder });
  } catch (error) {
    const isKnown = (await mirrorWith(settings, repository, checkout.commit)) !== undefined;
    if (!isKnown || !isTspmError(error) || error.code !== 'TSPM_VCS') throw error;
    // A copy that has the commit but cannot be written out is damaged: a new one takes its place.
    await dropMirrors(settings, repository);
    await rm(folder, { recursive: true, force: true });
    await writeFiles(settings, checkout, { mirror: await fetchCommit(settings, checkout), folder });
  }
  const run = (args: readonly string[]): Promise<string> =>
    git({ ...settings, repository, args: ['-C', folder, ...args] });
  const { stdout } = await tryGit({ ...settings, repository, args: ['-C', folder, 'ls-files', '--', '.gitmodules'] });
  if (stdout === '') return;
  await online(settings, repository, () => run(['submodule', '--quiet', 'update', '--init', '--recursive']));
}

/** A repository that borrows its objects from the mirror; branches are those of `origin`, as in a clone. */
async function writeFiles(
  settings: MirrorSettings,
  { repository, commit }: Checkout,
  { mirror, folder }: { readonly mirror: string; readonly folder: string },
): Promise<void> {
  const run = (args: readonly string[]): Promise<string> => git({ ...settings, repository, args });
  await run(['init', '--quiet', '--template=', '--', folder]);
  const own = join(folder, '.git');
  mkdirSync(join(own, 'objects', 'info'), { recursive: true });
  writeFileSync(join(own, BORROWED), `${join(mirror, 'objects')}\n`);
  const refs = readFileSync(join(mirror, PACKED_REFS), 'utf8').replace(
    /^#.*\n/,
    '# pack-refs with: peeled fully-peeled \n',
  );
  writeFileSync(join(own, PACKED_REFS), refs.replaceAll(' refs/heads/', ' refs/remotes/origin/'));
  await run(['-C', folder, 'remote', 'add', 'origin', repository.url]);
  await run(['-C', folder, 'checkout', '--quiet', '--force', '--detach', commit, '--']);
}

/** Where a repository names others whose objects it uses. */
export const BORROWED = 'objects/info/alternates';

/** Where a ref is looked for: tags before branches, as git itself does. The commit an annotated tag is for goes before the tag. */
function refNames(ref: string): string[] {
  const plain = [`refs/tags/${ref}`, `refs/heads/${ref}`, ...(ref.startsWith('refs/') || ref === 'HEAD' ? [ref] : [])];
  return plain.flatMap((name) => [`${name}^{}`, name]);
}

/** Commits by the names of refs. */
function listedRefs(text: string): Map<string, string> {
  const rows = text.split('\n').map((line) => line.split('\t'));
  return new Map(
    rows.flatMap(([commit = '', name]) => (name !== undefined && isCommit(commit) ? [[name, commit]] : [])),
  );
}

/** The first digits of a commit are known to no server: the repository has to be there. */
async function abbreviated(settings: MirrorSettings, repository: Repository, ref: string): Promise<string | undefined> {
  if (!/^[0-9a-f]{4,40}$/i.test(ref)) return undefined;
  const known = await mirrorWith(settings, repository, ref);
  const mirror = known ?? (await fetchMirror(settings, repository, undefined));
  const args = ['--git-dir', mirror, 'rev-parse', '--quiet', '--verify', `${ref}^{commit}`];
  const { ok, stdout } = await tryGit({ ...settings, repository, args });
  return ok ? stdout.trim() : undefined;
}

function unknownRef({ url }: Repository, ref: string | undefined): TspmError {
  if (ref === undefined) return new TspmError('TSPM_VCS', `${url} has no default branch: it may be empty`);
  return new TspmError('TSPM_VCS', `${url} has no branch, tag or commit ${show(ref)}`, {
    hint: 'check the name behind the @ of the address; `git ls-remote` lists the branches and tags',
    context: { repository: url, ref },
  });
}

/** The folder of a checkout or archive that holds the project. Throws TSPM_INVALID_REQUIREMENT for one that leads out of it. */
export function subfolder(root: string, subdirectory: string | undefined, subject: string): string {
  if (subdirectory === undefined) return root;
  const parts = subdirectory.split('/').filter((part) => part !== '' && part !== '.');
  if (subdirectory.startsWith('/') || parts.includes('..') || /[\\\0]|^[A-Za-z]:/.test(subdirectory)) {
    throw new TspmError(
      'TSPM_INVALID_REQUIREMENT',
      `${subject}: subdirectory=${show(subdirectory)} leads out of the source`,
    );
  }
  return join(root, ...parts);
}
