import { TspmError } from '../errors.ts';

export { linuxPlatforms, macPlatforms } from './platform-tags.ts';

/** One compatibility tag of a wheel, lower case, for example `cp311`, `abi3`, `win_amd64`. */
export interface Tag {
  readonly python: string;
  readonly abi: string;
  readonly platform: string;
}

/** What an interpreter on a platform can load; `abis` and `platforms` are ordered, best first. */
export interface TagTarget {
  /** `sys.implementation.name`: `cpython`, `pypy` and so on. */
  readonly implementation: string;
  readonly version: readonly [number, number];
  readonly abis: readonly string[];
  readonly platforms: readonly string[];
  readonly freeThreaded: boolean;
}

const PYTHON_MEMBER = /^[a-z_][a-z0-9_]*$/;
const MEMBER = /^[a-z0-9_]+$/;

/** Reads `python-abi-platform`, each a set joined with `.`, into the product of the sets (PEP 425); throws TSPM_INVALID_TAG. */
export function parseTagSet(text: string): Tag[] {
  const tags = tryParseTagSet(text);
  if (tags !== undefined) return tags;
  throw new TspmError(
    'TSPM_INVALID_TAG',
    `compatibility tag ${JSON.stringify(text)} must be written python-abi-platform, for example py3-none-any`,
  );
}

/** As {@link parseTagSet}, but undefined for a text that is no tag. Files of a project share few tag sets: each is read once. */
export function tryParseTagSet(text: string): Tag[] | undefined {
  if (interned.has(text)) return interned.get(text);
  if (interned.size >= INTERNED_LIMIT) interned.clear();
  const tags = readTagSet(text);
  interned.set(text, tags);
  return tags;
}

const INTERNED_LIMIT = 20_000;
const interned = new Map<string, Tag[] | undefined>();

function readTagSet(text: string): Tag[] | undefined {
  const [pythons, abis, platforms, ...rest] = text
    .toLowerCase()
    .split('-')
    .map((part) => part.split('.'));
  if (pythons === undefined || abis === undefined || platforms === undefined || rest.length > 0) return undefined;
  if (!pythons.every((member) => PYTHON_MEMBER.test(member))) return undefined;
  if (![...abis, ...platforms].every((member) => MEMBER.test(member))) return undefined;
  return pythons.flatMap((python) => abis.flatMap((abi) => platforms.map((platform) => ({ python, abi, platform }))));
}

/** `python-abi-platform`. */
export function formatTag({ python, abi, platform }: Tag): string {
  return `${python}-${abi}-${platform}`;
}

/** Every tag the target can load, best first, in the order of the reference implementation (`packaging.tags.sys_tags`). */
export function compatibleTags(target: TagTarget): string[] {
  const specific = target.implementation === 'cpython' ? cpythonTags(target) : otherImplementationTags(target);
  // Two routes can lead to one tag (an interpreter whose own ABI is called none).
  return [...new Set([...specific, ...pureTags(target)])];
}

function cpythonTags({ version, abis, platforms, freeThreaded }: TagTarget): string[] {
  const [major, minor] = version;
  const interpreter = `cp${major}${minor}`;
  const tags: string[] = [];
  const add = (python: string, abi: string): void => {
    for (const platform of platforms) tags.push(`${python}-${abi}-${platform}`);
  };
  for (const abi of abis) if (abi !== 'none' && !isStableAbi(abi)) add(interpreter, abi);
  const hasStableAbi = major > 3 || (major === 3 && minor >= 2);
  // A build without the GIL cannot load abi3 (PEP 703), one with it cannot load a plain abi3t wheel (PEP 803).
  const stableAbi = freeThreaded ? 'abi3t' : 'abi3';
  if (hasStableAbi) add(interpreter, stableAbi);
  add(interpreter, 'none');
  if (hasStableAbi) for (let older = minor - 1; older >= 2; older--) add(`cp${major}${older}`, stableAbi);
  return tags;
}

function otherImplementationTags(target: TagTarget): string[] {
  const interpreter = interpreterTag(target);
  const abis = target.abis.includes('none') ? target.abis : [...target.abis, 'none'];
  return abis.flatMap((abi) => target.platforms.map((platform) => `${interpreter}-${abi}-${platform}`));
}

function pureTags(target: TagTarget): string[] {
  const pythons = purePythons(target.version);
  const tags = pythons.flatMap((python) => target.platforms.map((platform) => `${python}-none-${platform}`));
  if (target.implementation === 'cpython') tags.push(`${interpreterTag(target)}-none-any`);
  if (target.implementation === 'pypy') tags.push(`pp${target.version[0]}-none-any`);
  return [...tags, ...pythons.map((python) => `${python}-none-any`)];
}

function purePythons([major, minor]: readonly [number, number]): string[] {
  const pythons = [`py${major}${minor}`, `py${major}`];
  for (let older = minor - 1; older >= 0; older--) pythons.push(`py${major}${older}`);
  return pythons;
}

function interpreterTag({ implementation, version: [major, minor] }: TagTarget): string {
  return `${shortImplementation(implementation)}${major}${minor}`;
}

/** The ABIs that CPython can load beside the stable one, best first: its own, and for a debug build that without debugging. */
export function cpythonAbis(
  [major, minor]: readonly [number, number, ...number[]],
  { freeThreaded, debug = false }: { readonly freeThreaded: boolean; readonly debug?: boolean },
): string[] {
  const release = `cp${major}${minor}${freeThreaded ? 't' : ''}`;
  // Up to 3.7 the ABI told the memory allocator, and debug builds could not load anything else.
  if (major === 3 && minor < 8) return [`${release}${debug ? 'd' : ''}m`];
  return debug ? [`${release}d`, release] : [release];
}

/** The letters that stand for an implementation in tags: `cp` for `cpython`; the whole name where there are none. */
export function shortImplementation(implementation: string): string {
  return SHORT_NAMES.get(implementation) ?? implementation;
}

const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ['cpython', 'cp'],
  ['pypy', 'pp'],
  ['python', 'py'],
  ['ironpython', 'ip'],
  ['jython', 'jy'],
]);

/** Whether the ABI is the one that extension modules for several Python versions keep to. */
export function isStableAbi(abi: string): boolean {
  return abi === 'abi3' || abi === 'abi3t';
}
