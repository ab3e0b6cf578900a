import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { formatDirectUrl } from '../packaging/direct-url.ts';
import { formatRecord, type RecordRow } from '../packaging/record.ts';
import { sortedText } from '../util/collections.ts';
import { parentOf, removeTree } from './files.ts';
import type { PreparedWheel } from './incoming.ts';
import { rewriteScript } from './launcher.ts';
import type { Expansion, FolderLink, WheelLayout } from './layout.ts';
import { copy, type Linker } from './link.ts';
import { removeIfEmpty } from './move.ts';
import { formatPathFile, liesOnPath, pathFileName } from './on-path.ts';
import type { Form } from './batch.ts';
import type { Placer } from './placer.ts';
import { rowPath } from './recorded-files.ts';
import type { PlacedFile } from './scheme.ts';
import type { StagingFolder } from './staging-folder.ts';
import type { TreeNotes } from './tree-notes.ts';
import type { DistributionState, LinkMethod } from './state.ts';
import { namesInRoots } from './stamp.ts';
import { makeFolders } from '../util/file-system.ts';

/** Where and how one run stages. */
export interface StageContext {
  /** Gets the tree of the wheel as it will lie below `base`. */
  readonly folder: StagingFolder;
  /** Absolute; top-level .pth files wait here, because a half-installed set must not be activated by them. */
  readonly pthFolder: string;
  readonly notes: TreeNotes | undefined;
  /** Links whole folders. */
  readonly linker: Linker;
  readonly placer: Placer;
  readonly method: LinkMethod;
  readonly interpreter: string;
  /** Lets signals and the display have their turn; throws when the work is to end. */
  readonly pause: () => Promise<void>;
}

/** Builds everything of one wheel in staging, RECORD and commands included, and gives what the state will remember of it. */
export async function stageWheel(
  context: StageContext,
  wheel: PreparedWheel,
  layout: WheelLayout,
): Promise<DistributionState> {
  const { folder } = context;
  folder.make('');
  const digests =
    wheel.origin === 'store' ? await placeFromStore(context, wheel, layout) : placeOwnFiles(context, wheel);
  for (const launcher of wheel.launchers) {
    folder.make(parentOf(launcher.path));
    folder.claim(launcher.path);
    folder.writeProgram(launcher.path, launcher.text);
  }
  const distInfo = `lib/${wheel.manifest.distInfo}`;
  folder.make(distInfo);
  const written = writeInstallerFiles(folder, distInfo, wheel);
  const placed = layout.onPath ? filesInProject(wheel) : wheel.placed.files;
  const record = formatRecord([
    ...wheel.folders.map(({ rows }) => rows),
    ...placed.map((file) => digests.get(file.target) ?? rowOf(file.target, file.digest, file.size)),
    ...wheel.launchers.map(({ path, text, digest }) => rowOf(path, digest, Buffer.byteLength(text))),
    ...(layout.onPath ? [writePathFile(context, wheel)] : []),
    ...[...written].map(([name, text]) => contentRow(`${distInfo}/${name}`, text)),
    { path: `${wheel.manifest.distInfo}/RECORD`, hash: undefined, size: undefined },
  ]);
  return {
    key: wheel.key,
    name: wheel.wanted.name,
    version: wheel.wanted.version,
    distInfo: wheel.manifest.distInfo,
    sha256: wheel.manifest.sha256,
    method: context.method,
    onPath: layout.onPath ? wheel.directory : undefined,
    executable: sortedText([
      ...wheel.folders.flatMap(({ executable }) => executable.map((path) => `lib/${path}`)),
      ...placed.filter((file) => file.executable).map(({ target }) => target),
      ...wheel.launchers.map(({ path }) => path),
    ]),
    names: namesInRoots([
      ...wheel.folders.map(({ name }) => `lib/${name}`),
      ...placed.map(({ target }) => target),
      ...wheel.launchers.map(({ path }) => path),
      ...(layout.onPath ? [`lib/${pathFileName(wheel.key)}`] : []),
    ]),
    requested: wheel.wanted.requested,
    directUrl: written.get('direct_url.json'),
    record: folder.writeRecord(`${distInfo}/RECORD`, record),
  };
}

function filesInProject({ placed }: PreparedWheel): readonly PlacedFile[] {
  return placed.files.filter((file) => !liesOnPath(file.target));
}

/** Puts the tree of a wheel on the import path; gives the row of the file that does so. */
function writePathFile(context: StageContext, { key, directory, placed }: PreparedWheel): RecordRow {
  const name = pathFileName(key);
  const text = formatPathFile(
    directory,
    placed.files.some(({ treatment }) => treatment === 'own'),
  );
  makeFolders(context.pthFolder);
  writeFileSync(join(context.pthFolder, name), text, { flag: 'wx' });
  context.notes?.file(`lib/${name}`, { kind: 'content', content: text, executable: false });
  return contentRow(`lib/${name}`, text);
}

/** Builds the real folder that replaces one link: links to what the link showed, one for each part. */
export function stageExpansion(folder: StagingFolder, target: string, expansion: Expansion): void {
  folder.make(expansion.folder);
  for (const path of expansion.links) {
    folder.make(parentOf(path));
    symlinkSync(`${target}${path.slice(expansion.folder.length)}`, join(folder.path, path));
  }
}

/** A RECORD row with a sha256. */
export function rowOf(path: string, digest: string, size: number): RecordRow {
  return { path: rowPath(path), hash: { algorithm: 'sha256', digest }, size };
}

/** The RECORD row of a file with this content. */
export function contentRow(path: string, content: string | Uint8Array): RecordRow {
  return rowOf(path, createHash('sha256').update(content).digest('base64url'), Buffer.byteLength(content));
}

