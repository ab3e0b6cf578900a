import { describe, expect, it } from 'vitest';
import { parseMarker, type MarkerContext } from '../../../src/packaging/marker.ts';

const LINUX = {
  implementation_name: 'cpython',
  implementation_version: '3.11.9',
  os_name: 'posix',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  platform_release: '5.15.0-91-generic',
  platform_system: 'Linux',
  platform_version: '#101-Ubuntu SMP',
  python_full_version: '3.11.9',
  python_version: '3.11',
  sys_platform: 'linux',
};

function evaluated(text: string, changes: Readonly<Record<string, string>> = {}, context: MarkerContext = {}): boolean {
  return parseMarker(text).evaluate({ ...LINUX, ...changes }, context);
}

describe('parseMarker', () => {
  it.each([
    ["python_version<'3.9'", 'python_version < "3.9"'],
    ["os.name=='nt'or(sys.platform!='win32')", 'os_name == "nt" or sys_platform != "win32"'],
    ["python_implementation == 'CPython'", 'platform_python_implementation == "CPython"'],
    ["'linux'  not \t in sys_platform", '"linux" not in sys_platform'],
    [
      "os_name == 'a' and (os_name == 'b' or (os_name == 'c'))",
      'os_name == "a" and (os_name == "b" or os_name == "c")',
    ],
    ["(os_name == 'a' and os_name == 'b') or os_name == 'c'", 'os_name == "a" and os_name == "b" or os_name == "c"'],
    [`os_name == 'a"b'`, `os_name == 'a"b'`],
    [String.raw`os_name == "po\x73ix\q"`, String.raw`os_name == "posix\\q"`],
    ["extra == 'Foo_Bar'", 'extra == "foo-bar"'],
  ])('prints %s as %s', (input, printed) => {
    expect(parseMarker(input).toString()).toBe(printed);
  });

  it.each([
    ['', 'a marker variable or a quoted text at character 1'],
    ['"3.8" < python_version < "3.12"', 'the end, "and" or "or" at character 24'],
    ['sys_platform == linux', 'a marker variable or a quoted text at character 17'],
    ['os_name notin "a"', 'not in at character 9'],
    ['(os_name == "a"', '")", "and" or "or" at character 16'],
    ['os_name == "a" and', 'a marker variable or a quoted text at character 19'],
    [String.raw`os_name == "\"or os_name == 'x'`, 'a text without line ends and broken escapes'],
    ['not os_name == "a"', 'a marker variable or a quoted text at character 1'],
  ])('refuses %s and says where', (text, place) => {
    expect(() => parseMarker(text)).toThrow(
      expect.objectContaining({ code: 'TSPM_INVALID_MARKER', message: expect.stringContaining(place) }),
    );
  });

  it('refuses nesting that would exhaust the stack', () => {
    const deep = `${'('.repeat(50_000)}os_name == "a"${')'.repeat(50_000)}`;
    expect(() => parseMarker(deep)).toThrow(/at most 200 nested parentheses/);
  });
});

describe('Marker.evaluate', () => {
  it.each([
    ['python_version in "3.10, 3.11"', true],
    ['python_version in "3.1"', false],
    ['"3.1" in python_version', true],
    ['python_version == "3.11.7"', false],
    ['python_version < "3.11.0"', false],
    ['python_version <= "3.11.4"', true],
    ['python_version > "3.11"', false],
    ['python_version == "3.11.*"', true],
    ['python_version ~= "3.8"', true],
    ['python_version === "3.11"', true],
    ['python_version >= "3.x"', false],
    ['python_version ~= "3"', false],
    ['sys_platform > "darwin"', false],
    ['sys_platform >= "linux"', true],
    ['platform_release >= "5"', false],
    ['platform_machine == "X86_64"', false],
    ['extra != "test"', true],
    ['extra == ""', true],
    ['os_name == "posix" or os_name == "a" and os_name == "b"', true],
    ['os_name == "posix" or os_name ~= "p"', false],
    ['python_version === "3.11,3.12" or os_name == "posix"', true],
  ])('%s on CPython 3.11.9 for Linux is %s', (text, expected) => {
    expect(evaluated(text)).toBe(expected);
  });

  it('compares with pre-releases of the interpreter as versions', () => {
    const candidate = { python_full_version: '3.13.0rc1' };
    expect([
      evaluated('python_full_version >= "3.13"', candidate),
      evaluated('python_full_version < "3.13"', candidate),
    ]).toEqual([false, false]);
    expect(evaluated('implementation_version >= "3.13.0a3"', { implementation_version: '3.13.0b1' })).toBe(true);
    expect(evaluated('python_full_version >= "3.15"', { python_full_version: '3.15.0+' })).toBe(true);
  });

  it('compares releases of the system as versions only where they are', () => {
    expect(evaluated('platform_release >= "20.0"', { platform_release: '22.6.0' })).toBe(true);
  });

  it('compares names of extras and groups normalised', () => {
    expect(evaluated('extra == "Foo_Bar"', {}, { extra: 'foo.bar' })).toBe(true);
    expect(evaluated('"Foo_Bar" in extras', {}, { extras: ['foo-bar'] })).toBe(true);
    expect(evaluated('"x" not in dependency_groups', {}, { dependencyGroups: ['y'] })).toBe(true);
  });

  it('holds for a set of extras when it does for none or for one of them', () => {
    const extras = new Set(['a', 'B_c']);
    expect(evaluated('extra == "b.c"', {}, { extras })).toBe(true);
    expect(evaluated('extra != "a"', {}, { extras: ['a'] })).toBe(true);
    expect(evaluated('extra == "a" and extra == "b-c"', {}, { extras })).toBe(false);
    expect(evaluated('extra == "d" or os_name ~= "p"', {}, { extras })).toBe(false);
    expect(evaluated('extra == "b-c"', {}, { extra: 'a', extras })).toBe(false);
  });

  it('finds no text equal to a set of names', () => {
    const texts = ['==', '!=', '<', '<=', '>', '>=', '~=', '==='].map((operator) => `"a" ${operator} extras`);
    const values = texts.map((text) => evaluated(text, {}, { extras: ['a'] }));
    expect(values).toEqual([false, true, false, false, false, false, false, false]);
  });

  it('refuses variables without a value', () => {
    for (const text of ['"a" in extras', '"a" in dependency_groups']) {
      expect(() => evaluated(text)).toThrow(expect.objectContaining({ code: 'TSPM_INVALID_MARKER' }));
    }
    expect(() => parseMarker('os_name == "a"').evaluate({})).toThrow('marker variable os_name has no value here');
  });
});
