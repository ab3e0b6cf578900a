import { describe, expect, it } from 'vitest';
import { parseMarker } from '../../../src/packaging/marker.ts';
import {
  ALWAYS,
  formatMarkerSet,
  markerAnd,
  markerGiven,
  markerImplies,
  markerNot,
  markerOr,
  markersDisjoint,
  markerSetOf,
  markerSetOfPython,
  markerSetOfValues,
  NEVER,
  pythonRangeOf,
  withExtra,
  withoutExtras,
  type MarkerSet,
} from '../../../src/packaging/marker-set.ts';
import { formatTargetPython, parsePythonRange, pythonRangeMarker } from '../../../src/packaging/python-range.ts';

function set(text: string): MarkerSet {
  return markerSetOf(parseMarker(text));
}

describe('markerSetOfValues', () => {
  it('holds where every variable has its value', () => {
    const windows = markerSetOfValues({ os_name: 'nt', sys_platform: 'win32', platform_machine: 'AMD64' });
    expect(windows).toBe(set('sys_platform == "win32" and platform_machine == "AMD64"'));
    expect(markersDisjoint(windows, set('platform_system == "Linux"'))).toBe(true);
    expect(markerSetOfValues({ python_version: '3.8' })).toBe(set('python_version == "3.8"'));
    expect(markerSetOfValues({})).toBe(ALWAYS);
  });
});

describe('markerSetOf', () => {
  it.each([
    ['python_version >= "3.8"', 'python_full_version >= "3.8.0"'],
    ['python_version > "3.8"', 'python_full_version >= "3.9"'],
    ['python_version <= "3.8"', 'python_full_version < "3.9"'],
    ['python_version == "3.8"', 'python_full_version >= "3.8" and python_full_version < "3.9"'],
    ['python_version ~= "3.8"', 'python_version >= "3.8" and python_version < "4"'],
    ['python_version == "3.*"', 'python_version >= "3" and python_version < "4"'],
    ['python_version <= "3.8.4"', 'python_version < "3.9"'],
    ['python_version != "3.8.1"', 'os_name == "a" or os_name != "a"'],
    ['python_full_version > "3.8.1"', 'python_full_version >= "3.8.2"'],
    ['python_full_version < "3.13.0rc1"', 'python_version < "3.13"'],
    ['"3.8" <= python_version', 'python_version >= "3.8"'],
    ['python_version in "3.8 3.9"', 'python_version == "3.8" or python_version == "3.9"'],
    ['platform_system == "Windows"', 'sys_platform == "win32"'],
    ['sys_platform == "linux" and os_name == "posix"', 'sys_platform == "linux"'],
    ['sys_platform == "win32" or os_name == "nt"', 'os_name == "nt"'],
    ['sys_platform in "linux darwin" and sys_platform == "linux"', 'sys_platform == "linux"'],
    ['os.name == "nt"', '"nt" == os_name'],
    ['extra == "A.b"', 'extra == "a-b"'],
  ])('makes %s the same object as %s', (left, right) => {
    expect(set(left)).toBe(set(right));
  });

  it.each([
    'python_version == "3.8.1"',
    'sys_platform == "win32" and os_name == "posix"',
    'sys_platform == "darwin" and platform_system == "Linux"',
    'sys_platform == "linux" and platform_system == "Java"',
    'extra == "a" and extra == "b"',
    'sys_platform > "darwin"',
    'os_name == "posix" or os_name ~= "x"',
    'python_full_version >= "1!3"',
  ])('makes %s never', (text) => {
    expect(set(text)).toBe(NEVER);
  });

  it('makes no marker and one that cannot fail the same set', () => {
    expect(markerSetOf(undefined)).toBe(ALWAYS);
    expect(set('sys_platform == "win32" or sys_platform != "win32"')).toBe(ALWAYS);
    expect(set('python_version >= "3.8" or python_version < "3.11"')).toBe(ALWAYS);
  });
});

describe('relations', () => {
  it('know what excludes and what implies what', () => {
    expect(markersDisjoint(set('python_version < "3.11"'), set('python_version >= "3.11"'))).toBe(true);
    expect(markersDisjoint(set('sys_platform == "win32"'), set('platform_system == "Linux"'))).toBe(true);
    expect(markersDisjoint(set('platform_machine == "arm64"'), set('sys_platform == "linux"'))).toBe(false);
    expect(markerImplies(set('sys_platform == "darwin"'), set('os_name == "posix"'))).toBe(true);
    expect(markerImplies(set('os_name == "posix"'), set('sys_platform == "darwin"'))).toBe(false);
  });

  it('combine to the sets one expects', () => {
    const [a, b] = [set('python_version >= "3.8"'), set('python_version < "3.11"')];
    expect(formatMarkerSet(markerAnd(a, b))).toBe('python_version >= "3.8" and python_version < "3.11"');
    expect(markerOr(a, b)).toBe(ALWAYS);
    expect(formatMarkerSet(markerNot(a))).toBe('python_version < "3.8"');
  });
});

describe('markerGiven', () => {
  it.each([
    ['python_version >= "3.8" and python_version < "3.11"', 'python_version >= "3.9"', 'python_version < "3.11"'],
    ['python_version >= "3.8" and sys_platform == "win32"', 'python_version >= "3.8"', 'sys_platform == "win32"'],
    [
      'sys_platform == "linux" and platform_machine == "x86_64"',
      'os_name == "posix"',
      'sys_platform == "linux" and platform_machine == "x86_64"',
    ],
    ['sys_platform == "win32" or os_name == "posix"', 'sys_platform == "linux"', undefined],
    ['python_version < "3.8"', 'python_version >= "3.9"', 'python_version < "0"'],
  ])('%s, given %s, is %s', (text, assumption, expected) => {
    expect(formatMarkerSet(markerGiven(set(text), set(assumption)))).toBe(expected);
  });
});

