import { describe, expect, it } from 'vitest';
import { isValidName, normalizeName } from '../../../src/packaging/name.ts';
import {
  baseVersion,
  canonicalizeVersion,
  compareVersions,
  isPostrelease,
  isPrerelease,
  parseVersion,
  publicVersion,
  tryParseVersion,
  type VersionNumber,
} from '../../../src/packaging/version.ts';
import { loadVectors, vectorTitle } from '../../support/conformance.ts';

const names = loadVectors('names');
const valid = loadVectors('versions-valid');
const invalid = loadVectors('versions-invalid');
const order = loadVectors('versions-order');
const canonical = loadVectors('canonicalize-version');

describe('reference answers on names (PEP 503)', () => {
  it.skipIf(names === undefined)(vectorTitle('normalises and validates', 'names', names), () => {
    const answers = (names?.cases ?? []).map(([input]) => {
      const text = String(input);
      return [text, normalizeName(text), isValidName(text), isValidName(text) && normalizeName(text) === text];
    });
    expect(answers).toEqual(names?.cases);
  });
});

describe('reference answers on versions (PEP 440)', () => {
  it.skipIf(valid === undefined)(vectorTitle('reads valid versions', 'versions-valid', valid), () => {
    const answers = (valid?.cases ?? []).map(([input]) => {
      const version = parseVersion(String(input));
      return [
        input,
        version.text,
        publicVersion(version),
        baseVersion(version),
        number(version.epoch),
        version.release.map(number),
        version.pre?.map((part) => number(part)) ?? null,
        number(version.post),
        number(version.dev),
        version.local?.join('.') ?? null,
        isPrerelease(version),
        isPostrelease(version),
        version.dev !== undefined,
      ];
    });
    expect(answers).toEqual(valid?.cases);
  });

  it.skipIf(invalid === undefined)(vectorTitle('rejects invalid versions', 'versions-invalid', invalid), () => {
    expect(invalid?.cases.filter(([input]) => tryParseVersion(String(input)) !== undefined)).toEqual([]);
  });

  it.skipIf(order === undefined)(vectorTitle('orders versions', 'versions-order', order), () => {
    const groups = (order?.cases ?? []).map((spellings) => spellings.map((text) => parseVersion(String(text))));
    for (const [i, group] of groups.entries()) {
      expect(group.filter((other) => compareVersions(group[0] ?? other, other) !== 0)).toEqual([]);
      // Strides cover near and far pairs without comparing all of them.
      const later = [i + 1, i + 2, i + 17, i + 1009].flatMap((j) => groups[j] ?? []);
      expect(later.filter((other) => compareVersions(group[0] ?? other, other) >= 0)).toEqual([]);
    }
  });

  it.skipIf(canonical === undefined)(vectorTitle('canonicalises', 'canonicalize-version', canonical), () => {
    const answers = (canonical?.cases ?? []).map(([input, stripTrailingZeros]) => [
      input,
      stripTrailingZeros,
      canonicalizeVersion(String(input), { stripTrailingZeros: stripTrailingZeros === true }),
    ]);
    expect(answers).toEqual(canonical?.cases);
  });
});

/** The answers give numbers from 2^53 on as text, and null for an absent part. */
function number(value: VersionNumber | string | undefined): number | string | null {
  return typeof value === 'bigint' ? String(value) : (value ?? null);
}
