import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { codeOf } from './io-fault.ts';
import { monotonic } from './clock.ts';

/** Milliseconds of work between two turns of the event loop, in which signals come in. */
const TURN = 20;

/** Milliseconds that removing goes on once the signal has been given: with it the process has its second. */
const GRACE = 350;

/**
 * Deletes trees of tspm's own, links in them as links. What cannot be deleted now (a file held open on NFS), or not within `grace`
 * milliseconds of the signal, is left to a later run.
 */
export async function removeTrees(
  paths: readonly string[],
  signal: AbortSignal | undefined,
  grace = GRACE,
): Promise<void> {
  const removals = removalOf(paths);
  const endFrom = (now: number): number => (signal?.aborted === true ? now + grace : Infinity);
  let turn = monotonic() + TURN;
  let end = endFrom(monotonic());
  while (monotonic() < end && removals.next().done !== true) {
    if (monotonic() < turn) continue;
    await setImmediate();
    turn = monotonic() + TURN;
    end = Math.min(end, endFrom(monotonic()));
  }
}

/** Each step removes one entry. */
function* removalOf(paths: readonly string[]): Generator<void> {
  for (const path of paths) {
    if (quietly(() => lstatSync(path))?.isDirectory() === true) yield* removalOfFolder(path);
    else yield quietly(() => unlinkSync(path));
  }
}

function* removalOfFolder(folder: string): Generator<void> {
  const entries = quietly(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* removalOfFolder(path);
    else yield quietly(() => unlinkSync(path));
  }
  yield quietly(() => rmdirSync(folder));
}

function quietly<T>(operate: () => T): T | undefined {
  try {
    return operate();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}
