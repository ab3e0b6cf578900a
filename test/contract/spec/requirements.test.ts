import { describe, expect, it } from 'vitest';
import { parseMarker } from '../../../src/packaging/marker.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { parseMetadataRequirement, parseRequirement, type Requirement } from '../../../src/packaging/requirement.ts';
import { parseSpecifierSet } from '../../../src/packaging/specifier.ts';
import { codeThrownBy, loadVectors, vectorTitle, type Vectors } from '../../support/conformance.ts';

const valid = loadVectors('requirements-valid');
const invalid = loadVectors('requirements-invalid');

describe('reference answers on requirements (PEP 508)', () => {
  it.skipIf(valid === undefined)(vectorTitle('reads valid requirements', 'requirements-valid', valid), () => {
    const cases = valid?.cases ?? [];
    expect(cases.map(([input]) => summary(parseRequirement(String(input))))).toEqual(cases.map(expected));
  });

  it.skipIf(valid === undefined)(vectorTitle('reads them alike in metadata', 'requirements-valid', valid), () => {
    const cases = valid?.cases ?? [];
    expect(cases.map(([input]) => summary(parseMetadataRequirement(String(input))))).toEqual(cases.map(expected));
  });

  it.skipIf(invalid === undefined)(vectorTitle('rejects invalid requirements', 'requirements-invalid', invalid), () => {
    const answers = (invalid?.cases ?? []).map(([input]) => [
      input,
      codeThrownBy(() => parseRequirement(String(input))),
    ]);
    expect(answers).toEqual(invalid?.cases.map(([input]) => [input, 'TSPM_INVALID_REQUIREMENT']));
  });
});

function summary({ name, key, extras, specifier, url, marker }: Requirement): unknown[] {
  return [name, key, extras, specifier.toString(), url ?? null, marker?.toString() ?? null];
}

function expected([, name, key, extras, specifier, url, marker]: Vectors['cases'][number]): unknown[] {
  const normalized = Array.isArray(extras)
    ? [...new Set(extras.map((extra) => normalizeName(String(extra))))].sort()
    : extras;
  const markerText = typeof marker === 'string' ? parseMarker(marker).toString() : null;
  return [name, key, normalized, parseSpecifierSet(String(specifier)).toString(), url, markerText];
}
