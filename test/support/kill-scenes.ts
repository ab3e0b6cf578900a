/** Commands that are killed, each in a project in the middle of its life, and what has to be true when the next command has run. */
import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publish, type Published } from './catalogue.ts';
import type { SceneSpec } from './fault-scenes.ts';
import { selfBuildingFiles, selfBuildingSdist } from './in-tree-backend.ts';
import type { IndexServer } from './index-server.ts';
import type { Project, Sandbox } from './tspm.ts';
import { dropPackages } from './workspace.ts';

/** A scene, and the command that comes after the kill. */
export interface KillScene extends SceneSpec {
  readonly next: readonly string[];
  /** The call by which files come, where they are so many that further threads help. */
  readonly sharedCall?: 'link' | 'symlink' | 'copy_file_range';
  /** The next command is started by the front, too. */
  readonly nextByFront?: true;
}

/**
 * Two distributions that share a folder, one with a folder that is linked as a whole until a neighbour comes, a name that moves from one to
 * another, a module that becomes a folder, commands that come and go, a script and a `.pth` file.
 */
const CATALOGUE: readonly Published[] = [
  { name: 'kept', version: '1.0', files: { 'ns/kept/__init__.py': 'me = "kept"\n' } },
  { name: 'gone', version: '1.0', files: { 'gone.py': '', 'both/gone.py': '' }, entryPoints: { gone: 'gone:main' } },
  {
    name: 'grown',
    version: '1.0',
    files: { 'grown/__init__.py': 'v = 1\n', 'grown/a.py': '', 'both/grown.py': '', 'moving.py': 'owner = "grown"\n' },
    entryPoints: { grown: 'grown:main', 'grown-old': 'grown:main' },
  },
  {
    name: 'grown',
    version: '2.0',
    files: { 'grown/__init__.py': 'v = 2\n', 'grown/a/__init__.py': '', 'grown/run.sh': '#!/bin/sh\n' },
    executable: ['grown/run.sh'],
    entryPoints: { grown: 'grown:main' },
  },
  {
    name: 'fresh',
    version: '1.0',
    requires: ['grown>=2'],
    files: {
      'ns/fresh.py': 'me = "fresh"\n',
      'moving/__init__.py': 'owner = "fresh"\n',
      'fresh.pth': 'extra\n',
      'extra/extra_mod.py': '',
    },
    scripts: { 'fresh-tool': '#!python\nprint("tool")\n' },
  },
];

/** An update that brings so many small files that further threads help, some of them in places that had another. */
const MANY: readonly Published[] = [many('1.0', 400), many('2.0', 1600)];

function many(version: string, count: number): Published {
  const names = Array.from({ length: count }, (_, at) => `many/d${at % 40}/m${at}.py`);
  return { name: 'many', version, files: Object.fromEntries(names.map((name) => [name, `v = "${version}"\n`])) };
}

/** Serves what the scenes install. */
export function publishKillScenes(server: IndexServer): void {
  publish(server, [...CATALOGUE, ...MANY]);
  server.add('made', selfBuildingSdist({ name: 'made', version: '1.0', hooks: SAME_WHEEL }));
}

/** The backend tells in its module where it was called; this one makes the same wheel everywhere. */
const SAME_WHEEL = `
def build_wheel(folder, config_settings=None, metadata_directory=None):
    return _wheel(folder, {"made.py": "version = 1\\n"})
`;

const OLD = ['kept', 'gone', 'grown==1.0'];
const NEW = ['kept', 'grown', 'fresh'];

/** The project asks for these packages from now on. */
function asksFor(project: Project, names: readonly string[]): void {
  const lines = names.map((name) => `    ${JSON.stringify(name)},\n`).join('');
  const text = project.read('pyproject.toml').replace(/dependencies = \[[^\]]*\]/u, `dependencies = [\n${lines}]`);
  project.write('pyproject.toml', text);
}

async function installed(project: Project): Promise<void> {
  asksFor(project, OLD);
  await project.ok(['install']);
}

/** A lock of somebody else has come; some of its wheels are in the cache and some are not. */
async function newLock(project: Project): Promise<void> {
  await installed(project);
  asksFor(project, NEW);
  await project.ok(['lock']);
}

async function stalePyproject(project: Project): Promise<void> {
  await installed(project);
  asksFor(project, NEW);
}

async function mayUpdate(project: Project): Promise<void> {
  await installed(project);
  asksFor(project, ['kept', 'gone', 'grown']);
  await project.ok(['lock', '--update-reuse']);
}

async function archive(project: Project): Promise<void> {
  asksFor(project, ['made', 'kept']);
  await project.ok(['lock']);
}

function folder(project: Project): Promise<void> {
  asksFor(project, ['kept']);
  const files = selfBuildingFiles({ name: 'local-one', version: '1.0', hooks: SAME_WHEEL });
  for (const [path, text] of Object.entries(files)) project.write(`parts/local-one/${path}`, text);
  return project.ok(['install']).then(() => undefined);
}

