import { expect, test } from 'vitest';

import { scratchFolder } from '../../support/tree.ts';
import type { WheelSpec } from '../../support/wheel.ts';
import { buildChild, countCalls, hasStrace, writeOrder } from './child.ts';
import { TestProject } from './project.ts';

/** What a package links in the project: its folder, METADATA and WHEEL. */
const LINKED_NAMES = 3;

test.skipIf(!hasStrace)(
  'a warm sync by symbolic links costs 10 file operations a wheel and one a linked name, however many files there are (skipped without strace)',
  async () => {
    const child = await buildChild(scratchFolder());
    const cost = async (specs: readonly WheelSpec[]): Promise<number> => {
      const project = new TestProject();
      const order = await writeOrder(project, 'order', { method: 'symlink', specs });
      return total(countCalls(child, order, '%file'));
    };
    const few = [package_('one', 3), package_('two', 3)];
    const more = Array.from({ length: 10 }, (_, i) => package_(`more-${i}`, 3));
    const [base, many, large] = [
      await cost(few),
      await cost([...few, ...more]),
      await cost([...few, package_('large', process.env['TSPM_TEST_FULL'] === '1' ? 12_000 : 1200)]),
    ];
    expect((many - base) / more.length).toBeLessThanOrEqual(10 + LINKED_NAMES);
    expect(large - base).toBeLessThan(30);
  },
);

function package_(name: string, files: number): WheelSpec {
  const folder = name.replaceAll('-', '_');
  const modules = Array.from({ length: files }, (_, i) => [`${folder}/m${i % 20}/f${i}.py`, `x = ${i}\n`]);
  return { name, version: '1', files: Object.fromEntries(modules) };
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, calls) => sum + calls, 0);
}
