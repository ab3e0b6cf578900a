import { sortedText } from '../util/collections.ts';
import type { Lockfile } from './model.ts';

/** What a new lock has other than an old one. A lock for several targets may have several versions of a package: they are sorted. */
export interface LockChanges {
  readonly added: readonly { readonly name: string; readonly versions: readonly string[] }[];
  readonly updated: readonly {
    readonly name: string;
    readonly from: readonly string[];
    readonly versions: readonly string[];
  }[];
  readonly removed: readonly { readonly name: string; readonly from: readonly string[] }[];
}

/** Compares the versions of two locks, by name. */
export function lockChanges(old: Lockfile | undefined, made: Lockfile): LockChanges {
  const before = versionsOf(old);
  const after = versionsOf(made);
  const names = [...after.keys()];
  return {
    added: names.filter((name) => !before.has(name)).map((name) => ({ name, versions: after.get(name) ?? [] })),
    updated: names.flatMap((name) => {
      const from = before.get(name);
      const versions = after.get(name) ?? [];
      return from === undefined || from.join() === versions.join() ? [] : [{ name, from, versions }];
    }),
    removed: [...before].flatMap(([name, from]) => (after.has(name) ? [] : [{ name, from }])),
  };
}

/** The versions of each package, by name in the order of names. Packages without a version (local ones) count as ''. */
function versionsOf(lock: Lockfile | undefined): Map<string, string[]> {
  const versions = new Map<string, Set<string>>();
  for (const { name, version = '' } of lock?.packages ?? []) {
    versions.set(name, (versions.get(name) ?? new Set()).add(version));
  }
  return new Map(sortedText(versions.keys()).map((name) => [name, sortedText(versions.get(name) ?? [])]));
}
