import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { compareText, sortedText } from '../util/collections.ts';
import { BIN_NAME, CONTROL_NAME, SCHEME_ROOTS } from './environment.ts';
import { lstatIfAny, parentOf } from './files.ts';

/** An installed distribution on its way out, because it is removed or replaced. */
export interface Outgoing {
  readonly key: string;
  /** Name of its dist-info folder in lib. */
  readonly distInfo: string;
  /** Paths of its RECORD, relative to `base`; none when RECORD is missing. */
  readonly paths: readonly string[];
}

/** What can go, as paths relative to `base`; folders among them hold nothing else. */
export interface Discards {
  /** Paths of one distribution alone, by its key, its dist-info first. */
  readonly byKey: ReadonlyMap<string, readonly string[]>;
  /** Paths that hold files of several outgoing distributions. */
  readonly shared: readonly string[];
  /** Folders that lose files and may be left empty, deepest first. */
  readonly thinned: readonly string[];
}

/**
 * Finds what may be moved away: recorded files, their byte code, and whole folders with nothing else in them. Nothing that a
 * distribution in `kept` lists goes, nothing unrecorded, nothing outside of `base`, and no symbolic link is followed.
 */
export function planDiscards(base: string, outgoing: readonly Outgoing[], kept: ReadonlySet<string>): Discards {
  const search = openSearch(base, outgoing, kept);
  for (const [root, names] of firstNames(search)) searchNames(search, root, names);
  const byKey = new Map<string, string[]>(outgoing.map((item) => [item.key, []]));
  // dist-info goes first: without it nothing takes a half-removed distribution for an installed one.
  for (const item of outgoing) byKey.get(item.key)?.push(`lib/${item.distInfo}`);
  const shared: string[] = [];
  for (const [path, owner] of [...search.found].sort(([a], [b]) => compareText(a, b))) {
    const list = owner === undefined ? shared : byKey.get(owner);
    if (!search.distInfos.has(path)) list?.push(path);
  }
  const thinned = [...search.thinned].sort((a, b) => b.split('/').length - a.split('/').length || compareText(a, b));
  return { byKey, shared, thinned };
}

/**
 * The discarded paths of single distributions at, above or below which another distribution's new file comes, each with the dist-info
 * of its distribution: they must go before anything comes.
 */
export function contestedPaths(
  discards: Discards,
  incoming: readonly { readonly key: string; readonly files: readonly { readonly path: string }[] }[],
): string[] {
  if (discards.byKey.size === 0) return [];
  const comers = comersByPath(incoming);
  return [...discards.byKey].flatMap(([key, paths]) => {
    const contested = paths.filter((path) => isContested(comers, key, path));
    const [distInfo] = paths;
    return contested.length === 0 || distInfo === undefined ? [] : [distInfo, ...contested];
  });
}

/** The key of the one owner of a path, or undefined for several. */
type Owner = string | undefined;

interface Search {
  readonly base: string;
  readonly owners: ReadonlyMap<string, string>;
  /** Every folder above an owned file. */
  readonly folders: ReadonlySet<string>;
  readonly keptFolders: ReadonlySet<string>;
  readonly distInfos: ReadonlySet<string>;
  readonly found: Map<string, Owner>;
  readonly thinned: Set<string>;
}

function openSearch(base: string, outgoing: readonly Outgoing[], kept: ReadonlySet<string>): Search {
  const owners = new Map<string, string>();
  const folders = new Set<string>();
  for (const { key, paths } of outgoing) {
    for (const path of paths) {
      if (kept.has(path)) continue;
      owners.set(path, key);
      addFolders(path, folders);
    }
  }
  const keptFolders = new Set<string>();
  for (const path of kept) addFolders(path, keptFolders);
  const distInfos = new Set(outgoing.map((item) => `lib/${item.distInfo}`));
  return { base, owners, folders, keptFolders, distInfos, found: new Map(), thinned: new Set() };
}

function addFolders(path: string, folders: Set<string>): void {
  for (let folder = parentOf(path); folder !== '' && !folders.has(folder); folder = parentOf(folder))
    folders.add(folder);
}

/** What to look at directly below `base`, lib, bin and include, which themselves always stay and are not listed. */
function firstNames(search: Search): Map<string, string[]> {
  const names = new Map<string, Set<string>>(['', ...SCHEME_ROOTS].map((root) => [root, new Set<string>()]));
  for (const path of [...search.owners.keys(), ...search.folders]) {
    const root = parentOf(path);
    const name = path.slice(root === '' ? 0 : root.length + 1);
    if (SCHEME_ROOTS.includes(path) || path === CONTROL_NAME) continue;
    names.get(root)?.add(name);
    // Byte code of a module directly in lib, or of a script that another one imports.
    if ((root === 'lib' || root === BIN_NAME) && name.endsWith('.py'))
      for (const extra of ['__pycache__', `${name}c`, `${name}o`]) names.get(root)?.add(extra);
  }
  return new Map([...names].map(([root, set]) => [root, sortedText(set)]));
}

