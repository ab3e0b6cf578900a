/** Unpacks source archives into a private folder, as the `data` filter of Python does (PEP 706, PEP 721), only stricter. */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  constants,
  futimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { isTspmError } from '../errors.ts';
import { ioFault } from '../util/io-fault.ts';
import { archiveFault } from './fault.ts';
import { eachSdistMember, type MemberKind, type SdistMember } from './sdist-members.ts';
import { show } from './show.ts';

/** Zip archives, which wheels are, know no time before. */
const EARLIEST_SECONDS = Date.UTC(1980, 0, 2) / 1000;

/**
 * Unpacks a source archive below `directory`, which must be private and empty, and gives its one folder at the top. Links are judged on
 * the names alone, never on the disk: a symbolic link leads to a place inside without passing another link, and is made when
 * everything else is written; a hard link to an earlier file becomes a copy. Owners and special bits are ignored. Throws TSPM_ARCHIVE,
 * TSPM_ARCHIVE_PATH, TSPM_ARCHIVE_LIMIT or TSPM_IO, leaving a part to be removed.
 */
export async function unpackSdist(path: string, filename: string, directory: string): Promise<string> {
  const tree = new Tree(filename, directory);
  const isKnown = await eachSdistMember(path, filename, (member) => tree.add(member));
  if (!isKnown) {
    throw archiveFault('TSPM_ARCHIVE', { archive: filename }, 'not a .tar.gz, .tar or .zip archive');
  }
  tree.makeLinks();
  return tree.top;
}

/** What was unpacked so far. */
class Tree {
  readonly #archive: string;
  readonly #directory: string;
  readonly #kinds = new Map<string, MemberKind>();
  readonly #links: SdistMember[] = [];

  constructor(archive: string, directory: string) {
    this.#archive = archive;
    this.#directory = directory;
  }

  /** The folder at the top. Throws TSPM_ARCHIVE where there is none. */
  get top(): string {
    const [top] = this.#kinds.keys();
    if (top === undefined || this.#kinds.get(top) !== 'folder') {
      throw archiveFault('TSPM_ARCHIVE', { archive: this.#archive }, 'no folder at the top');
    }
    return join(this.#directory, top);
  }

  async add(member: SdistMember): Promise<void> {
    const { path, kind } = member;
    this.#makeFolder(posix.dirname(path), member);
    if (kind === 'folder') {
      this.#makeFolder(path, member);
      return;
    }
    if (kind === 'other') throw this.#refused(member, 'neither a file nor a folder nor a link');
    if (this.#kinds.has(path)) throw this.#refused(member, 'a second member of this name');
    this.#kinds.set(path, kind);
    if (kind === 'file') await this.#write(member);
    else if (kind === 'hardlink') this.#copy(member);
    else this.#links.push(member);
  }

  /** Makes the symbolic links, now that nothing can be written through them. */
  makeLinks(): void {
    for (const link of this.#links) {
      this.#checkTarget(link);
      this.#doing(link.path, (to) => symlinkSync(link.target, to));
    }
  }

  #makeFolder(path: string, member: SdistMember): void {
    if (path === '.' || this.#kinds.get(path) === 'folder') return;
    if (this.#kinds.has(path)) throw this.#refused(member, 'lies below something that is no folder');
    this.#makeFolder(posix.dirname(path), member);
    this.#kinds.set(path, 'folder');
    this.#doing(path, (to) => mkdirSync(to, { mode: 0o755 }));
  }

  async #write(member: SdistMember): Promise<void> {
    const fd = this.#doing(member.path, (to) => openSync(to, 'wx', member.executable ? 0o755 : 0o644));
    try {
      await member.content((piece) => this.#doing(member.path, () => writeAll(fd, piece)));
      const time = Math.max(member.modified ?? 0, EARLIEST_SECONDS);
      this.#doing(member.path, () => futimesSync(fd, time, time));
    } finally {
      closeSync(fd);
    }
  }

  #copy(member: SdistMember): void {
    const source = posix.normalize(member.target);
    if (this.#kinds.get(source) !== 'file')
      throw this.#refused(member, 'a hard link to no earlier file of the archive');
    this.#doing(member.path, (to) => {
      copyFileSync(join(this.#directory, source), to, constants.COPYFILE_EXCL);
      chmodSync(to, member.executable ? 0o755 : 0o644);
    });
  }

  /** Follows the target over the names of the archive: it must stay below the top and pass no other link. */
  #checkTarget(link: SdistMember): void {
    const target = show(link.target);
    if (link.target === '' || /^[/\\]|^[A-Za-z]:|[\0\\]/.test(link.target)) {
      throw this.#escapes(link, `a link to "${target}"`);
    }
    const steps = dirname(link.path).split('/');
    const parts = link.target.split('/').filter((part) => part !== '' && part !== '.');
    for (const [index, part] of parts.entries()) {
      if (part === '..') steps.pop();
      else steps.push(part);
      if (steps.length === 0) throw this.#escapes(link, `the link leads out of the archive, to "${target}"`);
      const isLast = index === parts.length - 1;
      if (!isLast && this.#kinds.get(steps.join('/')) === 'symlink') {
        throw this.#refused(link, `the link leads through another link, to "${target}"`);
      }
    }
  }

  #refused(member: SdistMember, problem: string): Error {
    return archiveFault('TSPM_ARCHIVE', { archive: this.#archive, member: member.name }, problem);
  }

  #escapes(member: SdistMember, problem: string): Error {
    return archiveFault('TSPM_ARCHIVE_PATH', { archive: this.#archive, member: member.name }, problem);
  }

  #doing<T>(path: string, operation: (target: string) => T): T {
    const target = join(this.#directory, path);
    try {
      return operation(target);
    } catch (error) {
      throw isTspmError(error) ? error : ioFault('cannot write', target, error);
    }
  }
}

function writeAll(fd: number, data: Uint8Array): void {
  for (let done = 0; done < data.length;) done += writeSync(fd, data, done);
}
