import { join } from 'node:path';

import { tryParseDirectUrl } from '../packaging/direct-url.ts';
import type { ClaimedFile } from './claims.ts';
import { readTextIfAny } from './files.ts';
import { parseRows } from './recorded-files.ts';
import type { SyncPlan } from './plan.ts';
import type { WantedDistribution } from './wanted.ts';
import type { InstalledDistribution } from './working-set.ts';

/** The `.pth` file in lib that puts the folder of a distribution on the import path; its name sorts before those of wheels. */
export function pathFileName(key: string): string {
  return `00-tspm-${key}.pth`;
}

/**
 * The text of that file: the folder itself or, where the folder has `.pth` files of its own, a line that makes Python read those too.
 * Old Pythons read such files in the encoding of the locale, so the text is ASCII.
 */
export function formatPathFile(folder: string, hasPathFiles: boolean): string {
  const isAscii = /^[ -~]+$/u.test(folder);
  if (isAscii && !hasPathFiles) return `${folder}\n`;
  if (isAscii) return `import site; site.addsitedir(${JSON.stringify(folder)})\n`;
  const bytes = Buffer.from(folder).toString('hex');
  return `import os, site; site.addsitedir(os.fsdecode(bytes.fromhex("${bytes}")))\n`;
}

/** Whether a file, by its place relative to `base`, is imported from the folder on the import path, and so has no place in the project. */
export function liesOnPath(path: string): boolean {
  return path.startsWith('lib/') && !/^lib\/[^/]+\.dist-info\//iu.test(path);
}

/** The files that a distribution has in a folder on the import path, as they would lie in lib; none of one that lies in lib itself. */
export function filesOnPath(installed: InstalledDistribution): readonly ClaimedFile[] {
  const folder = installed.state?.onPath;
  if (folder === undefined) return [];
  const text = readTextIfAny(join(folder, installed.distInfo, 'RECORD'));
  const rows = text === undefined ? [] : (parseRows(text) ?? []);
  return rows
    .map(({ path, hash }) => ({ path: `lib/${path}`, digest: hash?.algorithm === 'sha256' ? hash.digest : undefined }))
    .filter(({ path }) => liesOnPath(path));
}

/**
 * The plan with distributions of the import path installed anew, first of all, where one that comes has the same top-level name: two folders of the path
 * cannot have parts of one package, so both will lie in lib.
 */
export function planNeighbours(plan: SyncPlan, incoming: readonly { readonly tops: ReadonlySet<string> }[]): SyncPlan {
  const tops = new Set(incoming.flatMap((wheel) => [...wheel.tops]));
  const shared = plan.keep.filter((installed) =>
    filesOnPath(installed).some(({ path }) => tops.has(topName(path) ?? '')),
  );
  if (shared.length === 0) return plan;
  const again = shared.map((installed) => ({ wanted: wantedAgain(installed), installed: [installed] }));
  return {
    ...plan,
    update: [...again, ...plan.update],
    keep: plan.keep.filter((installed) => !shared.includes(installed)),
  };
}

/** The name that a file below lib is imported by, `pkg` of `lib/pkg/x.py`. */
export function topName(path: string): string | undefined {
  return path.startsWith('lib/') ? path.split('/', 2)[1] : undefined;
}

/** Those names of many files, each once. */
export function topNames(paths: Iterable<string>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const path of paths) {
    const top = topName(path);
    if (top !== undefined) names.add(top);
  }
  return names;
}

function wantedAgain({ key, name, version, requested, state, directUrl }: InstalledDistribution): WantedDistribution {
  const origin = tryParseDirectUrl(directUrl);
  return {
    key,
    name,
    version,
    sha256s: state === undefined ? [] : [state.sha256],
    requested,
    versionIsExactLocal: version.includes('+'),
    ...(origin === undefined ? {} : { directUrl: origin }),
  };
}