/** The files that a distribution's dist-info gets from its installer, with their texts. */
function writeInstallerFiles(
  folder: StagingFolder,
  distInfo: string,
  wheel: PreparedWheel,
): ReadonlyMap<string, string> {
  const { requested, directUrl } = wheel.wanted;
  const files = new Map([['INSTALLER', 'tspm\n']]);
  if (requested) files.set('REQUESTED', '');
  if (directUrl !== undefined) files.set('direct_url.json', formatDirectUrl(directUrl));
  for (const [name, text] of files) folder.write(`${distInfo}/${name}`, text);
  return files;
}

/** Rows that differ from the wheel's own, by target. */
type ChangedRows = ReadonlyMap<string, RecordRow>;

/** Synchronous but for a pause now and then: a link costs less than a turn of the event loop. */
async function placeFromStore(context: StageContext, wheel: PreparedWheel, layout: WheelLayout): Promise<ChangedRows> {
  const { folder, linker, placer, pause } = context;
  const changed = new Map<string, RecordRow>();
  const files: PlacedFile[] = [];
  const { directory } = wheel;
  for (const tree of wheel.linksFolders ? [] : wheel.folders) placer.placeTree({ folder, directory, tree });
  for (const link of layout.folders) {
    folder.make(parentOf(link.target));
    if (!linker.folder(join(wheel.directory, link.source), join(folder.path, link.target)))
      files.push(...filesBelow(wheel, link));
  }
  for (const [index, file] of [...files, ...layout.files].entries()) {
    if (index % FILES_AT_ONCE === FILES_AT_ONCE - 1) await pause();
    placeFromStoreAt(context, { wheel, file, changed });
  }
  await linker.finish(pause);
  return changed;
}

const FILES_AT_ONCE = 16;

function filesBelow(wheel: PreparedWheel, link: FolderLink): readonly PlacedFile[] {
  return wheel.spread().placed.files.filter((file) => file.target.startsWith(`${link.target}/`));
}

interface Placing {
  readonly wheel: PreparedWheel;
  readonly file: PlacedFile;
  readonly changed: Map<string, RecordRow>;
}

function placeFromStoreAt(context: StageContext, { file, wheel, changed }: Placing): void {
  const { folder, placer } = context;
  if (file.treatment === 'own') {
    makeFolders(context.pthFolder);
    const waiting = join(context.pthFolder, file.target.slice('lib/'.length));
    if (existsSync(waiting)) return;
    const source = join(wheel.directory, file.source);
    copy(source, waiting, false);
    context.notes?.file(file.target, { kind: 'copy', source, executable: false });
    return;
  }
  const rewritten = file.treatment === 'script' ? rewrittenScript(context, wheel, file) : undefined;
  if (rewritten === undefined) {
    placer.place({ folder, directory: wheel.directory, file, form: formOf(wheel, file) });
    return;
  }
  changed.set(file.target, contentRow(file.target, rewritten));
  folder.make(parentOf(file.target));
  folder.claim(file.target);
  folder.writeProgram(file.target, rewritten);
}

function rewrittenScript(context: StageContext, wheel: PreparedWheel, file: PlacedFile): Uint8Array | undefined {
  return rewriteScript(readFileSync(join(wheel.directory, file.source)), context.interpreter);
}

function formOf(wheel: PreparedWheel, file: PlacedFile): Form {
  if (file.treatment === 'link') return 'file';
  if (file.treatment === 'library') return 'library';
  // A hard link would leave it without the executable bit, which belongs to the store's file.
  return file.treatment === 'script' && !wheelMarksExecutable(wheel, file) ? 'script' : 'program';
}

function wheelMarksExecutable(wheel: PreparedWheel, file: PlacedFile): boolean {
  return wheel.manifest.files.some(({ path, executable }) => executable && path === file.source);
}

/** Files of an unpacked archive are moved: the whole tree becomes lib, then what belongs elsewhere is taken out. */
function placeOwnFiles(context: StageContext, wheel: PreparedWheel): ChangedRows {
  const { folder, pthFolder } = context;
  const lib = join(folder.path, 'lib');
  const changed = new Map<string, RecordRow>();
  renameSync(wheel.directory, lib);
  const left = new Set(wheel.manifest.files.map((file) => file.path));
  for (const file of wheel.placed.files) {
    left.delete(file.source);
    const source = join(lib, file.source);
    const target = join(folder.path, file.target);
    if (file.treatment === 'own') {
      makeFolders(pthFolder);
      renameSync(source, join(pthFolder, file.target.slice('lib/'.length)));
      continue;
    }
    if (source !== target) {
      folder.make(parentOf(file.target));
      renameSync(source, target);
    }
    if (file.treatment === 'script') finishScript(context, { wheel, file, changed });
  }
  for (const path of left) unlinkSync(join(lib, path));
  for (const path of left) removeIfEmpty(join(lib, parentOf(path)));
  for (const top of dataFolders(wheel)) removeTree(join(lib, top));
  return changed;
}

function dataFolders(wheel: PreparedWheel): ReadonlySet<string> {
  const tops = wheel.manifest.files.map(({ path }) => path.slice(0, Math.max(path.indexOf('/'), 0)));
  return new Set(tops.filter((top) => top.endsWith('.data')));
}

function finishScript(context: StageContext, { file, changed }: Placing): void {
  const path = join(context.folder.path, file.target);
  const rewritten = rewriteScript(readFileSync(path), context.interpreter);
  if (rewritten === undefined) {
    chmodSync(path, 0o755);
    return;
  }
  unlinkSync(path);
  context.folder.writeProgram(file.target, rewritten);
  changed.set(file.target, contentRow(file.target, rewritten));
}
