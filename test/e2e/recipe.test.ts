/** A packages folder that is made again without Node is the one that Node makes. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { pythonIdent } from '../support/catalogue.ts';
import { ASKED_NODE, Front } from '../support/front.ts';
import { testPython } from '../support/python.ts';
import { readTree } from '../support/tree.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { buildWheel } from '../support/wheel.ts';
import { dropPackages, projectText } from '../support/workspace.ts';

const sandbox = new Sandbox();
const front = new Front(sandbox);
const ident = pythonIdent();
/** From here on several processes make the links. */
const MANY = 1600;
let text: string;

beforeAll(() => {
  const wheels = join(sandbox.root, 'wheels');
  mkdirSync(wheels);
  const many = Array.from({ length: MANY }, (_, at) => [`many/d${at % 40}/m${at}.py`, '']);
  for (const wheel of [
    buildWheel({
      name: 'plain',
      version: '1.0',
      files: { 'plain/__init__.py': 'def main(): print("plain")\n', 'plain/data/ä b.txt': 'x', 'plain_top.py': '' },
      entryPoints: { plain: 'plain:main' },
    }),
    buildWheel({
      name: 'odd',
      version: '1.0+local.1',
      files: {
        'shared/odd.py': '',
        'odd.libs/libodd.so.1': Buffer.from('7f454c46020101', 'hex'),
        'odd.pth': 'odd.extra\nimport sys; sys.odd = 1\n',
        'odd.extra/extra_odd.py': '',
        'odd-1.0+local.1.data/data/share/odd/icon.txt': 'icon',
        'odd-1.0+local.1.data/headers/odd.h': '',
      },
      scripts: { 'odd-tool': '#!python\nprint("tool")\n', 'odd-shell': '#!/bin/sh\necho shell\n' },
      executable: ['odd-1.0+local.1.data/scripts/odd-shell'],
    }),
    buildWheel({ name: 'neighbour', version: '2.0', files: { 'shared/neighbour.py': '' } }),
    buildWheel({ name: 'many', version: '1.0', files: Object.fromEntries(many) }),
  ])
    writeFileSync(join(wheels, wheel.filename), wheel.bytes);
  const sources = [{ name: 'pypi', url: `file://${wheels}`, type: 'find_links' }];
  text = projectText({ dependencies: ['plain', 'odd', 'neighbour', 'many'], sources });
});

describe.each(['symlink', 'hardlink', 'pth'])('by %s', (method) => {
  let project: Project;
  let byNode: { readonly stdout: string; readonly stderr: string; readonly tree: Record<string, string> };

  beforeAll(async () => {
    project = await synced(`it's a ${method}`, method);
    expect(recipesFor(project)).toHaveLength(1);
    const { stdout, stderr } = await front.withNode(project, ['sync', '--reinstall']).then(() => {
      dropPackages(project);
      return front.withNode(project, ['sync']);
    });
    byNode = { stdout, stderr, tree: treeOf(project) };
    dropPackages(project);
  });

  test('everything is where it was, and said as it was', async () => {
    const { status, stdout, stderr } = await front.run(project, ['sync']);
    expect(status).toBe(0);
    expect({ stdout, stderr, tree: treeOf(project) }).toEqual(byNode);
    const { stdout: verdict } = await project.ok(['verify']);
    expect(verdict).toContain('all as locked');
    expect((await front.run(project, ['run', 'plain'])).stdout).toBe('plain\n');
    expect((await front.run(project, ['sync'])).stdout).toContain('nothing to do');
    const { stdout: imported } = await project.ok(['run', 'python', '-c', 'import many.d7.m7, shared.odd, extra_odd']);
    expect(imported).toBe('');
  });

  test('in another folder, too, which the cache knows of then', async () => {
    const other = sandbox.project(`another “${method}” $HOME`, text);
    for (const file of ['pdm.lock', 'pdm.toml']) other.write(file, project.read(file));
    expect(await front.run(other, ['sync'])).toMatchObject({ status: 0, stdout: byNode.stdout, stderr: byNode.stderr });
    expect(treeOf(other)).toEqual(byNode.tree);
    expect(noted(other)).toEqual({ ...(noted(project) as object), base: other.path('__pypackages__', ident) });
    expect((await front.run(other, ['sync'])).stdout).toContain('nothing to do');
    expect((await front.withNode(other, ['sync'])).stdout).toContain('nothing to do');
  });

  test('what comes later is as after Node', async () => {
    const later = sandbox.project(`later ${method}`, text);
    for (const file of ['pdm.lock', 'pdm.toml']) later.write(file, project.read(file));
    expect((await front.run(later, ['sync'])).status).toBe(0);
    await later.ok(['remove', 'neighbour', 'plain']);
    expect((await later.ok(['verify'])).stdout).toContain('all as locked');
    await later.ok(['add', 'neighbour', 'plain']);
    expect((await later.ok(['verify'])).stdout).toContain('all as locked');
  });
});

