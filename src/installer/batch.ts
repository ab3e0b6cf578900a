import { pathProblem } from '../archive/path-policy.ts';
import { recordPaths } from '../packaging/record.ts';
import { makeFolders } from '../util/file-system.ts';
import { parentOf } from './files.ts';
import { copy, type FileFacts, type Linker } from './link.ts';
import { isStopped, type WorkBoard } from './work-board.ts';

/** How a file of a store entry comes: by the linker's function of that name, or as a copy that is executable. */
export type Form = 'file' | 'library' | 'program' | 'script';

/** Files that come from one folder of a store entry into one folder of staging, all in one form. Paths are absolute. */
export interface FolderDelivery {
  readonly from: string;
  readonly to: string;
  readonly form: Form;
  readonly executable: boolean;
  readonly names: readonly string[];
}

/** Files of a plain folder, by their rows of RECORD: from the unpacked tree at `from` into the lib at `to`. */
export interface RowsDelivery {
  readonly from: string;
  readonly to: string;
  readonly rows: string;
  /** Paths of the rows with the executable bit, maybe others. */
  readonly executable: readonly string[];
}

/** What one thread brings in one go: plain data. None of the files is large. */
export type Batch = readonly (FolderDelivery | RowsDelivery)[];

/** Brings what is in the batch, folders included, unless the work is stopped. Other threads may make the same folders. */
export function bringBatch(linker: Linker, batch: Batch, board: WorkBoard): void {
  for (const delivery of batch) {
    if ('rows' in delivery) bringRows(linker, delivery, board);
    else bringFolder(linker, delivery, board);
  }
}

function bringFolder(linker: Linker, { from, to, form, executable, names }: FolderDelivery, board: WorkBoard): void {
  makeFolders(to);
  const facts = { size: 0, executable };
  for (const name of names) {
    if (isStopped(board)) return;
    bring(linker, form, { source: `${from}/${name}`, target: `${to}/${name}`, facts });
  }
}

function bringRows(linker: Linker, { from, to, rows, executable }: RowsDelivery, board: WorkBoard): void {
  const programs = new Set(executable);
  let made = '';
  for (const path of recordPaths(rows)) {
    if (isStopped(board)) return;
    // The manifest, whose paths were judged when it was read, is not read for these.
    if (pathProblem(path) !== undefined)
      throw new Error(`${from} is described wrongly; \`tspm cache verify --repair\` makes it again`);
    const folder = parentOf(path);
    if (folder !== made) makeFolders(`${to}/${folder}`);
    made = folder;
    const facts = { size: 0, executable: programs.has(path) };
    bring(linker, 'file', { source: `${from}/${path}`, target: `${to}/${path}`, facts });
  }
}

/** Brings one file to a place that is absent, in a folder that is there. Paths are absolute. */
export function bring(
  linker: Linker,
  form: Form,
  { source, target, facts }: { readonly source: string; readonly target: string; readonly facts: FileFacts },
): void {
  if (form === 'script') copy(source, target, true);
  else linker[form](source, target, facts);
}
