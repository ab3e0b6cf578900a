import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSpecifierSet } from '../../src/packaging/specifier.ts';
import {
  ALL,
  complement,
  containsVersion,
  EMPTY,
  holdsStable,
  intersect,
  isDisjoint,
  isEmpty,
  isSubset,
  union,
  versionSetOf,
  type VersionSet,
} from '../../src/packaging/version-set.ts';
import { isPrerelease, parseVersion, tryParseVersion } from '../../src/packaging/version.ts';
import { clauseText, specifierText, versionText } from '../support/versions.ts';

const runs = { numRuns: 3000 };
const version = versionText.map(parseVersion);
const set: fc.Arbitrary<VersionSet> = fc.letrec<{ set: VersionSet }>((tie) => ({
  set: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    specifierText.map((text) => versionSetOf(parseSpecifierSet(text))),
    fc.tuple(tie('set'), tie('set')).map(([a, b]) => union(a, b)),
    tie('set').map(complement),
  ),
})).set;

describe('sets of versions', () => {
  it('hold what the specifiers match', () => {
    fc.assert(
      fc.property(specifierText, fc.array(version, { minLength: 1, maxLength: 20 }), (text, versions) => {
        const specifiers = parseSpecifierSet(text);
        const members = versionSetOf(specifiers);
        for (const candidate of versions)
          expect(containsVersion(members, candidate)).toBe(specifiers.contains(candidate));
      }),
      runs,
    );
  });

  it('hold the bounds of a clause as the clause matches them', () => {
    fc.assert(
      fc.property(
        clauseText,
        fc.constantFrom('', '.dev0', '.post0', '.post0.dev0', '.post1', '.0.1', 'a0', '+a', '.dev1'),
        (text, tail) => {
          const specifiers = parseSpecifierSet(text);
          const near = text.replace(/^[=<>!~]+/, '').replace(/\.\*$/, '') + tail;
          const candidate = tryParseVersion(near);
          fc.pre(candidate !== undefined);
          expect(containsVersion(versionSetOf(specifiers), candidate)).toBe(specifiers.contains(candidate));
        },
      ),
      runs,
    );
  });

  it('combine pointwise', () => {
    fc.assert(
      fc.property(set, set, version, (a, b, candidate) => {
        const [inA, inB] = [containsVersion(a, candidate), containsVersion(b, candidate)];
        expect(containsVersion(union(a, b), candidate)).toBe(inA || inB);
        expect(containsVersion(intersect(a, b), candidate)).toBe(inA && inB);
        expect(containsVersion(complement(a), candidate)).toBe(!inA);
        expect(isDisjoint(a, b) && inA && inB).toBe(false);
        expect(isSubset(a, b) && inA && !inB).toBe(false);
      }),
      runs,
    );
  });

  it('obey the laws of Boolean algebra by structure', () => {
    fc.assert(
      fc.property(set, set, set, (a, b, c) => {
        expect(complement(union(a, b))).toEqual(intersect(complement(a), complement(b)));
        expect(complement(intersect(a, b))).toEqual(union(complement(a), complement(b)));
        expect(complement(complement(a))).toEqual(a);
        expect(union(a, b)).toEqual(union(b, a));
        expect(intersect(a, union(b, c))).toEqual(union(intersect(a, b), intersect(a, c)));
        expect(union(a, intersect(a, b))).toEqual(a);
        expect(union(a, complement(a))).toEqual(ALL);
        expect(intersect(a, complement(a))).toEqual(EMPTY);
        expect(isSubset(a, b)).toBe(isDisjoint(a, complement(b)));
        expect(isSubset(a, b) && isSubset(b, a)).toBe(JSON.stringify(layout(a)) === JSON.stringify(layout(b)));
      }),
      runs,
    );
  });

  it('do not depend on how a clause is spelled or ordered', () => {
    fc.assert(
      fc.property(fc.array(clauseText, { maxLength: 4 }), (clauses) => {
        expect(versionSetOf(parseSpecifierSet(clauses.toReversed().join(',')))).toEqual(
          versionSetOf(parseSpecifierSet(clauses.join(','))),
        );
      }),
    );
  });

  it('are known to hold a stable version when one is seen', () => {
    fc.assert(
      fc.property(set, version, (members, candidate) => {
        const held = containsVersion(members, candidate);
        expect(held && isEmpty(members)).toBe(false);
        expect(held && !isPrerelease(candidate) && !holdsStable(members)).toBe(false);
      }),
      runs,
    );
  });
});

function layout({ cuts, texts }: VersionSet): unknown {
  return [cuts.map(({ text }) => text), texts];
}
