/** `[tool.pdm.workspace]`: projects below a project that are locked and installed together with it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { isTspmError, TspmError } from '../errors.ts';
import { sortedBy } from '../util/collections.ts';
import { matchesGlob } from '../util/glob.ts';
import { expandGroup } from './group-lines.ts';
import { allGroups, groupNames } from './groups.ts';
import { type Pyproject, readPyproject } from './pyproject.ts';
import { type PathRequirement, parseRequirementLine, requirementKey } from './requirement-line.ts';

/** A project of a workspace. */
export interface Member {
  /** From the root of the workspace, with `/`, without leading `./`. */
  readonly path: string;
  readonly project: Pyproject;
}

const known = new WeakMap<Pyproject, readonly Member[]>();

/** The members, sorted by path. Throws TSPM_PYPROJECT_INVALID for a pattern that leads out of the root, and as `readPyproject`. */
export function workspaceMembers(root: Pyproject): readonly Member[] {
  const members = known.get(root) ?? readMembers(root);
  known.set(root, members);
  return members;
}

/** The workspace that the project in a folder is a member of. Faults of other projects above it are not this command's to tell. */
export function workspaceRootOf(folder: string): string | undefined {
  for (let parent = dirname(folder); ; parent = dirname(parent)) {
    if (mentionsWorkspace(parent)) {
      const project = readIfSound(parent);
      const path = relative(parent, folder).replaceAll(sep, '/');
      if (project !== undefined && memberPaths(project).includes(path)) return parent;
    }
    if (parent === dirname(parent)) return undefined;
  }
}

/**
 * The editable requirements on members that nothing has to spell out: each that is a distribution. Those that another group than
 * `default` names are not part of `default`.
 */
export function memberRequirements(
  root: Pyproject,
): readonly { readonly isDefault: boolean; readonly requirement: PathRequirement }[] {
  const members = workspaceMembers(root).filter(({ project }) => project.distribution);
  if (members.length === 0) return [];
  const elsewhere = keysOutsideDefault(root);
  return members.map(({ path, project: { name } }) => {
    const requirement: PathRequirement = {
      kind: 'path',
      name,
      extras: [],
      marker: undefined,
      subdirectory: undefined,
      path: `./${path}`,
      editable: true,
    };
    return { isDefault: !elsewhere.has(requirementKey(requirement) ?? ''), requirement };
  });
}

function readMembers(root: Pyproject): readonly Member[] {
  return memberPaths(root).map((path) => ({ path, project: readMember(join(root.root, path), path) }));
}

function readMember(folder: string, path: string): Pyproject {
  try {
    return readPyproject(folder);
  } catch (error) {
    if (!isTspmError(error)) throw error;
    const detail = { cause: error, ...(error.hint === undefined ? {} : { hint: error.hint }) };
    throw new TspmError(error.code, `workspace member ${path}: ${error.message}`, detail);
  }
}

function memberPaths({ root, members }: Pyproject): string[] {
  const found = new Set(members.flatMap((pattern) => foldersOf(root, pattern)));
  return sortedBy(found, (path) => path).filter((path) => existsSync(join(root, path, 'pyproject.toml')));
}

/** Folders below the root that a pattern means; `**` stands for any number of folders. */
function foldersOf(root: string, pattern: string): string[] {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  if (/^[/\\]|^[A-Za-z]:/.test(pattern) || parts.includes('..')) {
    throw new TspmError('TSPM_PYPROJECT_INVALID', `[tool.pdm.workspace].members: ${pattern} leads out of the project`);
  }
  return below(root, '', parts).filter((path) => path !== '');
}

function below(root: string, path: string, parts: readonly string[]): string[] {
  const [part, ...rest] = parts;
  if (part === undefined) return [path];
  const join = (name: string): string => (path === '' ? name : `${path}/${name}`);
  if (part === '**') {
    return [...below(root, path, rest), ...folders(root, path).flatMap((name) => below(root, join(name), parts))];
  }
  if (!/[*?[]/.test(part)) return below(root, join(part), rest);
  return folders(root, path)
    .filter((name) => matchesGlob(name, part))
    .flatMap((name) => below(root, join(name), rest));
}

/** Hidden folders and packages are no places for members. */
function folders(root: string, path: string): string[] {
  try {
    const found = readdirSync(join(root, path), { withFileTypes: true });
    return found
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== '__pypackages__')
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function keysOutsideDefault(root: Pyproject): Set<string> {
  const context = { scope: { root: root.root, env: {}, style: 'none' as const }, exists: () => true };
  const groups = allGroups(groupNames(root)).filter((group) => group !== 'default');
  const lines = groups.flatMap((group) => expandGroup(root, group).lines);
  return new Set(
    lines.flatMap((line) => {
      try {
        return requirementKey(parseRequirementLine(line, context)) ?? [];
      } catch (error) {
        // Whoever reads the groups themselves tells of it.
        if (isTspmError(error)) return [];
        throw error;
      }
    }),
  );
}

/** Reading the text is much cheaper than parsing it. */
function mentionsWorkspace(folder: string): boolean {
  try {
    return readFileSync(join(folder, 'pyproject.toml'), 'utf8').includes('workspace');
  } catch {
    return false;
  }
}

function readIfSound(folder: string): Pyproject | undefined {
  try {
    return readPyproject(folder);
  } catch (error) {
    if (isTspmError(error)) return undefined;
    throw error;
  }
}
