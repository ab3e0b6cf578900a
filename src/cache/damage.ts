import { existsSync } from 'node:fs';
import { basename } from 'node:path';

import { hashFile } from '../archive/file-access.ts';
import { openStore } from './store.ts';
import { things } from './usage.ts';
import { verifyEntry } from './verify.ts';

/** A wheel of the store that is not what it should be. */
export interface Damage {
  readonly path: string;
  /** File name of the wheel, where it is known. */
  readonly filename: string | undefined;
  /** What is wrong, one clause each. */
  readonly problems: readonly string[];
}

/** What was found in a store. */
export interface StoreReport {
  /** Entries and wheel files that were read. */
  readonly checked: number;
  readonly damaged: readonly Damage[];
}

/** Reads every byte of the store and compares entries with their manifests and wheel files with their digests. Throws TSPM_IO. */
export async function verifyStore(cacheDir: string): Promise<StoreReport> {
  const [entries, wheels] = [things(cacheDir, 'entries'), things(cacheDir, 'wheels')];
  const damaged: Damage[] = [];
  for (const path of entries) damaged.push(...(await entryDamage(cacheDir, path)));
  for (const path of wheels) {
    const sha256 = await hashFile(path).catch((error: unknown) => {
      if (existsSync(path)) throw error;
    });
    if (sha256 === undefined || `${sha256}.whl` === basename(path)) continue;
    damaged.push({ path, filename: undefined, problems: [`its sha256 is ${sha256}`] });
  }
  return { checked: entries.length + wheels.length, damaged };
}

async function entryDamage(cacheDir: string, path: string): Promise<Damage[]> {
  const entry = openStore(cacheDir).findEntry(basename(path));
  // A prune or a repair beside this one may have taken it away.
  if (!existsSync(path)) return [];
  if (entry === undefined) return [{ path, filename: undefined, problems: ['its manifest cannot be read'] }];
  const problems = await verifyEntry(entry, { content: true }).catch((error: unknown) => {
    if (existsSync(path)) throw error;
    return [];
  });
  if (problems.length === 0 || !existsSync(path)) return [];
  const { filename } = entry.manifest;
  return [{ path, filename, problems: problems.map((one) => `${one.path} is ${one.problem}`) }];
}
