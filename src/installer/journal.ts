import { createHash } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';

import { syncPath } from '../cache/durable.ts';
import { TspmError } from '../errors.ts';
import { ioFault } from '../util/io-fault.ts';
import { repeatable, repeatableAsync } from '../util/repeatable.ts';
import { syncFolder } from '../util/replace-file.ts';
import type { ControlPaths } from './environment.ts';
import { guardIo, listFolder, readTextIfAny, writeDurably } from './files.ts';
import { pathInBase } from './recorded-files.ts';

/** One step of a change: what goes, and then what of the step's staging folder comes. Steps are numbered from 0. */
export interface JournalStep {
  /** What the step does, for people who read the file. */
  readonly title: string;
  /** Paths relative to `base` that are moved to the trash. */
  readonly discard: readonly string[];
}

/** A change that has been decided: once this is on disk, it will be finished, by this process or a later one. */
export interface Journal {
  readonly id: string;
  readonly steps: readonly JournalStep[];
  /** Folders, relative to `base`, to be removed at the end if nothing is left in them; deepest first. */
  readonly thinned: readonly string[];
  /**
   * Files, relative to `base`, that were written as part of the decision: a journal that is still staged counts as decided when they hold just
   * this. None where the journal alone decides.
   */
  readonly decidedBy: readonly { readonly path: string; readonly sha256: string }[];
}

/** Where the parts of one change wait. */
export interface ChangeFolders {
  readonly root: string;
  /** Top-level .pth files, put in place last of all. */
  readonly pth: string;
  /** The next state.json. */
  readonly state: string;
  /** The journal, until it is decided. */
  readonly journal: string;
  readonly trash: string;
  /** Step `index`, until what it replaces is out of the way. */
  fresh(index: number): string;
  /** The same folder from then on: what is missing in it has been put in place. */
  going(index: number): string;
}

/** The folders of the change `id`. Touches nothing. */
export function changeFolders(control: ControlPaths, id: string): ChangeFolders {
  const root = join(control.staging, id);
  return {
    root,
    pth: join(root, 'pth'),
    state: join(root, 'state.json'),
    journal: join(root, 'journal.json'),
    trash: join(control.trash, id),
    fresh: (index) => join(root, `${index}.new`),
    going: (index) => join(root, `${index}.go`),
  };
}

/** Writes the journal, flushed, where it means nothing yet: all that can fail for want of space is done before the decision. */
export function stageJournal(folders: ChangeFolders, journal: Journal): void {
  writeDurably(folders.journal, `${JSON.stringify({ format: 1, ...journal }, undefined, 1)}\n`);
}

/** Puts the staged journal in its place by one rename, flushed: the point of no return. Throws TSPM_IO. */
export async function publishJournal(control: ControlPaths, folders: ChangeFolders): Promise<void> {
  try {
    repeatable(() => renameSync(folders.journal, control.journal));
    await repeatableAsync(() => syncFolder(control.directory));
  } catch (error) {
    throw ioFault('cannot write', control.journal, error);
  }
}

/** Puts a staged journal in its place whose decision was taken by a process that did not get that far. Gives it. */
export function publishDecided(base: string, control: ControlPaths): Journal | undefined {
  for (const id of listFolder(control.staging)) {
    const { journal: staged } = changeFolders(control, id);
    const journal = parseJournal(readTextIfAny(staged) ?? '');
    if (journal === undefined || journal.decidedBy.length === 0) continue;
    if (!journal.decidedBy.every(({ path, sha256 }) => digest(readTextIfAny(join(base, path)) ?? '') === sha256))
      continue;
    guardIo('cannot write', control.journal, () => renameSync(staged, control.journal));
    syncPath(control.directory);
    return journal;
  }
  return undefined;
}

/** sha256 (hex) of a text. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The journal of an unfinished change, if there is one. Throws TSPM_IO when it is not one that this tspm can finish. */
export function readJournal(control: ControlPaths): Journal | undefined {
  const text = readTextIfAny(control.journal);
  if (text === undefined) return undefined;
  const journal = parseJournal(text);
  if (journal !== undefined) return journal;
  throw new TspmError('TSPM_IO', `${control.journal} is not a journal that this version of tspm can finish`, {
    hint: 'finish with the version of tspm that wrote it, or delete the folder above .tspm and sync again',
    context: { path: control.journal },
  });
}

function parseJournal(text: string): Journal | undefined {
  const value = parseJson(text);
  if (!isObject(value) || value['format'] !== 1) return undefined;
  const { id, steps, thinned } = value;
  if (typeof id !== 'string' || !/^[0-9a-f]+$/u.test(id)) return undefined;
  if (!Array.isArray(steps) || !steps.every(isStep) || !isPathList(thinned)) return undefined;
  const decidedBy: unknown = value['decidedBy'] ?? [];
  return Array.isArray(decidedBy) && decidedBy.every(isWritten) ? { id, steps, thinned, decidedBy } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isWritten(value: unknown): value is Journal['decidedBy'][number] {
  return isObject(value) && typeof value['path'] === 'string' && typeof value['sha256'] === 'string';
}

function isStep(value: unknown): value is JournalStep {
  return isObject(value) && typeof value['title'] === 'string' && isPathList(value['discard']);
}

/** A journal deletes, so no path in it may lead out of the packages folder, whoever wrote it. */
function isPathList(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.every((path) => typeof path === 'string' && pathInBase('/', `../${path}`) === path)
  );
}
