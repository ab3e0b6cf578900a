import { describe, expect, it } from 'vitest';
import {
  formatRequirement,
  parseMetadataRequirement,
  parseRequirement,
  requirementIdentity,
} from '../../../src/packaging/requirement.ts';

const invalid = expect.objectContaining({ code: 'TSPM_INVALID_REQUIREMENT' });

describe('reading requirements', () => {
  it('gives the parts', () => {
    const requirement = parseRequirement('  Foo_Bar [B_x, a,b.X] ( >=1 , <2 ) ; os_name == "posix" ');
    expect(requirement).toMatchObject({ name: 'Foo_Bar', key: 'foo-bar', extras: ['a', 'b-x'], url: undefined });
    expect(requirement.specifier.toString()).toBe('<2,>=1');
    expect(requirement.marker?.toString()).toBe('os_name == "posix"');
  });

  it.each([
    ['name @ https://h/p;v=1', 'https://h/p;v=1', undefined],
    ['name@http://x', 'http://x', undefined],
    ['name[a]@ http://x ; os_name=="nt"', 'http://x', 'os_name == "nt"'],
    [
      'name @ file:///${PROJECT_ROOT}/libs/x ;python_version>"3"',
      'file:///${PROJECT_ROOT}/libs/x',
      'python_version > "3"',
    ],
  ])('%s has its URL', (text, url, marker) => {
    const requirement = parseRequirement(text);
    expect(requirement.url).toBe(url);
    expect(requirement.marker?.toString()).toBe(marker);
  });

  it.each([
    ['name===1.0; os_name=="posix"', 'name===1.0; os_name == "posix"'],
    ['foo>=1,<2,', 'foo<2,>=1'],
    ['name()', 'name'],
    ['name[]', 'name'],
    ['name [ ]', 'name'],
    ['name (>=1)', 'name>=1'],
    ['name (>=1,)', 'name>=1'],
    ['name._[x_]', 'name-[x_]'],
    ['name===1.0, >=0', 'name===1.0,>=0'],
    ["requests[security,socks]>=2,<3 ; python_version<'3.9'", 'requests[security,socks]<3,>=2; python_version < "3.9"'],
    ['Foo_Bar.baz >= 1.0', 'Foo-Bar-baz>=1.0'],
    ["foo @ https://x/foo-1.0.whl ; sys_platform=='win32'", 'foo @ https://x/foo-1.0.whl ; sys_platform == "win32"'],
    ['b [x] @ git+https://g.com/a/b.git@v1#subdirectory=sub', 'b[x] @ git+https://g.com/a/b.git@v1#subdirectory=sub'],
  ])('%s is written %s', (text, expected) => {
    expect(formatRequirement(parseRequirement(text))).toBe(expected);
  });

  it.each([
    '',
    'name;',
    'name>=\u001c1',
    'name>=1\u0085',
    'name._.',
    'name ; ',
    'name =>1',
    'name[a,]',
    'name[a b]',
    'name[',
    'foo>=1,,<2',
    'name(,)',
    'name (>=1',
    '-name',
    'na me',
    'name @ http://x; os_name=="posix"',
    'name @',
    'name @ http://x y',
    'name>=1\n',
    'name\n',
    'näme',
    'name 1.0',
    'name>=1.0 #x',
    'name-',
    'name[x-]',
    'name; foo == "bar"',
    'name>=1.*',
    'name==1.0==2',
  ])('rejects %j', (text) => {
    expect(() => parseRequirement(text)).toThrowError(invalid);
  });

  it('says what is wrong', () => {
    expect(() => parseRequirement('foo>1.*')).toThrowError(
      'requirement "foo>1.*" is invalid: version specifier ">1.*" can use ".*" with == and != only',
    );
  });

  it.each([
    ['name>=1\n', 'name>=1'],
    ['"foo>=1"', 'foo>=1'],
    ["foo>='1.0'", 'foo>=1.0'],
    ['foo>=1,,<2', 'foo<2,>=1'],
    ['foo (>=7.2.0<8); extra == "x"', 'foo<8,>=7.2.0; extra == "x"'],
    ['foo>=1.*; python_version >= "3.*"', 'foo>=1; python_version >= "3.*"'],
  ])('mends %j of published metadata', (text, expected) => {
    const requirement = parseMetadataRequirement(text);
    expect(() => parseRequirement(text)).toThrowError(invalid);
    const marker = requirement.marker === undefined ? '' : `; ${requirement.marker.toString()}`;
    expect(requirement.name + requirement.specifier.toString() + marker).toBe(expected);
  });

  it.each([
    ['Foo>=1', 'foo'],
    ['Foo[B,a.c]', 'foo[a-c,b]'],
  ])('%s is known as %s', (text, expected) => {
    expect(requirementIdentity(parseRequirement(text))).toBe(expected);
  });
});