describe('extras', () => {
  const text = 'sys_platform == "linux" and extra == "a" or extra == "B_c" or python_version < "3.0"';

  it('are fixed by name', () => {
    expect(formatMarkerSet(withExtra(set(text), 'A'))).toBe('python_version < "3.0" or sys_platform == "linux"');
    expect(withExtra(set(text), 'b.c')).toBe(ALWAYS);
    expect(formatMarkerSet(withExtra(set(text), undefined))).toBe('python_version < "3.0"');
    expect(withExtra(set('extra != "a"'), undefined)).toBe(ALWAYS);
    expect(withExtra(set('extra in "a b"'), 'b')).toBe(ALWAYS);
  });

  it('as a set of names equal no text', () => {
    expect(set('"a" == extras')).toBe(NEVER);
    expect(set('"a" != dependency_groups')).toBe(ALWAYS);
  });

  it('are left out by what holds for any of them', () => {
    expect(formatMarkerSet(withoutExtras(set('sys_platform == "linux" and extra == "a"')))).toBe(
      'sys_platform == "linux"',
    );
  });
});

describe('python ranges', () => {
  it('are read off a set', () => {
    const range = pythonRangeOf(
      set('python_version >= "3.8" and sys_platform == "win32" or python_full_version == "3.6.4"'),
    );
    expect(formatTargetPython(range)).toBe(formatTargetPython(parsePythonRange('>=3.6.4,<3.6.5||>=3.8')));
    expect(formatTargetPython(pythonRangeOf(set('os_name == "nt"')))).toBe('');
  });

  it.each([
    '>=3.8',
    '==3.11.*',
    '>=3.8,<3.12',
    '>=3.9,<4',
    '>=3.8.1,<3.9',
    '>=3.9,!=3.9.7',
    '>=2.7,!=3.0.*,!=3.1.*',
    '*',
  ])('%s means as a set what its marker says', (text) => {
    const range = parsePythonRange(text);
    const marker = pythonRangeMarker(range);
    expect(markerSetOfPython(range)).toBe(marker === '' ? ALWAYS : set(marker));
    expect(markerSetOfPython(pythonRangeOf(markerSetOfPython(range)))).toBe(markerSetOfPython(range));
  });
});

describe('formatMarkerSet', () => {
  it.each([
    ['sys_platform == "win32" and python_version >= "3.8"', 'python_version >= "3.8" and sys_platform == "win32"'],
    ['python_full_version < "3.11.0"', 'python_version < "3.11"'],
    [
      'python_version > "3.8" and python_full_version <= "3.12.4"',
      'python_version >= "3.9" and python_full_version < "3.12.5"',
    ],
    ['python_version >= "3.8" and python_version != "3.9"', 'python_version >= "3.8" and python_version != "3.9"'],
    ['python_version < "3.9" or python_version >= "3.10"', 'python_version != "3.9"'],
    ['python_full_version != "3.9.0"', 'python_full_version != "3.9.0"'],
    ['python_version >= "3.11" and python_version < "3.12"', 'python_version == "3.11"'],
    ['python_version < "3.9" or python_version >= "3.11"', 'python_version < "3.9" or python_version >= "3.11"'],
    ['os_name != "posix"', 'os_name != "posix"'],
    ['sys_platform not in "linux darwin"', 'sys_platform not in "linux darwin"'],
    ['"a" in extras and "b" not in dependency_groups', '"a" in extras and "b" not in dependency_groups'],
    [
      'implementation_version >= "7.3" and implementation_version < "7.4"',
      'implementation_version >= "7.3.0" and implementation_version < "7.4.0"',
    ],
    [
      'python_version >= "3.8" and sys_platform == "linux" or python_version >= "3.9" and sys_platform == "linux"',
      'python_version >= "3.8" and sys_platform == "linux"',
    ],
    [
      '(os_name == "nt" or sys_platform == "darwin") and python_version >= "3.8"',
      'python_version >= "3.8" and sys_platform == "darwin" or python_version >= "3.8" and os_name == "nt"',
    ],
    [
      '(platform_machine == "a" or platform_machine == "b" or platform_machine == "c" or platform_machine == "d") and python_version < "3.14"',
      'python_version < "3.14" and (platform_machine == "a" or platform_machine == "b" or platform_machine == "c" or platform_machine == "d")',
    ],
  ])('prints %s as %s', (text, printed) => {
    expect(formatMarkerSet(set(text))).toBe(printed);
    expect(set(printed)).toBe(set(text));
  });

  it('prints nothing for always and a marker that never holds for never', () => {
    expect(formatMarkerSet(ALWAYS)).toBeUndefined();
    expect(set(formatMarkerSet(NEVER) ?? '')).toBe(NEVER);
  });

  it('refuses a set that has no short form at all', () => {
    const clauses = Array.from({ length: 12 }, (_, i) => `("a${i}" in extras or "b${i}" in extras)`);
    expect(() => formatMarkerSet(set(clauses.join(' and ')))).toThrow(/more than 1000 alternatives/);
  });
});
