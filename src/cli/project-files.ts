import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isTspmError } from '../errors.ts';
import { PENDING_RECORD } from '../project/pending-record.ts';
import { findProjectRoot, readPyproject, type Pyproject } from '../project/pyproject.ts';
import type { Environment } from '../util/search-path.ts';
import type { ParsedCommand } from './command.ts';
import { hasOption } from './options.ts';
import type { ProjectWords } from './parse.ts';

/** The folder a command works in. */
export interface ProjectPlace {
  /** Absolute. */
  readonly root: string;
  /** Asked for by `-g`, or the global project that stands in for one that is not found. */
  readonly isGlobal: boolean;
  /** What is to be said about it. */
  readonly notice?: string;
}

/** The project a command line is for. pyproject.toml is read at most once; one with faults adds no words: the command reports them. */
export interface ProjectFiles extends ProjectWords {
  /** `-p`, `-g`, else the nearest folder with a pyproject.toml, else the global project if it may stand in, else the current one. */
  place(input: ParsedCommand): Promise<ProjectPlace>;
  /** Throws as `readPyproject`. */
  pyproject(root: string): Promise<Pyproject>;
}

/** Opens the project files seen from `cwd`; nothing is read yet. */
export function openProjectFiles(cwd: string, env: Environment): ProjectFiles {
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
  const place = (input: ParsedCommand): Promise<ProjectPlace> => findPlace(input, cwd, env);
  return {
    place,
    pyproject,
    optionsFor: async (input) => {
      const { root, isGlobal } = await place(input);
      const project = isGlobal ? undefined : await optional(root, 'options');
      return project?.options.get(input.spec.name) ?? [];
    },
    scriptNames: async (input) => {
      const project = await optional((await place(input)).root, 'scripts');
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

async function findPlace(input: ParsedCommand, cwd: string, env: Environment): Promise<ProjectPlace> {
  const named = input.value('project');
  const isGlobal = hasOption(input, 'global') && input.has('global');
  const settings = { env, homeFile: input.value('config') };
  if (named !== undefined && named !== '') return { root: resolve(cwd, named), isGlobal };
  if (isGlobal) return await (await import('./global-project.ts')).globalProject(settings);
  if (input.spec.here === true || existsSync(join(cwd, 'pyproject.toml'))) return { root: cwd, isGlobal };
  const root = findProjectRoot(cwd);
  if (root !== undefined) return { root, isGlobal };
  return (await (await import('./global-project.ts')).standIn(settings)) ?? { root: cwd, isGlobal };
}

/** Whether the project file can have such a table at all: reading the text is much cheaper than parsing it. */
function mentions(root: string, word: string): boolean {
  try {
    return readFileSync(join(root, 'pyproject.toml'), 'utf8').includes(word);
  } catch {
    return false;
  }
}
