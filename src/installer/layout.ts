import type { OutlinedFolder } from '../archive/wheel-outline.ts';
import { enterClaims, conflict, type Claimant, type Claims, type DiskFacts } from './claims.ts';
import { parentOf, type PathKind } from './files.ts';
import { liesOnPath, topName } from './on-path.ts';
import type { PlacedFile, PlacedWheel } from './scheme.ts';

/** A wheel about to be installed. */
export interface IncomingWheel extends Claimant {
  readonly placed: PlacedWheel;
  /** Folders of lib that are its alone and come as a whole: `placed` does not have their files. */
  readonly folders: readonly OutlinedFolder[];
  /** Folders may be linked as a whole: it comes from the store and the method is symlink. */
  readonly linksFolders: boolean;
  /** Python can write byte code where the wheel was unpacked. Else folders with modules are real, so that they have a `__pycache__` of their own. */
  readonly keepsByteCode: boolean;
  /** Its tree may be put on the import path, if no other distribution has one of its top-level names. */
  readonly onPath: boolean;
}

/** What the layout is made from. `disk` answers as if everything outgoing were gone already. */
export interface LayoutRequest {
  readonly incoming: readonly IncomingWheel[];
  /** Distributions that stay, with the files of their RECORD. */
  readonly kept: readonly Claimant[];
  readonly disk: DiskFacts & { kindOf(path: string): PathKind };
}

/** A folder of the store that the project links as a whole. */
export interface FolderLink {
  /** Relative to `base`. */
  readonly target: string;
  /** Path in the wheel. */
  readonly source: string;
}

/** How one wheel comes into the tree. */
export interface WheelLayout {
  readonly key: string;
  /** Its modules stay in the store, in a folder of the import path; the rest is placed as below. */
  readonly onPath: boolean;
  readonly folders: readonly FolderLink[];
  /** Files placed one by one: all that lie in none of `folders`. */
  readonly files: readonly PlacedFile[];
}

/** A folder of a distribution that stays, so far one link, which must become real to take in files of another one. */
export interface Expansion {
  readonly key: string;
  /** The link, relative to `base`. */
  readonly folder: string;
  /** Files and folders below it that become links of their own; the folders between are made real. */
  readonly links: readonly string[];
}

/** The tree to build. */
export interface Layout {
  readonly wheels: readonly WheelLayout[];
  readonly expansions: readonly Expansion[];
}

/**
 * Decides place and form of every file before the first is written. A folder is linked as a whole where one wheel alone has files in
 * it, none of them a program, native or an installer's own, and no real folder that stays lies there. Throws TSPM_FILE_CONFLICT.
 */
export function layOut(request: LayoutRequest): Layout {
  const claims = enterClaims([...request.kept, ...request.incoming], request.disk);
  const wheels = request.incoming.map((wheel) => layOutWheel(request, claims, wheel));
  return { wheels, expansions: clearTheWay(request, claims, wheels) };
}

function layOutWheel(request: LayoutRequest, claims: Claims, wheel: IncomingWheel): WheelLayout {
  const onPath = wheel.onPath && ownsItsNames(claims, wheel);
  const placed = onPath ? wheel.placed.files.filter((file) => !liesOnPath(file.target)) : wheel.placed.files;
  if (!wheel.linksFolders) return { key: wheel.key, onPath, folders: [], files: placed };
  const sources = linkableFolders(wheel);
  const covers = new Map<string, string | undefined>();
  function coverOf(folder: string): string | undefined {
    if (folder === '') return undefined;
    if (covers.has(folder)) return covers.get(folder);
    const above = coverOf(parentOf(folder));
    const alone = sources.has(folder) && claims.ownerOfFolder(folder) === wheel.key;
    const cover = above ?? (alone && request.disk.kindOf(folder) !== 'directory' ? folder : undefined);
    covers.set(folder, cover);
    return cover;
  }
  const files: PlacedFile[] = [];
  const folders = new Map<string, FolderLink>(
    wheel.folders.map(({ name }) => [name, { target: `lib/${name}`, source: name }]),
  );
  for (const file of placed) {
    const target = coverOf(parentOf(file.target));
    const source = target === undefined ? undefined : sources.get(target);
    if (target === undefined || source === undefined) files.push(claims.isShared(file.target) ? unlinked(file) : file);
    else if (!folders.has(target)) folders.set(target, { target, source });
  }
  return { key: wheel.key, onPath, folders: [...folders.values()], files };
}