/** A wheel of very many files is in the cache, and an older one is installed and locked. */
async function olderMany(project: Project): Promise<void> {
  asksFor(project, ['many']);
  await project.ok(['install']);
  asksFor(project, ['many==1.0']);
  await project.ok(['install']);
  asksFor(project, ['many']);
  await project.ok(['lock', '--update-reuse']);
}

async function newerMany(project: Project): Promise<void> {
  await olderMany(project);
  await project.ok(['lock']);
}

/** Nothing in the cache is needed, or was taken lately. */
async function idleCache(project: Project, sandbox: Sandbox): Promise<void> {
  await installed(project);
  const area = join(sandbox.cacheDirectory, 'store-v1');
  for (const shard of readdirSync(area).filter((name) => name.length === 2)) {
    for (const entry of readdirSync(join(area, shard))) utimesSync(join(area, shard, entry), 1e9, 1e9);
  }
  rmSync(join(sandbox.cacheDirectory, 'projects-v1'), { recursive: true });
}

async function builtCache(project: Project): Promise<void> {
  await archive(project);
  await project.ok(['sync']);
}

/** An entry has lost a file. */
async function damagedCache(project: Project, sandbox: Sandbox): Promise<void> {
  await installed(project);
  const area = join(sandbox.cacheDirectory, 'store-v1');
  const path = readdirSync(area, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('gone.py'));
  rmSync(join(area, path ?? ''));
  writeFileSync(join(area, path ?? ''), 'damaged');
}

/** What the lock asks for was installed before, and left a recipe. */
async function repeatable(project: Project): Promise<void> {
  asksFor(project, NEW);
  await filledOnce(project);
}

async function repeatableMany(project: Project): Promise<void> {
  asksFor(project, ['many']);
  await filledOnce(project);
}

async function filledOnce(project: Project): Promise<void> {
  await project.ok(['lock']);
  await project.ok(SYNC);
  dropPackages(project);
}

const METHODS = ['off', 'symlink', 'hardlink', 'copy', 'pth'] as const;
const SYNC = ['sync'];

/** Syncs without Node. */
const REPETITIONS: readonly KillScene[] = (['symlink', 'hardlink', 'pth'] as const).flatMap((method) => {
  const scene = { args: SYNC, next: SYNC, method, prepare: repeatable, byFront: true } as const;
  return [
    { ...scene, name: `sync by a recipe, ${method}` },
    { ...scene, name: `sync by a recipe twice, ${method}`, nextByFront: true } as const,
  ];
});

/** Every command that changes packages with every method, and what else writes into project and cache. */
export const KILL_SCENES: readonly KillScene[] = [
  ...METHODS.flatMap((method): KillScene[] => [
    { name: `sync, ${method}`, args: ['sync', '--clean'], method, prepare: newLock, next: ['sync', '--clean'] },
    { name: `add, ${method}`, args: ['add', 'fresh', 'grown'], method, prepare: installed, next: SYNC },
    { name: `remove, ${method}`, args: ['remove', 'gone'], method, prepare: installed, next: SYNC },
    { name: `update, ${method}`, args: ['update', '-u', 'grown'], method, prepare: mayUpdate, next: SYNC },
  ]),
  ...REPETITIONS,
  { name: 'lock', args: ['lock'], method: 'symlink', prepare: stalePyproject, next: ['sync', '--clean'] },
  { name: 'sync of a source archive', args: SYNC, method: 'symlink', prepare: archive, next: SYNC },
  { name: 'sync of a source archive, off', args: SYNC, method: 'off', prepare: archive, next: SYNC },
  { name: 'add of a folder', args: ['add', './parts/local-one'], method: 'symlink', prepare: folder, next: SYNC },
  { name: 'cache clear', args: ['cache', 'clear'], method: 'symlink', prepare: builtCache, next: SYNC },
  { name: 'cache remove', args: ['cache', 'remove', 'made*'], method: 'hardlink', prepare: builtCache, next: SYNC },
  { name: 'cache prune', args: ['cache', 'prune'], method: 'symlink', prepare: idleCache, next: SYNC },
  {
    name: 'cache verify --repair',
    args: ['cache', 'verify', '--repair'],
    method: 'copy',
    prepare: damagedCache,
    next: ['cache', 'verify', '--repair'],
  },
  ...(
    [
      ['hardlink', 'link'],
      ['copy', 'copy_file_range'],
    ] as const
  ).flatMap(([method, sharedCall]): KillScene[] => {
    const scene = { method, sharedCall, next: SYNC };
    return [
      { ...scene, name: `sync of many files, ${method}`, args: SYNC, prepare: newerMany },
      { ...scene, name: `update of many files, ${method}`, args: ['update', '-u', 'many'], prepare: olderMany },
    ];
  }),
  {
    name: 'sync by a recipe of many files, hardlink',
    args: SYNC,
    method: 'hardlink',
    sharedCall: 'link',
    prepare: repeatableMany,
    next: SYNC,
    byFront: true,
  },
];