test('warnings are said again, and the first start tells of its Python alone', async () => {
  const project = sandbox.project('warned', text.replace('>=3.9', `>=${ident}`));
  project.write('pdm.toml', '[install]\ncache = true\n');
  const [major = 3, minor = 9] = ident.split('.').map(Number);
  await project.ok(['lock', '--python', `>=${major}.${minor}`, '--platform', 'manylinux_2_40_x86_64']);
  rmSync(project.path('.pdm-python'), { force: true });
  const PATH = `${dirname(testPython())}:${front.pathWithNode}`;
  const first = await project.ok(['sync'], { env: { PDM_PYTHON: undefined, PATH } });
  expect(first.stderr).toMatch(/^INFO: .*\nSTATUS: .*\nWARNING: Found lock target .*\nINFO: .* from odd.pth .*\n$/u);
  dropPackages(project);
  const again = await front.run(project, ['sync'], { env: { PDM_PYTHON: undefined } });
  expect(again).toMatchObject({ status: 0, stdout: first.stdout, stderr: first.stderr.replace(/^INFO: .*\n/u, '') });
});

test('another lock, and a folder that is not empty, are for Node', async () => {
  const project = await synced('changing');
  dropPackages(project);
  project.write('__pypackages__/9.9/lib/x.py', '');
  expect((await front.run(project, ['sync'])).status).toBe(ASKED_NODE);
  dropPackages(project);
  expect((await front.run(project, ['sync', '--prod'])).status).toBe(ASKED_NODE);
  expect((await front.run(project, ['sync'])).status).toBe(0);
  dropPackages(project);
  project.write('pdm.lock', `${project.read('pdm.lock')}\n`);
  expect((await front.run(project, ['sync'])).status).toBe(ASKED_NODE);
});

test('what is not in the cache any more comes from Node', async () => {
  const project = await synced('gone');
  dropPackages(project);
  expect((await front.run(project, ['sync'])).status).toBe(0);
  dropPackages(project);
  rmSync(join(sandbox.cacheDirectory, 'store-v1'), { recursive: true });
  expect((await front.run(project, ['sync'])).status).toBe(ASKED_NODE);
  expect(project.exists('__pypackages__', ident)).toBe(false);
  expect((await front.start(project, ['sync'])).status).toBe(0);
  expect((await project.ok(['verify'])).stdout).toContain('all as locked');
});

test('a damaged recipe is made again', async () => {
  const project = await synced('damaged');
  expect(recipes()).not.toEqual([]);
  for (const name of recipes()) writeFileSync(join(recipeFolder(), name), 'fact');
  dropPackages(project);
  expect((await front.start(project, ['sync'])).status).toBe(0);
  dropPackages(project);
  expect((await front.run(project, ['sync'])).status).toBe(0);
});

test('eight recipes stay', async () => {
  const project = await synced('many locks');
  dropPackages(project);
  for (let count = 0; count < 10; count++) {
    project.write('pyproject.toml', `${text}# ${count}\n`);
    await project.ok(['sync']);
    dropPackages(project);
  }
  expect(recipes()).toHaveLength(8);
  rmSync(recipeFolder(), { recursive: true });
});

async function synced(name: string, method = 'symlink'): Promise<Project> {
  const project = sandbox.project(name, text);
  project.write('pdm.toml', `[install]\ncache = true\ncache_method = "${method}"\n`);
  await project.ok(['lock']);
  await project.ok(['sync']);
  return project;
}

function recipeFolder(): string {
  return join(sandbox.root, 'home/cache/tspm-recipes-v1');
}

function recipes(): string[] {
  return readdirSync(recipeFolder()).filter((name) => name.endsWith('.recipe'));
}

/** The recipes that know the packages folder. */
function recipesFor(project: Project): string[] {
  const base = project.path('__pypackages__', ident);
  return recipes().filter((name) =>
    readFileSync(join(recipeFolder(), name), 'latin1').includes(Buffer.from(base).toString('latin1')),
  );
}

/** Bytes, names, links and modes, times of RECORD, and which files are one with the cache's. */
function treeOf(project: Project): Record<string, string> {
  const folder = project.path('__pypackages__');
  const tree = readTree(folder);
  const facts = Object.keys(tree)
    .filter((name) => !name.endsWith('/'))
    .map((name) => {
      const { mtimeMs, nlink, ino } = lstatSync(join(folder, name));
      return [`${name}#`, `${name.endsWith('/RECORD') ? mtimeMs : ''} ${nlink > 1 ? ino : ''}`];
    });
  const rootBytes = Buffer.from(project.folder).toString('latin1');
  const texts = Object.entries(tree).map(([name, text]) => [name, text.replaceAll(rootBytes, '<root>')]);
  return { ...Object.fromEntries(texts), ...Object.fromEntries(facts) };
}

/** What the cache notes of a project. */
function noted(project: Project): unknown {
  const area = join(sandbox.cacheDirectory, 'projects-v1');
  const all = readdirSync(area).map((name) => JSON.parse(readFileSync(join(area, name), 'utf8')) as { base: string });
  return all.find(({ base }) => base === project.path('__pypackages__', ident));
}
