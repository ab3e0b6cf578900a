import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isTspmError } from '../errors.ts';
import { PENDING_RECORD } from '../project/pending-record.ts';
import { findProjectRoot, readPyproject, type Pyproject } from '../project/pyproject.ts';
import type { ParsedCommand } from './command.ts';
import type { ProjectWords } from './parse.ts';

/** The project a command line is for. pyproject.toml is read at most once; one with faults adds no words: the command reports them. */
export interface ProjectFiles extends ProjectWords {
  /** Absolute folder: `-p`, else the nearest one with a pyproject.toml, else the current one. */
  root(input: ParsedCommand): Promise<string>;
  /** Throws as `readPyproject`. */
  pyproject(root: string): Promise<Pyproject>;
}

/** Opens the project files seen from `cwd`; nothing is read yet. */
export function openProjectFiles(cwd: string): ProjectFiles {
  const read = new Map<string, Promise<Pyproject>>();
  const pyproject = (root: string): Promise<Pyproject> => {
    const known = read.get(root) ?? readFinished(root);
    read.set(root, known);
    return known;
  };
  const optional = async (root: string, word: string): Promise<Pyproject | undefined> => {
    if (!mentions(root, word)) return undefined;
    return await pyproject(root).catch((error: unknown) => {
      if (isTspmError(error)) return undefined;
      throw error;
    });
  };
  return {
    root: (input) => findRoot(input, cwd),
    pyproject,
    optionsFor: async (input) => {
      const project = await optional(await findRoot(input, cwd), 'options');
      return project?.options.get(input.spec.name) ?? [];
    },
    scriptNames: async (input) => {
      const project = await optional(await findRoot(input, cwd), 'scripts');
      return Object.keys(project?.scripts ?? {}).filter((name) => name !== '_');
    },
  };
}

/** A change of the project's files that was interrupted is finished before anything is read. */
async function readFinished(root: string): Promise<Pyproject> {
  if (existsSync(join(root, PENDING_RECORD))) {
    const { finishPending } = await import('../project/replace-together.ts');
    await finishPending(root);
  }
  return readPyproject(root);
}

async function findRoot(input: ParsedCommand, cwd: string): Promise<string> {
  const named = input.value('project');
  if (named !== undefined && named !== '') return resolve(cwd, named);
  if (input.spec.here === true || existsSync(join(cwd, 'pyproject.toml'))) return cwd;
  return findProjectRoot(cwd) ?? cwd;
}

/** Whether the project file can have such a table at all: reading the text is much cheaper than parsing it. */
function mentions(root: string, word: string): boolean {
  try {
    return readFileSync(join(root, 'pyproject.toml'), 'utf8').includes(word);
  } catch {
    return false;
  }
}
