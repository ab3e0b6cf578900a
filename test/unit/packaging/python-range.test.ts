import { describe, expect, it } from 'vitest';
import {
  ANY_PYTHON,
  complementPython,
  formatTargetPython,
  intersectPython,
  isEmptyPython,
  NO_PYTHON,
  parsePythonRange,
  parsePythonRangeStrict,
  pythonRangeBetween,
  pythonRangeContains,
  pythonRangeIsSubset,
  pythonRangeMarker,
  pythonRangesIntersect,
  samePython,
  unionPython,
  withoutFourCap,
} from '../../../src/packaging/python-range.ts';

describe('texts of lock targets', () => {
  it.each([
    ['', '', ''],
    ['*', '', ''],
    ['>=3.8', '>=3.8', 'python_version >= "3.8"'],
    ['==3.11.*', '==3.11.*', 'python_version == "3.11"'],
    ['>=3.8,<3.12', '>=3.8,<3.12', 'python_version >= "3.8" and python_version < "3.12"'],
    ['>=3.9,<4', '~=3.9', 'python_version ~= "3.9"'],
    ['>=3.9,<4.0', '~=3.9', 'python_version ~= "3.9"'],
    ['>=3.8.1,<3.9', '~=3.8.1', 'python_full_version ~= "3.8.1"'],
    ['>=3.8.1,<4', '>=3.8.1,<4', 'python_full_version >= "3.8.1" and python_version < "4"'],
    [
      '>=3.9,!=3.9.7',
      '>=3.9,!=3.9.7',
      'python_version >= "3.9" and python_full_version < "3.9.7" or python_full_version > "3.9.7"',
    ],
    [
      '>=3.8,<3.12,!=3.9.*',
      '>=3.8,!=3.9.*,<3.12',
      'python_version >= "3.8" and python_full_version < "3.9.0" or python_full_version >= "3.10.0" and python_version < "3.12"',
    ],
    ['>=2.7,!=3.0.*,!=3.1.*,!=3.2.*', '~=2.7||>=3.3.0', 'python_version ~= "2.7" or python_full_version >= "3.3.0"'],
    ['>=3.11,<3.12', '>=3.11,<3.12', 'python_version >= "3.11" and python_version < "3.12"'],
    ['>=3.10,<3.13', '>=3.10,<3.13', 'python_version >= "3.10" and python_version < "3.13"'],
    [
      '>=3.9,!=3.9.7,!=3.10.2',
      '>=3.9,<3.9.7||>3.9.7,<3.10.2||>3.10.2',
      'python_version >= "3.9" and python_full_version < "3.9.7" or python_full_version > "3.9.7" and python_full_version < "3.10.2" or python_full_version > "3.10.2"',
    ],
    ['<3.9||>=3.10', '<3.9||>=3.10', 'python_version < "3.9" or python_version >= "3.10"'],
    ['<3.9||>=3.10.0', '!=3.9.*', 'python_version < "3.9" or python_full_version >= "3.10.0"'],
    ['>=3.9,!=3.9.0', '>3.9.0', 'python_full_version > "3.9.0"'],
    ['==3.8.*,>=3.8.2', '~=3.8.2', 'python_full_version ~= "3.8.2"'],
    ['!=3.8.*', '!=3.8.*', 'python_full_version < "3.8.0" or python_full_version >= "3.9.0"'],
    ['~=3.8,<3.12', '>=3.8,<3.12', 'python_version >= "3.8" and python_version < "3.12"'],
    ['==3.11.4', '==3.11.4', 'python_full_version == "3.11.4"'],
    ['==3.*', '==3.*', 'python_version == "3.*"'],
    ['==3.8.1.*', '==3.8.1.*', 'python_full_version == "3.8.1.*"'],
    ['>3.8', '>3.8', 'python_full_version > "3.8"'],
    ['<=3.8', '<=3.8', 'python_full_version <= "3.8"'],
    ['>=4,<3', '<empty>', 'python_version < "0"'],
  ])('%j is written %j and as marker %j', (text, target, marker) => {
    const range = parsePythonRange(text);
    expect(formatTargetPython(range)).toBe(target);
    expect(pythonRangeMarker(range)).toBe(marker);
    expect(samePython(parsePythonRangeStrict(target), range)).toBe(true);
  });

  it.each([
    ['>=3.8', '==3.11.*', '==3.11.*'],
    ['==3.11.*', '>=3.8,<4', '==3.11.*'],
    ['>=3.11,<3.12', '==3.11.*', '==3.11.*'],
    ['==3.11.*', '==3.11.2', '==3.11.2'],
    ['>=3.8', '~=3.9', '~=3.9'],
    ['>=3.8,<4', '>=3.9', '~=3.9'],
    ['>=3.8.0', '>=3.8', '>=3.8'],
    ['>=3.8', '>=3.8.0', '>=3.8.0'],
    ['>=3.8,!=3.11.4', '==3.11.*', '>=3.11.0,!=3.11.4,<3.12.0'],
    ['>=3.12', '<3.12', '<empty>'],
  ])('%s and %s share %s', (a, b, expected) => {
    expect(formatTargetPython(intersectPython(parsePythonRange(a), parsePythonRange(b)))).toBe(expected);
  });
});

