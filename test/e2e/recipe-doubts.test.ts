/** A recipe is not followed where Node would do something else, and Node is then asked as if there had been none. */
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ASKED_NODE, Front, frontPath, SHELLS, type FrontOptions } from '../support/front.ts';
import { selfBuildingSdist } from '../support/in-tree-backend.ts';
import { type Project, runCommand, Sandbox } from '../support/tspm.ts';
import { buildWheel } from '../support/wheel.ts';
import { dropPackages, projectText } from '../support/workspace.ts';

const sandbox = new Sandbox();
const front = new Front(sandbox);
const recipes = join(sandbox.root, 'home/cache/tspm-recipes-v1');
const wheels = join(sandbox.root, 'wheels');
let project: Project;
const sources = [{ name: 'pypi', url: `file://${wheels}`, type: 'find_links' }];

beforeAll(async () => {
  mkdirSync(wheels);
  const wheel = buildWheel({ name: 'plain', version: '1.0', files: { 'plain/__init__.py': '', 'top.py': '' } });
  const sdist = selfBuildingSdist({ name: 'made', version: '1.0' });
  for (const { filename, bytes } of [wheel, sdist]) writeFileSync(join(wheels, filename), bytes);
  project = await synced('usual');
});

test.each(['symlink', 'hardlink'])(
  'what fails half-way by %s is done by Node, in the folder of the call',
  async (method) => {
    const half = await synced(`half ${method}`, { method });
    half.write('sub/x', '');
    const place = { cwd: half.path('sub') };
    expect(await again(half, place)).toBe(0);
    const file = join(entryOfPlain(), 'tree/top.py');
    renameSync(file, `${file}-away`);
    try {
      const [withRecipe, without] = [
        await front.start(emptied(half), ['sync'], place),
        await front.withNode(emptied(half), ['sync'], place),
      ].map(({ status, stderr }) => [status, stderr.replaceAll(/[0-9a-f]{16}/g, 'ID')]);
      expect(withRecipe).toEqual(without);
    } finally {
      renameSync(`${file}-away`, file);
    }
  },
);

test.each(SHELLS.map((shell) => [shell.join(' '), shell] as const))('%s says nothing of its own', async (_, shell) => {
  const byNode = await front.withNode(emptied(project), ['sync']);
  const { status, stderr } = await front.run(emptied(project), ['sync'], { shell });
  expect([status, stderr]).toEqual([0, byNode.stderr]);
});

test('Node gets the variables of the call, without those that Python makes up', async () => {
  const spies = join(sandbox.root, 'telling');
  mkdirSync(spies);
  writeFileSync(join(spies, 'node'), '#!/bin/sh\nenv\n', { mode: 0o755 });
  const PATH = `${spies}:${project.env['PATH'] ?? ''}`;
  const env = { ...project.env, PATH, ODD: 'a=b\nc', LANG: undefined, LC_ALL: undefined, LC_CTYPE: undefined };
  const shown = async (): Promise<string> => {
    const { stdout } = await runCommand(frontPath, ['sync'], { cwd: emptied(project).folder, env });
    return stdout
      .replace(/^(?:_|SHLVL)=.*\n/gmu, '')
      .split('\n')
      .sort()
      .join('\n');
  };
  rmSync(join(sandbox.cacheDirectory, 'projects-v1'), { recursive: true });
  const throughPython = await shown();
  rmSync(recipes, { recursive: true });
  expect(throughPython).toContain('ODD=a=b');
  expect(throughPython).toBe(await shown());
  await emptied(project).ok(['sync']);
});

test('a cache that lacks the folder for notes gets it from Node', async () => {
  for (const area of ['projects-v1', 'staging-v1']) {
    rmSync(join(sandbox.cacheDirectory, area), { recursive: true });
    expect([area, await again(project)]).toEqual([area, ASKED_NODE]);
    await project.ok(['sync']);
    expect(await again(project)).toBe(0);
  }
});

