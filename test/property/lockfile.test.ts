import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLockfile } from '../../src/lockfile/format.ts';
import { readKnownLayout } from '../../src/lockfile/known-layout.ts';
import type { LockedPackage } from '../../src/lockfile/model.ts';
import { parseLockfile } from '../../src/lockfile/read.ts';
import { parseToml } from '../../src/toml/parse.ts';
import { INTEROP_MISSING, interopProjects } from '../support/interop.ts';

const text = fc.oneof(fc.string({ maxLength: 8 }), fc.string({ unit: 'binary', maxLength: 5 }));
const locked: fc.Arbitrary<LockedPackage> = fc.record({
  name: fc.stringMatching(/^[a-z]{1,3}$/),
  version: text,
  summary: text,
  dependencies: fc.uniqueArray(text, { maxLength: 3 }),
  groups: fc.uniqueArray(
    text.filter((group) => group !== 'default'),
    { minLength: 1, maxLength: 3 },
  ),
  files: fc.uniqueArray(fc.record({ file: text, hash: fc.constantFrom('sha256:a', 'sha256:b') }), {
    maxLength: 3,
    selector: (file) => file.file + file.hash,
  }),
});
const lockText = fc
  .record({ packages: fc.array(locked, { maxLength: 4 }), hash: text, python: text })
  .map(({ packages, hash, python }) =>
    formatLockfile({
      groups: ['default'],
      strategy: ['inherit_metadata'],
      lockVersion: '4.5.1',
      contentHash: hash,
      targets: [{ requiresPython: python }],
      packages,
    }),
  );

const asToml = (source: string) => {
  try {
    return parseToml(source, 'x');
  } catch {
    return 'invalid';
  }
};

/** Small damage of the kind a hand or a merge does. */
const damage = fc.constantFrom(
  '"',
  '\\',
  '\n',
  '[',
  ']',
  ',',
  '#',
  ' ',
  '\r',
  '\t',
  '\u0001',
  "'",
  'name = "x"\n',
  '[metadata]\n',
  '\\ud800',
  '=',
);

describe('lock files', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(lockText, (source) => {
        expect(formatLockfile(parseLockfile(source, 'pdm.lock'))).toBe(source);
      }),
    );
  });

  it('mean the same to the fast reader and to TOML, damaged or not', () => {
    fc.assert(
      fc.property(
        lockText,
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), damage, fc.nat(3)), { maxLength: 2 }),
        (source, hits) => {
          const damaged = hits.reduce((result, [place, hit, cut]) => {
            const offset = Math.floor(place * result.length);
            return result.slice(0, offset) + hit + result.slice(offset + cut);
          }, source);
          const fast = readKnownLayout(damaged);
          expect(fast ?? asToml(damaged)).toEqual(asToml(damaged));
        },
      ),
      { numRuns: 2000 },
    );
  });

  const current = interopProjects().filter((project) => /^lock_version = "4\.[45]/m.test(project.lock));
  it.skipIf(current.length === 0)(
    `of real projects are all known to the fast reader (skipped: ${INTEROP_MISSING})`,
    () => {
      for (const project of current)
        expect(readKnownLayout(project.lock)).toEqual(parseToml(project.lock, project.name));
    },
  );
});