describe('reading ranges', () => {
  it.each(['about 3', '>=3.8 junk', '1.0', '||', '>=3.8||'])(
    'takes %j of third parties as any and rejects it as ours',
    (text) => {
      expect(parsePythonRange(text)).toEqual(ANY_PYTHON);
      expect(() => parsePythonRangeStrict(text)).toThrowError(
        expect.objectContaining({ code: 'TSPM_INVALID_SPECIFIER' }),
      );
    },
  );

  it.each([
    ['>=3.6.*', '>=3.6'],
    [">='3.8'", '>=3.8'],
    ['>=3.5<4', '~=3.5'],
  ])('mends %j of third parties', (text, expected) => {
    expect(formatTargetPython(parsePythonRange(text))).toBe(expected);
  });

  it.each([
    ['>=3.13', '3.13.0rc1', true],
    ['<3.13', '3.13.0rc1', false],
    ['>=3.8a1', '3.8.0', true],
    ['<3.13.0rc1', '3.13.0', false],
    ['<3.13.0rc1', '3.12.99', true],
    ['>3.8', '3.8.0', false],
    ['>3.8', '3.8.1', true],
    ['<=3.8', '3.8.1', false],
    ['==3.8', '3.8.0', true],
    ['==3.8', '3.8.1', false],
    ['!=3.8', '3.8.1', true],
    ['>=3.8.post1', '3.8.0', false],
    ['<=3.8.post1', '3.8.0', true],
    ['==3.8.post1', '3.8.0', false],
    ['~=3.8.1', '3.9.0', false],
    ['~=3.8.1', '3.8.9', true],
    ['>=3.8.0.1', '3.8.0', false],
    ['>=3.8.0.1', '3.8.1', true],
    ['<3.8.0.1', '3.8.0', true],
    ['===3.8.1', '3.8.1', true],
    ['===3.8', '3.8.0', false],
    ['>=1!3', '3.9.0', false],
    ['<1!3', '3.9.0', true],
    ['>=3.8,<3.9||==3.11.*', '3.11.2', true],
    ['>=3.8,<3.9||==3.11.*', '3.10.2', false],
  ])('%s holds %s: %s', (text, version, expected) => {
    expect(pythonRangeContains(parsePythonRange(text), version)).toBe(expected);
  });
});

describe('algebra', () => {
  it('knows that releases are whole numbers', () => {
    expect(samePython(parsePythonRange('>3.9.7'), parsePythonRange('>=3.9.8'))).toBe(true);
    expect(isEmptyPython(parsePythonRange('>3.9.7,<3.9.8'))).toBe(true);
    expect(unionPython(parsePythonRange('<=3.9.7'), parsePythonRange('>=3.9.8'))).toEqual(ANY_PYTHON);
  });

  it('compares and combines', () => {
    const wide = parsePythonRange('>=3.8');
    const narrow = parsePythonRange('>=3.9,<3.11,!=3.10.2');
    expect(pythonRangeIsSubset(narrow, wide)).toBe(true);
    expect(pythonRangeIsSubset(wide, narrow)).toBe(false);
    expect(pythonRangesIntersect(narrow, parsePythonRange('==3.10.2'))).toBe(false);
    expect(pythonRangesIntersect(narrow, parsePythonRange('==3.10.*'))).toBe(true);
    expect(formatTargetPython(complementPython(narrow))).toBe('<3.9||==3.10.2||>=3.11');
    expect(complementPython(ANY_PYTHON)).toEqual(NO_PYTHON);
    expect(complementPython(NO_PYTHON)).toEqual(ANY_PYTHON);
  });

  it('builds ranges from releases', () => {
    expect(formatTargetPython(pythonRangeBetween([3, 8, 0], [3, 9, 1]))).toBe('>=3.8,<3.9.1');
    expect(pythonRangeBetween(undefined, undefined)).toEqual(ANY_PYTHON);
  });

  it.each([
    ['>=3.8,<4', '>=3.8'],
    ['>=3.8,<4.0.0', '>=3.8'],
    ['~=3.8', '>=3.8'],
    ['<4', ''],
    ['>=3.8,<3.13', '>=3.8,<3.13'],
    ['>=3.8,<5', '>=3.8,<5'],
    ['>=3.8,<=4', '>=3.8,<=4'],
    ['>=3.8,!=3.9.*,<4', '>=3.8,!=3.9.*'],
  ])('%s without a cap at 4.0 is %s', (text, expected) => {
    expect(formatTargetPython(withoutFourCap(parsePythonRange(text)))).toBe(expected);
  });
});
