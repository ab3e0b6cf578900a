import * as fc from 'fast-check';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { controlPaths } from '../../../src/installer/environment.ts';
import type { LinkMethod } from '../../../src/installer/state.ts';
import { readTree } from '../../support/tree.ts';
import type { WheelSpec } from '../../support/wheel.ts';
import { TestProject } from './project.ts';

/** Few names, so that wheels meet in folders, one spells another's differently, and files stand against folders. */
const path = fc.constantFrom(
  'pkg/__init__.py',
  'pkg/sub/x.py',
  'pkg/sub/y.py',
  'Pkg/z.py',
  'space/one/__init__.py',
  'space/two/__init__.py',
  'space',
  'tool/run.sh',
  'tool/data.txt',
  'tool/sub/x.py',
  'tool/sub/deep/y.py',
  'tool/other/z.py',
  'top.py',
  'a.libs/é, b.txt',
);
const content = fc.constantFrom('x = 1\n', 'x = 2\n');
const wheel = fc.record({
  paths: fc.uniqueArray(fc.tuple(path, content), { selector: ([name]) => name, minLength: 1 }),
});
const method = fc.constantFrom<LinkMethod>('symlink', 'hardlink', 'copy');
const round = fc.dictionary(fc.constantFrom('one', 'two', 'three'), wheel, { minKeys: 1, noNullPrototype: true });

test('outlines and whole manifests lead to the same tree, state and errors, whatever was there before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 3 }), method, async (rounds, by) => {
      const [outlined, whole] = [new TestProject(), new TestProject()];
      for (const [index, wheels] of rounds.entries()) {
        const specs = Object.entries(wheels).map(([name, { paths }]) => specOf(name, index, paths));
        const removals = ['one', 'two', 'three'].filter((name) => !(name in wheels));
        const results = [];
        for (const project of [outlined, whole])
          results.push(await outcome(project.sync(specs, { removals, method: by, whole: project === whole })));
        expect(results[0]).toEqual(results[1]);
        expect(outlined.tree()).toEqual(whole.tree());
        expect(stateOf(outlined)).toEqual(stateOf(whole));
      }
    }),
    { numRuns: process.env['TSPM_TEST_FULL'] === '1' ? 1000 : 12 },
  );
}, 300_000);

test('a folder that somebody made by hand is filled, not replaced', async () => {
  const project = new TestProject();
  const folder = join(project.paths.lib, 'one');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'mine.txt'), 'mine');
  await project.sync([{ name: 'one', version: '1' }]);
  expect(Object.keys(readTree(folder)).sort()).toEqual(['__init__.py', 'mine.txt']);
});

function specOf(name: string, index: number, paths: readonly (readonly [string, string])[]): WheelSpec {
  const files = paths.filter(([one]) => !paths.some(([other]) => other.startsWith(`${one}/`)));
  const spelt = files.filter(([one]) => one !== 'Pkg/z.py' || !files.some(([other]) => other.startsWith('pkg/')));
  return { name, version: `${index + 1}`, files: Object.fromEntries(spelt), executable: ['tool/run.sh'] };
}

async function outcome(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: unknown) => String(error));
}

function stateOf({ paths }: TestProject): unknown {
  try {
    return JSON.parse(readFileSync(controlPaths(paths.base).state, 'utf8'));
  } catch {
    return undefined;
  }
}
