import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { readWorkingSet } from '../../../src/installer/working-set.ts';
import { runProgram, runPython } from '../../support/python.ts';
import { scratchFolder } from '../../support/tree.ts';
import type { WheelSpec } from '../../support/wheel.ts';
import { TestProject, type SyncOptions } from './project.ts';

const PTH: SyncOptions = { method: 'pth' };
const pure = (name: string, files: Readonly<Record<string, string>>): WheelSpec => ({ name, version: '1', files });

/** Names in lib that are not there to describe a distribution. */
function modules(project: TestProject): string[] {
  const names = Object.keys(project.tree()).map((path) => path.split('/')[1] ?? '');
  return [...new Set(names)]
    .filter((name) => name !== '' && existsSync(join(project.paths.lib, name)) && !name.endsWith('.dist-info'))
    .sort();
}

describe('with pth', () => {
  test('a wheel with names of its own stays in the store; lib has its description, bin its command', async () => {
    const project = new TestProject();
    const wheel = {
      ...pure('solo', { 'solo/__init__.py': 'def main(): print("run")\n', 'alone.py': 'x = 1\n' }),
      entryPoints: { solo: 'solo:main' },
    };
    await project.sync([wheel], PTH);
    expect(modules(project)).toEqual(['00-tspm-solo.pth']);
    const code = 'import solo, alone, importlib.metadata as m; print(alone.x, m.version("solo"), solo.__file__)';
    expect(runPython(code, project.paths.lib)).toContain(`1 1 ${project.store.cacheDir}`);
    expect(runProgram(join(project.paths.bin, 'solo'), [])).toBe('run');
  });

  test.each(['plain', 'with blank', 'Zwölf 🗄'])(
    '.pth files inside of wheels are read, from a cache at "%s"',
    async (name) => {
      const project = new TestProject(join(scratchFolder(), name));
      const wheel = pure('nested', {
        'nested.pth': 'extra\nimport nested_hook\n',
        'nested_hook.py': 'import sys; sys.nested = True\n',
        'extra/deep.py': 'y = 2\n',
      });
      await project.sync([wheel], PTH);
      expect(modules(project)).toEqual(['00-tspm-nested.pth']);
      expect(runPython('import deep, sys; print(deep.y, sys.nested)', project.paths.lib)).toBe('2 True');
    },
  );

  test('wheels that share a name lie in lib, whether they come together or one by one', async () => {
    const a = pure('share-a', { 'share/__init__.py': '', 'share/a.py': 'v = "a"\n', 'only_a.py': '' });
    const b = pure('share-b', { 'share/__init__.py': '', 'share/b.py': 'v = "b"\n' });
    const together = new TestProject();
    await together.sync([a, b], PTH);
    const apart = new TestProject();
    await apart.sync([a], PTH);
    expect(modules(apart)).toEqual(['00-tspm-share-a.pth']);
    expect(await apart.sync([b], PTH)).toMatchObject({ add: [{ name: 'share-b' }], update: [] });
    for (const project of [together, apart]) {
      expect(modules(project)).toEqual(['only_a.py', 'share']);
      expect(runPython('import share.a, share.b, only_a; print(share.a.v + share.b.v)', project.paths.lib)).toBe('ab');
    }
    expect(apart.tree()).toEqual(together.tree());
  });

  test('a removal takes the path away, another method brings the files', async () => {
    const project = new TestProject();
    const wheel = pure('solo', { 'solo/__init__.py': '' });
    await project.sync([wheel], PTH);
    await project.sync([wheel], { method: 'copy' });
    expect(modules(project)).toEqual(['solo']);
    await project.sync([wheel], PTH);
    await project.sync([], { ...PTH, removals: ['solo'] });
    expect(modules(project)).toEqual([]);
  });

  test('a second sync asks for nothing, and what is remembered leads to the store', async () => {
    const project = new TestProject();
    const wheel = pure('solo', { 'solo/__init__.py': '' });
    await project.sync([wheel], PTH);
    expect(await project.sync([wheel], PTH)).toMatchObject({ add: [], update: [], unchanged: 1 });
    const [found] = readWorkingSet(project.paths.base).distributions;
    const line = readFileSync(join(project.paths.lib, '00-tspm-solo.pth'), 'utf8');
    expect(line).toBe(`${found?.state?.onPath}\n`);
  });
});
