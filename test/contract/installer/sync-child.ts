/** A process that syncs once and may be killed at any moment: `node sync-child.js <order file>`. */
import { readFileSync } from 'node:fs';

import { openStore } from '../../../src/cache/store.ts';
import { packagesPaths } from '../../../src/installer/environment.ts';
import type { LinkMethod } from '../../../src/installer/state.ts';
import { syncEnvironment } from '../../../src/installer/sync.ts';
import type { WantedDistribution } from '../../../src/installer/wanted.ts';

/** What the process reads from the order file. */
export interface SyncOrder {
  readonly root: string;
  readonly cacheDir: string;
  readonly python: string;
  readonly method: LinkMethod;
  readonly wanted: readonly WantedDistribution[];
  readonly removals: readonly string[];
}

const order = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as SyncOrder;
const store = openStore(order.cacheDir);
await syncEnvironment({
  paths: packagesPaths(order.root, '3.11'),
  interpreter: { executable: order.python, ident: '3.11' },
  wanted: order.wanted,
  sources: (wanted) => {
    const [sha256 = ''] = wanted.sha256s;
    const outline = order.method === 'symlink' ? store.findOutline(sha256) : undefined;
    const entry = outline ?? store.findEntry(sha256);
    return entry === undefined
      ? Promise.reject(new Error(`no entry for ${wanted.name}`))
      : Promise.resolve({ kind: 'entry', entry });
  },
  method: order.method,
  removals: order.removals,
  reinstall: false,
  reporter: { emit: () => {} },
  concurrency: 2,
});
