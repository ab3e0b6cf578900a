import { describe, expect, it } from 'vitest';
import { parseWheelFilename, tryParseSdistFilename, tryParseWheelFilename } from '../../../src/packaging/filename.ts';
import { loadVectors, vectorTitle } from '../../support/conformance.ts';

const valid = loadVectors('wheel-filenames-valid');
const invalid = loadVectors('wheel-filenames-invalid');
const sdists = loadVectors('sdist-filenames');

describe('reference answers on file names', () => {
  it.skipIf(valid === undefined)(vectorTitle('reads wheel names (PEP 427)', 'wheel-filenames-valid', valid), () => {
    const answers = (valid?.cases ?? []).map(([input]) => {
      const { name, version, build, tags } = parseWheelFilename(String(input));
      const texts = new Set(tags.map((tag) => `${tag.python}-${tag.abi}-${tag.platform}`));
      return [input, name, version.text, build ?? [], [...texts].sort()];
    });
    expect(answers).toEqual(valid?.cases);
  });

  it.skipIf(invalid === undefined)(vectorTitle('rejects other wheel names', 'wheel-filenames-invalid', invalid), () => {
    expect(invalid?.cases.filter(([input]) => tryParseWheelFilename(String(input)) !== undefined)).toEqual([]);
  });

  it.skipIf(sdists === undefined)(vectorTitle('reads sdist names (PEP 625)', 'sdist-filenames', sdists), () => {
    const cases = sdists?.cases ?? [];
    const answers = cases.map(([input]) => {
      const sdist = tryParseSdistFilename(String(input));
      return [input, sdist?.name ?? null, sdist?.version.text ?? null];
    });
    expect(cases.length).toBeGreaterThan(0);
    expect(answers).toEqual(cases);
  });
});
