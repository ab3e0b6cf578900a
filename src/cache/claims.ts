import { join } from 'node:path';

import { isTspmError } from '../errors.ts';
import { lockFile, type LockWish } from '../util/file-lock.ts';
import { checkedDigest } from './layout.ts';
import { ensureArea } from './staging.ts';

/** What is claimed, and what happens while another process makes it. */
export interface ClaimWish extends Omit<LockWish, 'path'> {
  /** Whether it has been made: then nobody needs to claim it any more. */
  readonly isDone: () => boolean;
}

/** The right to make something alone, until `release`. */
export interface Claim {
  release(): void;
}

/**
 * Claims the making of what has this sha256 (a wheel to fetch and unpack, the wheel of an archive to build), so that processes that share a
 * cache do it once: waits while another process that lives does it. A claim saves work and nothing else: where none can be made there is
 * none, and whoever works without one does no harm. Throws TSPM_INTERRUPTED.
 */
export async function claim(cacheDir: string, sha256: string, wish: ClaimWish): Promise<Claim | undefined> {
  try {
    const path = join(ensureArea(cacheDir, 'staging'), `${checkedDigest(sha256).slice(0, 32)}.lock`);
    return await lockFile({ path, ...wish }, wish.isDone);
  } catch (error) {
    if (isTspmError(error) && error.code !== 'TSPM_INTERRUPTED') return undefined;
    throw error;
  }
}
