import { isTspmError, TspmError } from '../errors.ts';
import { isOutOfSpace } from './io-fault.ts';

/** What some work takes on a disk at least, for those who have to make room for it. */
export interface Need {
  /** Such as "unpacking NAME". */
  readonly work: string;
  readonly bytes: number;
  readonly inodes: number;
}

/** A write that failed for want of room or quota, with what the work needs; other errors pass unchanged, and what is told already stays. */
export function withNeed(error: unknown, needOf: () => Need): unknown {
  if (!isTspmError(error) || !isOutOfSpace(error.cause) || 'inodes' in error.context) return error;
  const need = ifKnown(needOf);
  if (need === undefined) return error;
  const { work, bytes, inodes } = need;
  const { code, message, hint = '', cause, context } = error;
  const nodes = `${inodes} inode${inodes === 1 ? '' : 's'}`;
  const needed = bytes === 0 ? nodes : `${bytes} bytes and ${nodes}`;
  return new TspmError(code, `${message}: ${work} needs at least ${needed}`, {
    hint,
    cause,
    context: { ...context, bytes, inodes },
  });
}

/** What cannot be found out, as the cache changes meanwhile, must not hide the failure itself. */
function ifKnown(needOf: () => Need): Need | undefined {
  try {
    return needOf();
  } catch {
    return undefined;
  }
}

/** How many files and folders there are below a folder that has files at these '/'-separated paths. */
export function countNodes(paths: Iterable<string>): number {
  const nodes = new Set<string>();
  for (const path of paths) {
    for (let at = path.length; at > 0; at = path.lastIndexOf('/', at - 1)) {
      const node = path.slice(0, at);
      if (nodes.has(node)) break;
      nodes.add(node);
    }
  }
  return nodes.size;
}
