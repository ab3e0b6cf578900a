import { TspmError } from '../errors.ts';
import type { ChangeRequest } from './change-request.ts';
import type { Claimant } from './claims.ts';
import { contestedPaths, planDiscards, type Discards, type Outgoing } from './discard.ts';
import { viewDisk } from './disk-view.ts';
import type { PreparedWheel } from './incoming.ts';
import { layOut, type Layout } from './layout.ts';
import { filesOnPath } from './on-path.ts';
import { readRecordedFiles } from './recorded-files.ts';
import { spreadShared } from './shared-tops.ts';
import type { InstalledDistribution } from './working-set.ts';

/** Where everything comes and what goes. */
export interface Arrangement {
  readonly wheels: readonly PreparedWheel[];
  readonly layout: Layout;
  readonly discards: Discards;
  /** Paths that have to go before anything comes, because something of another distribution comes in their place. */
  readonly contested: readonly string[];
}

/** Decides it from what is installed and what comes; reads only. Throws TSPM_FILE_CONFLICT, TSPM_UNSUPPORTED. */
export function arrange(request: ChangeRequest, prepared: readonly PreparedWheel[]): Arrangement {
  const { base, plan } = request;
  const kept = plan.keep.map((installed) => claimantOf(base, installed));
  const outgoing = [...plan.remove, ...plan.update.flatMap(({ installed }) => installed)].map((item) =>
    outgoingOf(base, item),
  );
  const discards = planDiscards(base, outgoing, new Set(kept.flatMap(({ files }) => files.map((file) => file.path))));
  const disk = viewDisk(base, [...discards.shared, ...[...discards.byKey.values()].flat()]);
  const neighbours = [...kept.map(({ key, files }) => ({ key, paths: files.map(({ path }) => path) })), ...outgoing];
  const wheels = spreadShared(prepared, neighbours, disk);
  const removed = plan.remove.flatMap((item) => discards.byKey.get(item.key) ?? []);
  const contested = [...new Set([...removed, ...contestedPaths(discards, wheels), ...discards.shared])];
  return { wheels, layout: layOut({ incoming: wheels, kept, disk }), discards, contested };
}

function claimantOf(base: string, installed: InstalledDistribution): Claimant {
  const recorded = installed.form === 'wheel' ? (readRecordedFiles(base, installed.distInfo) ?? []) : [];
  const files = [...recorded, ...filesOnPath(installed)];
  return { key: installed.key, label: `${installed.name} ${installed.version}`, incoming: false, files };
}

function outgoingOf(base: string, installed: InstalledDistribution): Outgoing {
  const { key, name, version, distInfo, form } = installed;
  if (form === 'wheel')
    return { key, distInfo, paths: (readRecordedFiles(base, distInfo) ?? []).map((file) => file.path) };
  throw new TspmError(
    'TSPM_UNSUPPORTED',
    `${name} ${version} was not installed from a wheel (lib/${distInfo}) and cannot be removed`,
    {
      hint: 'delete its files by hand, or empty the packages folder and sync again',
      context: { name, version, entry: distInfo },
    },
  );
}
