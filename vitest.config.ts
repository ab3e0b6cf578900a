import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { __TSPM_VERSION__: JSON.stringify('0.0.0-test') },
  test: {
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
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], pool: 'forks', testTimeout: 300_000, hookTimeout: 300_000 },
      },
    ],
  },
});
