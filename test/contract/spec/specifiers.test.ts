import { describe, expect, it } from 'vitest';
import { parseSpecifier } from '../../../src/packaging/specifier-clause.ts';
import { parseSpecifierSet } from '../../../src/packaging/specifier.ts';
import {
  containsVersion,
  isDisjoint,
  isEmpty,
  isSubset,
  isUnsatisfiable,
  versionSetOf,
} from '../../../src/packaging/version-set.ts';
import { parseVersion } from '../../../src/packaging/version.ts';
import { codeThrownBy, loadVectors, vectorTitle } from '../../support/conformance.ts';

const valid = loadVectors('specifiers-valid');
const invalid = loadVectors('specifiers-invalid');
const contains = loadVectors('specifier-contains');
const filter = loadVectors('specifier-filter');
const unsatisfiable = loadVectors('specifier-unsatisfiable');
const algebra = loadVectors('range-algebra');

describe('reference answers on specifiers (PEP 440)', () => {
  it.skipIf(valid === undefined)(vectorTitle('reads valid clauses', 'specifiers-valid', valid), () => {
    const answers = (valid?.cases ?? []).map(([input]) => {
      const { operator, version, text } = parseSpecifier(String(input));
      return [input, operator, version, text];
    });
    expect(answers).toEqual(valid?.cases);
  });

  it.skipIf(invalid === undefined)(vectorTitle('rejects invalid clauses', 'specifiers-invalid', invalid), () => {
    const answers = (invalid?.cases ?? []).map(([input]) => [input, codeThrownBy(() => parseSpecifier(String(input)))]);
    expect(answers).toEqual(invalid?.cases.map(([input]) => [input, 'TSPM_INVALID_SPECIFIER']));
  });

  it.skipIf(contains === undefined)(vectorTitle('matches versions', 'specifier-contains', contains), () => {
    const wrong = contains?.cases.filter(([set, version, policy, expected]) => {
      return parseSpecifierSet(String(set)).contains(String(version), policyOf(policy)) !== expected;
    });
    expect(wrong).toEqual([]);
  });

  it.skipIf(filter === undefined)(vectorTitle('filters versions', 'specifier-filter', filter), () => {
    const answers = (filter?.cases ?? []).map(([set, versions, policy]) => {
      const candidates = Array.isArray(versions) ? versions.map(String) : [];
      return [set, versions, policy, parseSpecifierSet(String(set)).filter(candidates, policyOf(policy))];
    });
    expect(answers).toEqual(filter?.cases);
  });

  it.skipIf(unsatisfiable === undefined)(
    vectorTitle('finds contradictions', 'specifier-unsatisfiable', unsatisfiable),
    () => {
      const wrong = unsatisfiable?.cases.filter(([set, policy, expected]) => {
        return isUnsatisfiable(parseSpecifierSet(String(set)), policyOf(policy)) !== expected;
      });
      expect(wrong).toEqual([]);
    },
  );

  it.skipIf(algebra === undefined)(vectorTitle('relates sets', 'range-algebra', algebra), () => {
    const cases = algebra?.cases ?? [];
    const { universe } = algebra?.meta ?? {};
    const versions = Array.isArray(universe) ? universe.map((text) => parseVersion(String(text))) : [];
    const sets = cases.map(([text]) => versionSetOf(parseSpecifierSet(String(text))));
    const answers = sets.map((set, i) => [
      cases[i]?.[0],
      versions.map((version) => Number(containsVersion(set, version))).join(''),
      sets.map((other) => (isSubset(set, other) ? 's' : isDisjoint(set, other) ? 'd' : 'o')).join(''),
      cases[i]?.[3],
      isEmpty(set),
    ]);
    expect(answers).toEqual(cases);
  });
});

/** The answers give the default policy as null. */
function policyOf(policy: unknown): { prereleases?: boolean } {
  return typeof policy === 'boolean' ? { prereleases: policy } : {};
}
