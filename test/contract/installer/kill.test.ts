import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import type { LinkMethod } from '../../../src/installer/state.ts';
import { recoverEnvironment } from '../../../src/installer/recover.ts';
import { parseRecord } from '../../../src/packaging/record.ts';
import { runPython } from '../../support/python.ts';
import { scratchFolder } from '../../support/tree.ts';
import type { WheelSpec } from '../../support/wheel.ts';
import { buildChild, countCalls, hasStrace, runFaulty, writeOrder } from './child.ts';
import { TestProject } from './project.ts';

const kept: WheelSpec = { name: 'kept', version: '1', files: { 'ns/kept/__init__.py': 'me = "kept"\n' } };
const gone: WheelSpec = {
  name: 'gone',
  version: '1',
  files: { 'gone.py': '', 'both/gone.py': '' },
  entryPoints: { gone: 'gone:main' },
};
const old: WheelSpec = {
  name: 'grown',
  version: '1',
  files: { 'grown/__init__.py': 'v = 1\n', 'grown/a.py': '', 'both/grown.py': '', 'moving.py': 'owner = "grown"\n' },
  entryPoints: { grown: 'grown:main', 'grown-old': 'grown:main' },
};
const grown: WheelSpec = {
  name: 'grown',
  version: '2',
  files: { 'grown/__init__.py': 'v = 2\n', 'grown/a/__init__.py': '', 'grown/run.sh': '#!/bin/sh\n' },
  executable: ['grown/run.sh'],
  entryPoints: { grown: 'grown:main' },
};
const fresh: WheelSpec = {
  name: 'fresh',
  version: '1',
  files: {
    'ns/fresh.py': 'me = "fresh"\n',
    'moving/__init__.py': 'owner = "fresh"\n',
    'fresh.pth': 'extra\n',
    'extra/extra_mod.py': '',
  },
  scripts: { 'fresh-tool': '#!python\nprint("tool")\n' },
};
const BEFORE = [kept, gone, old];
const AFTER = [kept, grown, fresh];
const CHECK =
  'import ns.kept, ns.fresh, grown.a, moving, extra_mod; print(ns.kept.me, ns.fresh.me, grown.v, moving.owner)';
const CALLS = ['rename', 'symlink', 'link', 'mkdir', 'unlink', 'rmdir', 'fsync', 'chmod'];

let child = '';

describe.skipIf(!hasStrace)('a sync that goes wrong at any system call (skipped without strace)', () => {
  beforeAll(async () => {
    child = await buildChild(BUNDLES);
    return () => rmSync(BUNDLES, { recursive: true });
  });

  test.each([
    ['symlink', CALLS],
    ['hardlink', ['rename', 'unlink']],
    ['copy', ['rename', 'rmdir']],
    ['pth', ['rename', 'unlink']],
  ] as const)('killed: the next one finishes it, by %s', async (method, calls) => {
    const scene = await prepare(method);
    const killed = await sweep(scene, calls, 'signal=SIGKILL');
    expect(killed.get('killed')).toBeGreaterThan(calls.length);
    expect(runPython(CHECK, scene.project.paths.lib)).toBe('kept fresh 2 fresh');
  });

  test.each([
    ['ENOSPC', ['symlink', 'mkdir', 'fsync']],
    ['EIO', ['rename']],
    // As on an overlay file system, which cannot rename folders of its lower layer: the files are moved one by one.
    ['EXDEV', ['rename']],
  ] as const)('%s: told as TSPM_IO or mended, and the next one finishes it', async (error, calls) => {
    const scene = await prepare('symlink');
    const outcomes = await sweep(scene, calls, `error=${error}`);
    expect(outcomes.get(error === 'EXDEV' ? 'completed' : 'failed')).toBeGreaterThan(1);
  });
});

describe('several processes on one project', () => {
  test('all succeed, one after the other, and the tree is as if there had been one', async () => {
    const program = await buildChild(scratchFolder());
    const scene = await prepare('symlink');
    const order = restore(scene);
    const runs = await Promise.all(Array.from({ length: 4 }, () => ended(program, order)));
    expect(runs).toEqual(Array.from({ length: 4 }, () => ({ status: 0, stderr: '' })));
    const tree = scene.project.tree();
    restore(scene);
    await scene.project.sync(AFTER, { removals: ['gone'] });
    expect(tree).toEqual(scene.project.tree());
  });
});

