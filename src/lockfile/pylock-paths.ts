import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { Lockfile } from './model.ts';

/**
 * The lock with its relative paths counted from the folder `to` in place of `from` (both absolute): a pylock.toml counts from its own
 * folder, everything else from the root of the project.
 */
export function movePaths(lock: Lockfile, from: string, to: string): Lockfile {
  if (from === to) return lock;
  const packages = lock.packages.map((locked) => ({
    ...locked,
    ...moved(locked, from, to),
    files: locked.files.map((file) => ({ ...file, ...moved(file, from, to) })),
  }));
  return { ...lock, packages };
}

function moved({ path }: { readonly path?: string }, from: string, to: string): { readonly path?: string } {
  if (path === undefined) return {};
  if (isAbsolute(path)) return { path };
  const shorter = relative(to, resolve(from, path)).split(sep).join('/');
  return { path: shorter.startsWith('../') || isAbsolute(shorter) ? shorter : `./${shorter}` };
}
