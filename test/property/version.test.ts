import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalizeVersion,
  compareVersions,
  parseVersion,
  tryParseVersion,
  versionsEqual,
  withoutLocal,
} from '../../src/packaging/version.ts';
import { looseVersionText, versionText } from '../support/versions.ts';

const version = versionText.map(parseVersion);

describe('versions', () => {
  it('are printed as they can be read back, in one spelling', () => {
    fc.assert(
      fc.property(fc.oneof(versionText, looseVersionText), (text) => {
        const printed = parseVersion(text).text;
        expect(parseVersion(printed)).toEqual(parseVersion(text));
        expect(parseVersion(printed).text).toBe(printed);
      }),
      { numRuns: 2000 },
    );
  });

  it('never fail to be told from junk', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('019.!+-_abcrcpostdev v*')) }), (text) => {
        const read = tryParseVersion(text);
        expect(tryParseVersion(read?.text ?? '')).toEqual(read);
      }),
      { numRuns: 5000 },
    );
  });

  it('have a total order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(compareVersions(a, a)).toBe(0);
        expect(Math.sign(compareVersions(a, b))).toBe(0 - Math.sign(compareVersions(b, a)));
        const [x = a, y = b, z = c] = [a, b, c].toSorted(compareVersions);
        expect(compareVersions(x, y)).toBeLessThanOrEqual(0);
        expect(compareVersions(y, z)).toBeLessThanOrEqual(0);
        expect(compareVersions(x, z)).toBeLessThanOrEqual(0);
        expect(compareVersions(x, z) === 0).toBe(compareVersions(x, y) === 0 && compareVersions(y, z) === 0);
      }),
      { numRuns: 3000 },
    );
  });

  it('are equal exactly when their canonical texts are', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(versionsEqual(a, b)).toBe(canonicalizeVersion(a.text) === canonicalizeVersion(b.text));
      }),
      { numRuns: 3000 },
    );
  });

  it('come after their public part', () => {
    fc.assert(
      fc.property(version, (a) => {
        expect(Math.sign(compareVersions(a, withoutLocal(a)))).toBe(Number(a.local !== undefined));
      }),
    );
  });
});