/** Looks at entries of a folder that stays. */
function searchNames(search: Search, folder: string, names: readonly string[]): void {
  for (const name of names) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const owners = ownersOf(search, path);
    if (owners === undefined) continue;
    if (owners.size === 0) search.thinned.add(path);
    else search.found.set(path, onlyOne(owners));
  }
}

function onlyOne(owners: ReadonlySet<string>): Owner {
  const [owner, second] = owners;
  return second === undefined ? owner : undefined;
}

/** The outgoing owners of everything at `path`; undefined when some of it stays (what can go is then in `found`). */
function ownersOf(search: Search, path: string): ReadonlySet<string> | undefined {
  const stats = lstatIfAny(join(search.base, path));
  if (stats === undefined || search.distInfos.has(path)) return undefined;
  if (stats.isDirectory()) return ownersOfFolder(search, path);
  const owner = ownerOfFile(search, path);
  if (owner !== undefined) return new Set([owner]);
  // A folder linked as a whole: it goes if nothing below it belongs to a distribution that stays.
  if (!stats.isSymbolicLink() || !search.folders.has(path) || search.keptFolders.has(path)) return undefined;
  return ownersBelow(search, path);
}

function ownersOfFolder(search: Search, folder: string): ReadonlySet<string> | undefined {
  const owners = new Set<string>();
  const going: [string, ReadonlySet<string>][] = [];
  let whole = search.folders.has(folder) || isByteCodeFolder(search, folder);
  if (!whole) return readdirSync(join(search.base, folder)).length === 0 ? owners : undefined;
  for (const name of sortedText(readdirSync(join(search.base, folder)))) {
    const path = `${folder}/${name}`;
    const found = ownersOf(search, path);
    if (found === undefined) {
      whole = false;
      continue;
    }
    going.push([path, found]);
    for (const owner of found) owners.add(owner);
  }
  if (whole) return owners;
  search.thinned.add(folder);
  for (const [path, found] of going) if (found.size > 0) search.found.set(path, onlyOne(found));
  return undefined;
}

function isByteCodeFolder(search: Search, folder: string): boolean {
  const parent = parentOf(folder);
  return folder.endsWith('/__pycache__') && (search.folders.has(parent) || SCHEME_ROOTS.includes(parent));
}

/** The owner of a file, or of the source that a byte code file was compiled from (`x.pyc`, `__pycache__/x.tag.pyc`, `….pyc.123` of a Python that was killed). */
function ownerOfFile(search: Search, path: string): string | undefined {
  const owner = search.owners.get(path);
  if (owner !== undefined || !/\.py[co](?:\.\d+)?$/u.test(path)) return owner;
  const folder = parentOf(path);
  const name = path.slice(folder.length + 1);
  if (!folder.endsWith('/__pycache__')) return search.owners.get(path.slice(0, -1));
  return search.owners.get(`${parentOf(folder)}/${name.slice(0, name.indexOf('.'))}.py`);
}

function ownersBelow(search: Search, folder: string): ReadonlySet<string> {
  const owners = new Set<string>();
  for (const [path, owner] of search.owners) if (path.startsWith(`${folder}/`)) owners.add(owner);
  return owners;
}

interface Comers {
  readonly files: ReadonlyMap<string, ReadonlySet<string>>;
  readonly folders: ReadonlyMap<string, ReadonlySet<string>>;
}

function comersByPath(incoming: Parameters<typeof contestedPaths>[1]): Comers {
  const files = new Map<string, Set<string>>();
  const folders = new Map<string, Set<string>>();
  for (const { key, files: own } of incoming) {
    for (const { path } of own) {
      enter(files, path, key);
      for (let folder = parentOf(path); folder !== '' && enter(folders, folder, key); folder = parentOf(folder));
    }
  }
  return { files, folders };
}

/** Whether `key` is new at `path`. */
function enter(index: Map<string, Set<string>>, path: string, key: string): boolean {
  const keys = index.get(path);
  if (keys === undefined) index.set(path, new Set([key]));
  else if (keys.has(key)) return false;
  else keys.add(key);
  return true;
}

function isContested(comers: Comers, key: string, path: string): boolean {
  const others = (keys: ReadonlySet<string> | undefined): boolean =>
    keys !== undefined && [...keys].some((other) => other !== key);
  if (others(comers.files.get(path)) || others(comers.folders.get(path))) return true;
  for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder))
    if (others(comers.files.get(folder))) return true;
  return false;
}
