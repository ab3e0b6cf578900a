/** Projects in the middle of their life, each with one command that is about to be run: what faults are injected into. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publish, type Published } from './catalogue.ts';
import type { IndexServer } from './index-server.ts';
import { readTree } from './tree.ts';
import { Front, frontPath } from './front.ts';
import { cliPath, nodeUnderTest, type Project, type Sandbox, type Start } from './tspm.ts';
import { onlySource, projectText } from './workspace.ts';

/** A command in a prepared project. */
export interface SceneSpec {
  readonly name: string;
  readonly args: readonly string[];
  /** What is run in place of `args` once the project file has been changed, where `args` makes no sense then. */
  readonly next?: readonly string[];
  /** `install.cache_method`, or off. */
  readonly method: 'symlink' | 'hardlink' | 'copy' | 'pth' | 'off';
  /** Brings the project to where the command starts. */
  readonly prepare: (project: Project, sandbox: Sandbox) => Promise<unknown>;
  /** The shell front starts it, and needs no Node for it while nothing disturbs it. */
  readonly byFront?: true;
}

/** A folder of packages, a module at the top, a native file, a command and a script: each way a file can come in. */
const CATALOGUE: readonly Published[] = [
  ...['1.0', '2.0'].map((version) => ({
    name: 'alpha',
    version,
    requires: ['beta'],
    files: { 'alpha/__init__.py': `v = "${version}"\n`, 'alpha/part/data.txt': version, 'alpha_top.py': '' },
    entryPoints: { alpha: 'alpha:v' },
  })),
  {
    name: 'beta',
    version: '1.0',
    files: { 'beta/__init__.py': '', 'beta/_native.so': Buffer.from('7f454c46020101', 'hex'), 'beta.pth': '' },
    scripts: { 'beta-tool': '#!python\nprint("beta")\n' },
  },
  { name: 'gamma', version: '1.0', files: { 'gamma.py': '', 'beta/plugin.py': '' } },
];

/** Serves what the scenes install. */
export function publishScenes(server: IndexServer): void {
  publish(server, CATALOGUE);
}

const locked = (project: Project): Promise<unknown> => project.ok(['lock']);
const installed = (project: Project): Promise<unknown> => project.ok(['install']);

async function locksOnly(project: Project, sandbox: Sandbox): Promise<void> {
  await locked(project);
  rmSync(sandbox.cacheDirectory, { recursive: true, force: true });
}

async function filledCache(project: Project): Promise<void> {
  await installed(project);
  rmSync(project.path('__pypackages__'), { recursive: true });
}

/** A sync has left a recipe. */
async function filledOnce(project: Project): Promise<void> {
  await locked(project);
  await project.ok(['sync']);
  rmSync(project.path('__pypackages__'), { recursive: true });
}

async function olderLock(project: Project): Promise<void> {
  const text = project.read('pyproject.toml');
  project.write('pyproject.toml', text.replace('"alpha"', '"alpha==1.0"'));
  await installed(project);
  project.write('pyproject.toml', text);
  await project.ok(['lock', '--update-reuse']);
}

/** Nothing in the cache is needed, or was taken lately. */
async function idleCache(project: Project, sandbox: Sandbox): Promise<void> {
  await filledCache(project);
  const area = join(sandbox.cacheDirectory, 'store-v1');
  for (const shard of readdirSync(area).filter((name) => name.length === 2)) {
    for (const entry of readdirSync(join(area, shard))) utimesSync(join(area, shard, entry), 1e9, 1e9);
  }
  rmSync(join(sandbox.cacheDirectory, 'projects-v1'), { recursive: true });
}

async function damagedCache(project: Project, sandbox: Sandbox): Promise<void> {
  await filledCache(project);
  const area = join(sandbox.cacheDirectory, 'store-v1');
  const manifest = readdirSync(area, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('manifest.json'),
  );
  rmSync(join(area, manifest ?? ''));
}

/** Every command that writes, with the methods that make a difference to it. */
export const SCENES: readonly SceneSpec[] = [
  { name: 'a cold sync', args: ['sync'], method: 'symlink', prepare: locksOnly },
  { name: 'a cold sync without the cache', args: ['sync'], method: 'off', prepare: locksOnly },
  { name: 'a warm sync by symlink', args: ['sync'], method: 'symlink', prepare: filledCache },
  { name: 'a warm sync by hardlink', args: ['sync'], method: 'hardlink', prepare: filledCache },
  { name: 'a warm sync by copy', args: ['sync'], method: 'copy', prepare: filledCache },
  { name: 'a sync by a recipe, symlink', args: ['sync'], method: 'symlink', prepare: filledOnce, byFront: true },
  { name: 'a sync by a recipe, hardlink', args: ['sync'], method: 'hardlink', prepare: filledOnce, byFront: true },
  { name: 'a warm sync by pth', args: ['sync'], method: 'pth', prepare: filledCache },
  { name: 'add', args: ['add', 'gamma'], method: 'symlink', prepare: installed },
  { name: 'remove', args: ['remove', 'alpha'], next: ['sync', '--clean'], method: 'symlink', prepare: installed },
  { name: 'update', args: ['update'], method: 'hardlink', prepare: olderLock },
  { name: 'lock', args: ['lock'], method: 'symlink', prepare: async () => undefined },
  {
    name: 'config of the project',
    args: ['config', '--local', 'python.use_venv', 'false'],
    method: 'symlink',
    prepare: async () => undefined,
  },
  {
    name: 'config of the user',
    args: ['config', 'python.use_venv', 'false'],
    method: 'symlink',
    prepare: async () => undefined,
  },
  { name: 'export', args: ['export', '-o', 'requirements.txt'], method: 'symlink', prepare: locked },
  { name: 'cache clear', args: ['cache', 'clear'], method: 'symlink', prepare: filledCache },
  { name: 'cache prune', args: ['cache', 'prune'], method: 'symlink', prepare: idleCache },
  { name: 'cache verify --repair', args: ['cache', 'verify', '--repair'], method: 'symlink', prepare: damagedCache },
];