test('an entry that was made anew is looked at by Node', async () => {
  expect(await again(project)).toBe(0);
  utimesSync(join(entryOfPlain(), 'manifest.json'), 1, 1);
  expect(await again(project)).toBe(ASKED_NODE);
  rmSync(join(entryOfPlain(), 'manifest.json'));
  expect(await again(project)).toBe(ASKED_NODE);
  await project.ok(['sync']);
  expect(await again(project)).toBe(0);
});

test('places of which Node makes no stamps', async () => {
  for (const [name, wanted] of [
    ['another', 0],
    ['@BOOT@ @ROOT@', 0],
    ['with:colon', ASKED_NODE],
    ['back\\slash', ASKED_NODE],
    ['two\nlines', ASKED_NODE],
  ] as const) {
    const other = sandbox.project(`places/${name}`, project.read('pyproject.toml'));
    for (const file of ['pdm.lock', 'pdm.toml']) other.write(file, project.read(file));
    expect([name, await again(other)]).toEqual([name, wanted]);
    const { stdout } = await front.start(other, ['sync']);
    expect(stdout).toContain(wanted === 0 ? 'nothing to do' : '1 to add');
  }
});

test('a cache that hangs on the home or on the folder of the call', async () => {
  const other = await synced('homes');
  expect(await again(other, { env: { HOME: sandbox.root } })).toBe(ASKED_NODE);
  other.write('pdm.toml', 'cache_dir = "store"\n[install]\ncache = true\n');
  await emptied(other).ok(['sync']);
  expect(await again(other)).toBe(ASKED_NODE);
});

test('recipes in a folder that others can write to', async () => {
  for (const [mode, wanted] of [
    [0o755, 0],
    [0o770, ASKED_NODE],
    [0o702, ASKED_NODE],
  ] as const) {
    chmodSync(recipes, mode);
    expect([mode, await again(project)]).toEqual([mode, wanted]);
  }
  chmodSync(recipes, 0o700);
});

test('what was built may be built anew', async () => {
  const built = await synced('built', { dependencies: ['made'] });
  await emptied(built).ok(['sync']);
  expect(await again(built)).toBe(ASKED_NODE);
});

test('members of a workspace appear without a change of its pyproject.toml', async () => {
  const workspace = await synced('workspace', { more: '[tool.pdm.workspace]\nmembers = ["members/*"]\n' });
  workspace.write('members/one/pyproject.toml', '[project]\nname = "one"\nversion = "1.0"\n');
  expect(await again(workspace)).toBe(ASKED_NODE);
});

test('a lock of an older format is warned of each time', async () => {
  const older = await synced('old lock');
  older.write('pdm.lock', older.read('pdm.lock').replace(/lock_version = .*/u, 'lock_version = "4.5.0"'));
  const byNode = await front.withNode(emptied(older), ['sync']);
  expect(byNode.stderr).toContain('older version');
  const { status, stderr } = await front.run(emptied(older), ['sync']);
  expect([status, stderr]).toEqual([0, byNode.stderr]);
});

interface Wish {
  readonly method?: string;
  readonly dependencies?: readonly string[];
  readonly more?: string;
}

async function synced(name: string, wish: Wish = {}): Promise<Project> {
  const { method = 'symlink', dependencies = ['plain'], more = '' } = wish;
  const made = sandbox.project(name, projectText({ dependencies, sources, more }));
  made.write('pdm.toml', `[install]\ncache = true\ncache_method = "${method}"\n`);
  await made.ok(['lock']);
  await made.ok(['sync']);
  return made;
}

/** The status of a sync into nothing that has no Node. */
async function again(target: Project, options: FrontOptions = {}): Promise<number | null> {
  return (await front.run(emptied(target), ['sync'], options)).status;
}

function emptied(target: Project): Project {
  dropPackages(target);
  return target;
}

/** The entry of the one wheel that no test builds. */
function entryOfPlain(): string {
  const store = join(sandbox.cacheDirectory, 'store-v1');
  const [entry = ''] = readdirSync(store, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('/tree/plain'),
  );
  return join(store, entry, '../..');
}