/** A file that outlives its distribution, as another one has it, too, must not lead into the store entry of the first. */
function unlinked(file: PlacedFile): PlacedFile {
  return file.treatment === 'link' ? { ...file, treatment: 'program' } : file;
}

/** No other distribution has files below one of the names that this one is imported by. */
function ownsItsNames(claims: Claims, { key, files }: IncomingWheel): boolean {
  const tops = new Set(files.flatMap(({ path }) => topName(path) ?? []));
  return [...tops].every((top) => (claims.ownerOfFolder(`lib/${top}`) ?? key) === key);
}

/** Folders of lib and include whose files all may be links and all come from one folder of the wheel, with that folder. */
function linkableFolders({ placed, keepsByteCode }: IncomingWheel): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  const blocked = new Set<string>();
  for (const target of placed.skipped) blockFolders(target, blocked);
  for (const file of placed.files) {
    const isCompiledElsewhere = !keepsByteCode && file.target.endsWith('.py');
    if (file.treatment !== 'link' || isCompiledElsewhere) blockFolders(file.target, blocked);
    else enterSources(file, sources, blocked);
  }
  for (const folder of blocked) sources.delete(folder);
  return sources;
}

function blockFolders(target: string, blocked: Set<string>): void {
  for (let folder = parentOf(target); folder !== '' && !blocked.has(folder); folder = parentOf(folder))
    blocked.add(folder);
}

function enterSources(file: PlacedFile, sources: Map<string, string>, blocked: Set<string>): void {
  for (let folder = parentOf(file.target); folder.includes('/'); folder = parentOf(folder)) {
    if (!folder.startsWith('lib/') && !folder.startsWith('include/')) return;
    const cut = file.source.length - (file.target.length - folder.length);
    const source = cut > 0 && file.source.endsWith(file.target.slice(folder.length)) ? file.source.slice(0, cut) : '';
    const known = sources.get(folder);
    if (known === undefined) sources.set(folder, source);
    if (source === '' || (known !== undefined && known !== source)) blocked.add(folder);
  }
}

/** Looks at what lies where real folders and files will come, and finds the links that must become folders. */
function clearTheWay(request: LayoutRequest, claims: Claims, wheels: readonly WheelLayout[]): Expansion[] {
  const expansions = new Map<string, Expansion>();
  const seen = new Set<string>();
  function enterFolder(folder: string): void {
    if (folder === '' || seen.has(folder)) return;
    seen.add(folder);
    enterFolder(parentOf(folder));
    const kind = request.disk.kindOf(folder);
    if (kind === 'link') expansions.set(folder, expand(request, claims, folder));
    if (kind === 'file') {
      throw conflict(folder, 'a file that no distribution recorded lies where a folder is needed', 'move it away');
    }
  }
  for (const wheel of wheels) {
    for (const { target } of [...wheel.folders, ...wheel.files]) {
      enterFolder(parentOf(target));
      if (request.disk.kindOf(target) === 'directory') {
        throw conflict(target, 'a folder lies where a file of a distribution is needed', 'move it away');
      }
    }
  }
  return [...expansions.values()];
}

function expand(request: LayoutRequest, claims: Claims, folder: string): Expansion {
  const [owner, second] = claims.claimantsBelow(folder, request.kept);
  if (owner === undefined || second !== undefined) {
    throw conflict(folder, 'a symbolic link that tspm did not make lies where a folder is needed', 'move it away');
  }
  const links = new Set<string>();
  for (const { path } of owner.files) {
    if (path.startsWith(`${folder}/`)) links.add(topmostOwned(claims, owner.key, { path, below: folder }));
  }
  return { key: owner.key, folder, links: [...links] };
}

/** The highest folder between `below` and `path` that belongs to `key` alone, or the file itself. */
function topmostOwned(claims: Claims, key: string, place: { readonly path: string; readonly below: string }): string {
  let topmost = place.path;
  for (let folder = parentOf(place.path); folder !== place.below; folder = parentOf(folder)) {
    if (claims.ownerOfFolder(folder) === key) topmost = folder;
  }
  return topmost;
}
