import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { __TSPM_VERSION__: JSON.stringify('0.0.0-test') },
  test: {
    // Tests wait for child processes and servers more than they compute: vitest would leave a core of a small machine idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/{unit,property,contract}/**/*.test.ts'],
          pool: 'threads',
          isolate: false,
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: { name: 'e2e', include: ['test/{e2e,faults}/**/*.test.ts'], pool: 'forks', testTimeout: 300_000, hookTimeout: 300_000 },
      },
    ],
  },
});