/** What is compared before and after a command. */
export interface Snapshot {
  readonly pyproject: string;
  readonly lock: string | undefined;
  readonly config: Readonly<Record<string, string>>;
  /** Installed files, without what the installer remembers. */
  readonly packages: Readonly<Record<string, string>>;
}

/** A scene that can be put back to its beginning any number of times. */
export class Scene {
  readonly spec: SceneSpec;
  readonly project: Project;
  /** Holds project, home and cache. */
  readonly root: string;
  readonly #template: string;
  readonly #front: Front;

  private constructor(spec: SceneSpec, project: Project, sandbox: Sandbox) {
    this.spec = spec;
    this.project = project;
    this.root = sandbox.root;
    this.#template = `${sandbox.root}-template`;
    this.#front = new Front(sandbox);
  }

  /** The start of the command. */
  get start(): Start {
    return this.startOf(this.spec.args);
  }

  /** The same where nothing disturbs it: a front that needs Node then fails. */
  get undisturbed(): Start {
    const { env, ...start } = this.start;
    return { ...start, env: { ...env, PATH: this.#front.pathWithoutNode } };
  }

  /** The start of any command, as this scene starts them. */
  startOf(args: readonly string[]): Start {
    const { folder: cwd, env } = this.project;
    if (this.spec.byFront !== true) return { command: [nodeUnderTest, cliPath, ...args], cwd, env };
    return { command: [frontPath, ...args], cwd, env: { ...env, PATH: this.#front.pathWithNode } };
  }

  static async make(spec: SceneSpec, sandbox: Sandbox, server: IndexServer): Promise<Scene> {
    const cache = `[install]\ncache = ${spec.method !== 'off'}\ncache_method = "${spec.method === 'off' ? 'symlink' : spec.method}"\n`;
    mkdirSync(join(sandbox.root, 'home/config/pdm'), { recursive: true });
    writeFileSync(join(sandbox.root, 'home/config/pdm/config.toml'), cache);
    const project = sandbox.project(
      'project',
      projectText({ dependencies: ['alpha'], sources: [onlySource(server.simple)] }),
    );
    await spec.prepare(project, sandbox);
    const scene = new Scene(spec, project, sandbox);
    copyTree(scene.root, scene.#template);
    return scene;
  }

  restore(): void {
    rmSync(this.root, { recursive: true, force: true });
    copyTree(this.#template, this.root);
  }

  snapshot(): Snapshot {
    const packages = this.project.exists('__pypackages__') ? readTree(this.project.path('__pypackages__')) : {};
    return {
      pyproject: this.project.read('pyproject.toml'),
      lock: this.project.exists('pdm.lock') ? this.project.read('pdm.lock') : undefined,
      config: {
        ...(this.project.exists('pdm.toml') ? { project: this.project.read('pdm.toml') } : {}),
        ...readTree(join(this.root, 'home/config')),
      },
      packages: Object.fromEntries(Object.entries(packages).filter(([name]) => !/\/\.tspm\/|__pycache__/u.test(name))),
    };
  }

  /** Files that no command leaves behind, in the project, the configuration and the cache. */
  leftovers(): string[] {
    return [this.project.folder, join(this.root, 'home')].flatMap((folder) =>
      below(folder, '')
        .filter(isTemporary)
        .map((path) => join(folder, path)),
    );
  }

  /** Files without content where no command ever makes one. */
  emptyFiles(): string[] {
    const own = ['pyproject.toml', 'pdm.lock', 'pdm.toml', '.gitignore'].map((name) => this.project.path(name));
    const home = join(this.root, 'home');
    const config = existsSync(join(home, 'config'))
      ? below(join(home, 'config'), '').map((path) => join(home, 'config', path))
      : [];
    return [...own, ...config].filter(
      (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true && statSync(path).size === 0,
    );
  }
}

function isTemporary(path: string): boolean {
  if (/(?:^|\/)staging-v1\/(?!CACHEDIR\.TAG$)/u.test(path)) return true;
  if (/\.tspm\/(?!state\.json$|lock$|run$|sync$)/u.test(path)) return true;
  return /\.tmp$|\.tspm-new$|\.pending|\.\d{6,}$/u.test(path);
}

function below(folder: string, prefix: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((item) => {
    const path = `${prefix}${item.name}`;
    return item.isDirectory() ? [path, ...below(join(folder, item.name), `${path}/`)] : [path];
  });
}

function copyTree(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