const BUNDLES = join(import.meta.dirname, '../../../node_modules/.cache/tspm-kill-test');

interface Scene {
  readonly project: TestProject;
  readonly order: string;
  readonly template: string;
  readonly method: LinkMethod;
}

async function prepare(method: LinkMethod): Promise<Scene> {
  const project = new TestProject();
  await project.sync(BEFORE, { method });
  writeFileSync(join(project.paths.lib, 'both/foreign.txt'), 'foreign');
  const template = `${project.root}-template`;
  renameSync(project.root, template);
  const order = await writeOrder(project, 'order', { method, specs: AFTER, removals: ['gone'] });
  return { project, order, template, method };
}

/** One run for each occurrence of each call, then the checks of what it left and of what the next sync makes of it. */
async function sweep(scene: Scene, calls: readonly string[], fault: string): Promise<Map<string, number>> {
  const expected = await undisturbed(scene);
  const counts = countCalls(child, restore(scene), calls.join(','));
  const outcomes = new Map<string, number>();
  for (const call of calls) {
    for (let when = 1; when <= (counts.get(call) ?? 0); when++) {
      const at = { call, when, fault };
      const outcome = runFaulty(child, restore(scene), at);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      expect({ ...at, faults: visibleFaults(scene.project) }).toEqual({ ...at, faults: [] });
      // Once the journal is there, any command finishes the change without knowing what was wanted.
      const decided = existsSync(join(scene.project.paths.base, '.tspm/journal.json'));
      const request = { reporter: { emit: () => {} }, signal: undefined };
      expect(await recoverEnvironment(scene.project.paths, request)).toBe(decided);
      if (!decided) await scene.project.sync(AFTER, { method: scene.method, removals: ['gone'] });
      expect({ ...at, tree: scene.project.tree() }).toEqual({ ...at, tree: expected });
      expect(leftovers(scene.project)).toEqual([]);
    }
  }
  return outcomes;
}

/** Puts the project back to where it was before the first change, times included; gives the order file. */
function restore({ project, order, template }: Scene): string {
  rmSync(project.root, { recursive: true, force: true });
  spawnSync('cp', ['-a', template, project.root]);
  return order;
}

async function undisturbed(scene: Scene): Promise<Record<string, string>> {
  restore(scene);
  await scene.project.sync(AFTER, { method: scene.method, removals: ['gone'] });
  return scene.project.tree();
}

/**
 * What a distribution that can be seen lacks. Not counted: its .pth file, which comes last of all, and the folder that is being turned
 * from a link into a real one, absent between two renames.
 */
function visibleFaults({ paths }: TestProject): string[] {
  const faults = [];
  if (readFileSync(join(paths.lib, 'both/foreign.txt'), 'utf8') !== 'foreign') faults.push('foreign file');
  for (const name of readdirSync(paths.lib).filter((entry) => entry.endsWith('.dist-info'))) {
    const rows = parseRecord(readFileSync(join(paths.lib, name, 'RECORD'), 'utf8'));
    for (const { path, hash } of rows) {
      if (path.endsWith('/RECORD') || path.endsWith('.pth') || path.startsWith('ns/kept/')) continue;
      const content = contentOf(join(paths.lib, path));
      const digest = content === undefined ? undefined : createHash('sha256').update(content).digest('base64url');
      if (digest !== hash?.digest) faults.push(`${name}: ${path}`);
    }
  }
  return faults;
}

/** A lock that its holder could not remove any more is nobody's: whoever changes something next takes it over. */
function leftovers({ paths }: TestProject): string[] {
  return readdirSync(join(paths.base, '.tspm')).filter((name) => name !== 'state.json' && name !== 'lock');
}

function contentOf(path: string): Buffer | undefined {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? undefined : readFileSync(path);
}

async function ended(program: string, order: string): Promise<{ status: number | null; stderr: string }> {
  return new Promise((resolve) => {
    const run = spawn(process.execPath, [program, order], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    run.stderr.on('data', (data) => (stderr += String(data)));
    run.on('close', (status) => resolve({ status, stderr }));
  });
}
