import { expect, test } from 'vitest';

import { scratchFolder } from '../../support/tree.ts';
import { buildChild, countCalls, hasStrace, writeOrder } from './child.ts';
import { TestProject } from './project.ts';

const CALLS = '%file,write,pwrite64,read,pread64,close,getdents64,fsync';

test.skipIf(!hasStrace)(
  'a warm sync by symbolic links costs the same for 10 and for 1,000 files (skipped without strace)',
  async () => {
    const child = await buildChild(scratchFolder());
    const totals: Record<string, number> = {};
    for (const count of [10, 1000]) {
      const project = new TestProject();
      const files = Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`pure/m${i % 20}/f${i}.py`, `x = ${i}\n`]),
      );
      const specs = [{ name: 'pure', version: '1', files }];
      const order = await writeOrder(project, 'order', { method: 'symlink', specs });
      const counts = countCalls(child, order, CALLS);
      totals[count] = [...counts.values()].reduce((sum, calls) => sum + calls, 0);
    }
    expect(totals[1000]).toBeLessThan((totals[10] ?? 0) * 1.1);
  },
);
