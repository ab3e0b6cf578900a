import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { pathProblem } from '../../src/archive/path-policy.ts';

const component = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'Z', '0', '_', '-', '+', '.', ' ', ':', '\\', '\t', '~'), maxLength: 6 }),
  fc.constantFrom('con', 'AUX.py', 'com1', 'com10', 'LPT9.tar.gz', 'nul', 'prn-', '.libs', '..', 'a'.repeat(256)),
);
const path = fc
  .array(component, { minLength: 1, maxLength: 5 })
  .map((components) => components.join('/'))
  .filter((name) => name !== '' && !name.startsWith('/'));

it('usual paths are judged as if they were unusual', () => {
  fc.assert(
    fc.property(path, (name) => {
      // No usual path has a letter that is not ASCII, and a folder in front changes nothing else.
      expect(pathProblem(name)?.problem).toBe(pathProblem(`é/${name}`)?.problem);
    }),
    { numRuns: 5000 },
  );
});

it('a path of many dots is judged at once', () => {
  expect(pathProblem(`${'a.'.repeat(63)}!`)).toBeUndefined();
  expect(pathProblem(`${'.a'.repeat(63)}:`)).toBeDefined();
});
