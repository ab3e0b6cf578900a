import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isTspmError, TspmError } from '../errors.ts';
import { PENDING_RECORD } from '../project/pending-record.ts';
import { findProjectRoot, readPyproject, type Pyproject } from '../project/pyproject.ts';
import type { Environment } from '../util/search-path.ts';
import type { ParsedCommand } from './command.ts';
import { hasOption } from './options.ts';
import type { ProjectWords } from './parse.ts';

/** A project as it is found from a folder, whatever is above it. */
export interface NearestPlace {
  /** Absolute. */
  readonly root: string;
  /** Asked for by `-g`, or the global project that stands in for one that is not found. */
  readonly isGlobal: boolean;
  /** What is to be said about it. */
  readonly notice?: string;
}

/** The folder a command works in. */
export interface ProjectPlace extends NearestPlace {
  /** Whose interpreter and packages count: the root, or that of the workspace it is a member of. */
  readonly workspace: string;
}

/** The project a command line is for. pyproject.toml is read at most once; one with faults adds no words: the command reports them. */
export interface ProjectFiles extends ProjectWords {
  /**
   * `-p`, `-g`, else the nearest folder with a pyproject.toml, else the global project if it may stand in, else the current one. In a member of a
   * workspace the root of that stands for it, unless the command is about members. Throws TSPM_USAGE for a command that has to be run there.
   */
  place(input: ParsedCommand): Promise<ProjectPlace>;
  /** Whether something in the project looks as older versions of PDM left it, from what costs next to nothing to look at. */
  mayNeedFix(input: ParsedCommand): Promise<boolean>;
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
  const texts = new Map<string, string>();
  /** Whether the project file can have such a word at all: reading the text is much cheaper than parsing it. */
  const mentions = (root: string, word: string): boolean => {
    const text = texts.get(root) ?? textOf(join(root, 'pyproject.toml'));
    texts.set(root, text);
    return text.includes(word);
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
    mayNeedFix: async (input) => {
      const { root } = await place(input);
      const isOld = existsSync(join(root, '.pdm.toml')) || mentions(root, 'package-type');
      return isOld || (hasOption(input, 'lockfile') && beginning(join(root, 'pdm.lock')).includes('cross_platform'));
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
  const nearest = await nearestPlace(input, cwd, env);
  const { inMember, name } = input.spec;
  const workspace = nearest.isGlobal ? undefined : await workspaceAbove(input, nearest.root);
  if (workspace === undefined) return { ...nearest, workspace: nearest.root };
  if (inMember === 'own') return { ...nearest, workspace };
  if (inMember === undefined) return { ...nearest, root: workspace, workspace };
  throw new TspmError('TSPM_USAGE', `\`tspm ${name}\` can only be run from the workspace root: ${workspace}`, {
    hint: `run \`tspm ${name} -p ${workspace}\`; what a member requires is written in its own pyproject.toml`,
  });
}

/** The root of the workspace that the project is a member of. */
async function workspaceAbove(input: ParsedCommand, root: string): Promise<string | undefined> {
  if (input.spec.here === true || !existsSync(join(root, 'pyproject.toml'))) return undefined;
  if (!isBelowWorkspace(root)) return undefined;
  const { workspaceRootOf } = await import('../project/workspace.ts');
  return workspaceRootOf(root);
}

/** Whether a project file above mentions a workspace at all, which hardly any does. */
function isBelowWorkspace(root: string): boolean {
  for (let folder = dirname(root); ; folder = dirname(folder)) {
    if (textOf(join(folder, 'pyproject.toml')).includes('workspace')) return true;
    if (folder === dirname(folder)) return false;
  }
}

async function nearestPlace(input: ParsedCommand, cwd: string, env: Environment): Promise<NearestPlace> {
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

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The first kilobyte of a file, where a lock has its metadata; empty when there is no file. */
function beginning(path: string): string {
  const bytes = Buffer.alloc(1024);
  try {
    const file = openSync(path, 'r');
    try {
      return bytes.toString('utf8', 0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}
