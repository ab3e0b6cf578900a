/** Which packages folders use which wheels: one small file a folder, so that pruning knows what is needed without looking at projects. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { codeOf } from '../util/io-fault.ts';
import { isDigest, PROJECTS_AREA } from './layout.ts';
import { placeFile } from './staging.ts';

/** A packages folder that was synced from a cache. */
export interface RegisteredProject {
  /** Absolute path of the packages folder. */
  readonly base: string;
  /** sha256 of the wheels it was to have. */
  readonly wheels: readonly string[];
  /** Files of the folder are symbolic links into the cache, or on the import path: without the cache they are lost. Or they are coming just now. */
  readonly linked: boolean;
  /** When it was last changed, in milliseconds since the epoch. */
  readonly seen: number;
  readonly isThere: boolean;
}

/** What is noted of a packages folder. */
export type Registration = Pick<RegisteredProject, 'base' | 'wheels' | 'linked'>;

/**
 * Notes what a packages folder uses, before it is changed. A cache that cannot be written is left alone: whoever cannot write there cannot
 * prune there.
 */
export function registerProject(cacheDir: string, { base, linked, wheels }: Registration): void {
  const text = `${JSON.stringify({ base, linked, wheels })}\n`;
  try {
    placeFile(cacheDir, registration(cacheDir, base), text);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
}

/** All registered packages folders, sorted by path; what cannot be read is passed by. */
export function registeredProjects(cacheDir: string): RegisteredProject[] {
  const area = join(cacheDir, PROJECTS_AREA);
  if (statSync(area, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const found = readdirSync(area)
    .sort()
    .flatMap((name) => readRegistration(join(area, name)) ?? []);
  return found.sort((a, b) => (a.base < b.base ? -1 : 1));
}

/** Digests of the wheels that these packages folders use. */
export function wheelsOf(projects: readonly Registration[]): ReadonlySet<string> {
  return new Set(projects.flatMap(({ wheels }) => wheels));
}

/** Forgets a packages folder. */
export function forgetProject(cacheDir: string, base: string): void {
  rmSync(registration(cacheDir, base), { force: true });
}

/** What is noted of a packages folder; undefined when nothing is. */
export function registrationOf(cacheDir: string, base: string): Registration | undefined {
  return readRegistration(registration(cacheDir, base));
}

/** The name of what is noted of a packages folder. */
export function registrationName(base: string): string {
  return `${createHash('sha256').update(base).digest('hex')}.json`;
}

function registration(cacheDir: string, base: string): string {
  return join(cacheDir, PROJECTS_AREA, registrationName(base));
}

/** A folder that this user may not look at is not gone. */
function mayBeThere(base: string): boolean {
  try {
    return statSync(base, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return codeOf(error) !== 'ENOTDIR';
  }
}

function readRegistration(path: string): RegisteredProject | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || !('base' in value) || !('wheels' in value)) return undefined;
    const { base, wheels } = value;
    if (typeof base !== 'string' || !Array.isArray(wheels)) return undefined;
    const digests = wheels.filter((wheel) => typeof wheel === 'string' && isDigest(wheel));
    const linked = !('linked' in value) || value.linked !== false;
    return { base, wheels: digests, linked, seen: statSync(path).mtimeMs, isThere: mayBeThere(base) };
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) !== undefined) return undefined;
    throw error;
  }
}
