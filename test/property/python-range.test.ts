import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  complementPython,
  formatTargetPython,
  intersectPython,
  isEmptyPython,
  parsePythonRange,
  parsePythonRangeStrict,
  pythonRangeContains,
  pythonRangeIsSubset,
  pythonRangeMarker,
  pythonRangesIntersect,
  samePython,
  unionPython,
  type PythonRange,
} from '../../src/packaging/python-range.ts';
import { parseMarker } from '../../src/packaging/marker.ts';
import { parseSpecifierSet } from '../../src/packaging/specifier.ts';
import { specifierText } from '../support/versions.ts';

const runs = { numRuns: 2000 };
const small = fc.integer({ min: 0, max: 4 });
const release = fc.tuple(small, small, small).map((numbers) => numbers.join('.'));
const clause = fc.oneof(
  fc.tuple(fc.constantFrom('>=', '<', '>', '<=', '==', '!=', '~='), small, small).map(([op, a, b]) => `${op}${a}.${b}`),
  fc.tuple(fc.constantFrom('>=', '<', '>', '<=', '==', '!=', '~='), release).map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('==', '!='), small, small).map(([op, a, b]) => `${op}${a}.${b}.*`),
);
const pythonText = fc.array(clause, { maxLength: 3 }).map((clauses) => clauses.join(','));
const range: fc.Arbitrary<PythonRange> = fc.letrec<{ range: PythonRange }>((tie) => ({
  range: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    pythonText.map(parsePythonRange),
    fc.tuple(tie('range'), tie('range')).map(([a, b]) => unionPython(a, b)),
    tie('range').map(complementPython),
  ),
})).range;

describe('ranges of interpreters', () => {
  it('hold the releases that the specifiers match', () => {
    fc.assert(
      fc.property(fc.oneof(specifierText, pythonText), release, (text, version) => {
        expect(pythonRangeContains(parsePythonRangeStrict(text), version)).toBe(
          parseSpecifierSet(text).contains(version),
        );
      }),
      runs,
    );
  });

  it('combine pointwise', () => {
    fc.assert(
      fc.property(range, range, release, (a, b, version) => {
        const [inA, inB] = [pythonRangeContains(a, version), pythonRangeContains(b, version)];
        expect(pythonRangeContains(unionPython(a, b), version)).toBe(inA || inB);
        expect(pythonRangeContains(intersectPython(a, b), version)).toBe(inA && inB);
        expect(pythonRangeContains(complementPython(a), version)).toBe(!inA);
        expect(pythonRangeIsSubset(a, b) && inA && !inB).toBe(false);
        expect(!pythonRangesIntersect(a, b) && inA && inB).toBe(false);
        expect(isEmptyPython(a) && inA).toBe(false);
      }),
      runs,
    );
  });

  it('obey De Morgan', () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        const outside = complementPython(unionPython(a, b));
        expect(samePython(outside, intersectPython(complementPython(a), complementPython(b)))).toBe(true);
        expect(samePython(complementPython(complementPython(a)), a)).toBe(true);
        expect(pythonRangeIsSubset(a, b)).toBe(isEmptyPython(intersectPython(a, complementPython(b))));
      }),
      runs,
    );
  });

  it('are written as texts and markers of the same meaning', () => {
    fc.assert(
      fc.property(range, release, (a, version) => {
        expect(samePython(parsePythonRangeStrict(formatTargetPython(a)), a)).toBe(true);
        const marker = pythonRangeMarker(a);
        const environment = { python_full_version: version, python_version: version.replace(/\.\d+$/, '') };
        expect(marker === '' || parseMarker(marker).evaluate(environment)).toBe(pythonRangeContains(a, version));
      }),
      runs,
    );
  });
});
