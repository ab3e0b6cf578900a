import { close, closeSync, fsync, fsyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

import { codeOf, ioFault } from '../util/io-fault.ts';
import { mapLimit } from '../util/limit.ts';

const syncDescriptor = promisify(fsync);
const closeDescriptor = promisify(close);

/**
 * At most so many files of all entries are being synced at once: enough for the file system's journal to commit them together, and few
 * enough for a limit of 64 open files.
 */
const SYNCS_IN_FLIGHT = 16;
/** Node syncs four at once; each waits with an open descriptor. */
const DIRECTORIES_IN_FLIGHT = 4;

const underWayInAll = new Set<Promise<void>>();

/** Syncs and closes written files beside the work that goes on. */
export interface SyncQueue {
  /** Takes over a descriptor. Resolves when there is room for the next; rejects once any sync has failed. */
  add(fd: number, path: string): Promise<void>;
  /** Resolves when nothing is under way any more; rejects if any sync failed: that file must be taken for lost. */
  drain(): Promise<void>;
}

/** A queue for one entry; its files count among the 16 of all. */
export function createSyncQueue(): SyncQueue {
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const settle = async (): Promise<void> => {
    if (failure !== undefined) throw failure.error;
  };
  return {
    add: async (fd, path) => {
      const task = syncAndClose(fd)
        .catch((error: unknown) => {
          failure ??= { error: ioFault('cannot sync', path, error) };
        })
        .finally(() => {
          underWay.delete(task);
          underWayInAll.delete(task);
        });
      underWay.add(task);
      underWayInAll.add(task);
      while (underWayInAll.size >= SYNCS_IN_FLIGHT) await Promise.race(underWayInAll);
      await settle();
    },
    drain: async () => {
      while (underWay.size > 0) await Promise.race(underWay);
      await settle();
    },
  };
}

/** Makes the names in directories durable. File systems that cannot sync directories are left alone. Throws TSPM_IO. */
export async function syncDirectories(paths: readonly string[]): Promise<void> {
  await mapLimit(paths, DIRECTORIES_IN_FLIGHT, async (path) => {
    try {
      const handle = await open(path, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (!CANNOT_SYNC.has(codeOf(error) ?? '')) throw ioFault('cannot sync', path, error);
    }
  });
}

/** Makes the content of one file, or the names in one directory, durable. Throws TSPM_IO. */
export function syncPath(path: string): void {
  try {
    const fd = openSync(path, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!CANNOT_SYNC.has(codeOf(error) ?? '')) throw ioFault('cannot sync', path, error);
  }
}

const CANNOT_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM']);

async function syncAndClose(fd: number): Promise<void> {
  try {
    await syncDescriptor(fd);
  } finally {
    await closeDescriptor(fd);
  }
}
