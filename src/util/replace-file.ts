import { lstat, open, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { TspmError } from '../errors.ts';
import { codeOf, ioFault } from './io-fault.ts';
import { withNeed } from './need.ts';
import { repeatableAsync } from './repeatable.ts';

/** What the caller knows about the file it replaces. */
export interface ReplaceOptions {
  /** The content the new one was made from; anything else on disk means that somebody changed the file meanwhile. */
  readonly expected?: string;
}

/**
 * Puts new content in the place of a file, whole or not at all, also across a power cut: temporary file in the same
 * folder, fsync, rename, fsync of the folder; mode and owner of the old file stay. Content that is already there is not
 * written again. Throws TSPM_IO (also for a symbolic link, whose target would silently lose its place) and TSPM_BUSY
 * when the file is not the expected one.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  options: ReplaceOptions = {},
): Promise<void> {
  const bytes = Buffer.from(content);
  const current = await checkReplaceable(path, options);
  if (current !== undefined && bytes.equals(current)) return;
  try {
    await repeatableAsync(async () => {
      await writeFileAtomic(path, bytes);
      await syncFolder(dirname(path));
    });
  } catch (error) {
    const work = `writing ${basename(path)}`;
    throw withNeed(ioFault('cannot write', path, error), () => ({ work, bytes: bytes.length, inodes: 1 }));
  }
}

/** What the file holds now, undefined when it is missing; throws what {@link replaceFile} throws. */
export async function checkReplaceable(path: string, options: ReplaceOptions = {}): Promise<Uint8Array | undefined> {
  try {
    await refuseLink(path);
    const current = await contentOf(path);
    if (options.expected === undefined || current?.equals(Buffer.from(options.expected)) === true) return current;
  } catch (error) {
    throw ioFault('cannot write', path, error);
  }
  throw changedMeanwhile(path);
}

/** Makes renames in a folder durable. Some file systems refuse to sync a folder: nothing better can be done there. Throws TSPM_IO. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR'].includes(codeOf(error) ?? '')) {
      throw ioFault('cannot sync', folder, error);
    }
  } finally {
    await handle.close();
  }
}

async function refuseLink(path: string): Promise<void> {
  try {
    if (!(await lstat(path)).isSymbolicLink()) return;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  throw new TspmError('TSPM_IO', `${path} is a symbolic link and is not written through`, {
    hint: 'replace the link by a file, or write to the file it points to',
    context: { path },
  });
}

async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function changedMeanwhile(path: string): TspmError {
  return new TspmError('TSPM_BUSY', `${basename(path)} was changed by something else meanwhile and is left as it is`, {
    hint: 'run the command again',
    context: { path, changed: true },
  });
}
