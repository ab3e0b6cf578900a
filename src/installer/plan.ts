import { formatDirectUrl, parseDirectUrl, tryParseDirectUrl, type DirectUrl } from '../packaging/direct-url.ts';
import { tryParseVersion, versionsEqual, withoutLocal } from '../packaging/version.ts';
import { sortedBy } from '../util/collections.ts';
import type { LinkMethod } from './state.ts';
import type { WantedDistribution } from './wanted.ts';
import type { InstalledDistribution } from './working-set.ts';

/** What is compared. */
export interface PlanRequest {
  readonly installed: readonly InstalledDistribution[];
  readonly wanted: readonly WantedDistribution[];
  readonly method: LinkMethod;
  /** Keys to remove, unless wanted; 'none' removes nothing. */
  readonly removals: 'none' | readonly string[];
  readonly reinstall: boolean;
}

/** A wanted distribution with what lies in its place now; nothing for a new one. */
export interface Replacement {
  readonly wanted: WantedDistribution;
  readonly installed: readonly InstalledDistribution[];
}

/** What has to change in the packages folder; each list is sorted by key. */
export interface SyncPlan {
  readonly add: readonly Replacement[];
  readonly update: readonly Replacement[];
  readonly remove: readonly InstalledDistribution[];
  /** Installed, whether wanted or not, and left as it is. */
  readonly keep: readonly InstalledDistribution[];
  /** Wanted and left as it is. */
  readonly unchanged: readonly WantedDistribution[];
}

/**
 * Compares what is installed with what is wanted by PDM's rules, and further: a wheel whose digest is no longer allowed, another
 * link method and damage (links into an emptied store, missing RECORD or METADATA) also mean reinstalling.
 */
export function planSync(request: PlanRequest): SyncPlan {
  const byKey = groupByKey(request.installed);
  const wantedKeys = new Set(request.wanted.map((wanted) => wanted.key));
  const removed = request.removals === 'none' ? [] : request.removals.filter((key) => !wantedKeys.has(key));
  const remove = [...new Set(removed)].flatMap((key) => byKey.get(key) ?? []);
  const add: Replacement[] = [];
  const update: Replacement[] = [];
  const unchanged: WantedDistribution[] = [];
  for (const wanted of sortedBy(request.wanted, (item) => item.key)) {
    const installed = byKey.get(wanted.key) ?? [];
    if (installed.length === 0) add.push({ wanted, installed });
    else if (needsUpdate(request, wanted, installed)) update.push({ wanted, installed });
    else unchanged.push(wanted);
  }
  const leaving = new Set([...remove, ...update.flatMap((replacement) => replacement.installed)]);
  const keep = request.installed.filter((item) => !leaving.has(item));
  return { add, update, remove: sortedBy(remove, (item) => item.key), keep, unchanged };
}

/** Whether the plan changes nothing. */
export function isEmptyPlan(plan: SyncPlan): boolean {
  return plan.add.length === 0 && plan.update.length === 0 && plan.remove.length === 0;
}

function groupByKey(installed: readonly InstalledDistribution[]): Map<string, InstalledDistribution[]> {
  const groups = new Map<string, InstalledDistribution[]>();
  for (const item of installed) {
    const group = groups.get(item.key);
    if (group === undefined) groups.set(item.key, [item]);
    else group.push(item);
  }
  return groups;
}

function needsUpdate(request: PlanRequest, wanted: WantedDistribution, all: readonly InstalledDistribution[]): boolean {
  const [installed] = all;
  if (request.reinstall || installed === undefined || all.length > 1 || !installed.intact) return true;
  if (methodChanged(request.method, installed) || digestRefused(wanted, installed)) return true;
  const recorded = tryParseDirectUrl(installed.directUrl);
  if (wanted.directUrl !== undefined) return directUrlChanged(wanted.directUrl, recorded, wanted.sha256s);
  // An editable installation stands for any version of its project.
  if (recorded?.source.kind === 'directory' && recorded.source.editable) return false;
  return !versionMatches(wanted, installed.version);
}

function methodChanged(method: LinkMethod, installed: InstalledDistribution): boolean {
  return installed.state !== undefined && installed.state.method !== method;
}

function digestRefused(wanted: WantedDistribution, installed: InstalledDistribution): boolean {
  if (installed.state === undefined || wanted.sha256s.length === 0) return false;
  return !wanted.sha256s.includes(installed.state.sha256);
}

function directUrlChanged(wanted: DirectUrl, recorded: DirectUrl | undefined, sha256s: readonly string[]): boolean {
  // A folder has no digest that could tell whether its content changed.
  if (wanted.source.kind === 'directory' || recorded === undefined) return true;
  // What was recorded has no credentials in its URL.
  const { url } = parseDirectUrl(formatDirectUrl(wanted));
  if (recorded.url !== url || recorded.subdirectory !== wanted.subdirectory) return true;
  if (wanted.source.kind !== recorded.source.kind) return true;
  if (wanted.source.kind === 'vcs' && recorded.source.kind === 'vcs') {
    return wanted.source.commitId !== recorded.source.commitId;
  }
  const digest = recorded.source.kind === 'archive' ? recorded.source.hashes['sha256'] : undefined;
  return digest !== undefined && sha256s.length > 0 && !sha256s.includes(digest);
}

/** `==wanted` contains the installed version; its local part counts only if the wanted one has one. */
function versionMatches(wanted: WantedDistribution, version: string): boolean {
  const wantedVersion = tryParseVersion(wanted.version);
  const installed = tryParseVersion(version);
  if (wantedVersion === undefined || installed === undefined) return wanted.version === version;
  return versionsEqual(wantedVersion, wanted.versionIsExactLocal ? installed : withoutLocal(installed));
}
