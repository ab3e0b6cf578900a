import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareText } from '../../src/util/collections.ts';
import { formatRecord, parseRecord, recordPaths } from '../../src/packaging/record.ts';

const path = fc.string({
  unit: fc.constantFrom('a', 'é', '/', ',', '"', '\n', '\r', ' ', '.', '😀'),
  minLength: 1,
  maxLength: 8,
});
const rows = fc.uniqueArray(
  fc.record({
    path,
    hash: fc.option(
      fc.record({ algorithm: fc.constantFrom('sha256', 'sha512'), digest: fc.stringMatching(/^[A-Za-z0-9_-]{43}$/) }),
      {
        nil: undefined,
      },
    ),
    size: fc.option(fc.nat(), { nil: undefined }),
  }),
  { selector: (row) => row.path },
);

it('RECORD files read back as the rows they were made of, sorted', () => {
  fc.assert(
    fc.property(rows, (list) => {
      const sorted = list.toSorted((a, b) => compareText(a.path, b.path));
      expect(parseRecord(formatRecord(list))).toEqual(sorted);
      expect(recordPaths(formatRecord(list))).toEqual(sorted.map((row) => row.path));
    }),
    { numRuns: 500 },
  );
});
