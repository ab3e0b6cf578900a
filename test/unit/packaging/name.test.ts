import { describe, expect, it } from 'vitest';
import { isValidName, normalizeName, parseName, pdmProjectName } from '../../../src/packaging/name.ts';

describe('names', () => {
  it.each([
    ['Foo__.Bar', 'foo-bar'],
    ['zope.interface', 'zope-interface'],
    ['a-_.-b', 'a-b'],
    ['Django', 'django'],
    ['foo_bár', 'foo-bár'],
  ])('normalises %j to %j', (text, expected) => {
    expect(normalizeName(text)).toBe(expected);
  });

  it('lowers ASCII letters only', () => {
    expect(normalizeName('\u212Aelvin\u0130')).toBe('\u212Aelvin\u0130');
  });

  it.each(['a', 'A1', 'a.b-c_d', '9'])('accepts %j', (text) => {
    expect(isValidName(text)).toBe(true);
    expect(parseName(text)).toBe(normalizeName(text));
  });

  it.each(['', '-a', 'a-', 'a_', 'a b', 'é', 'a\n', 'ſ'])('rejects %j', (text) => {
    expect(isValidName(text)).toBe(false);
    expect(() => parseName(text)).toThrowError(expect.objectContaining({ code: 'TSPM_INVALID_NAME' }));
  });

  it.each([
    ['Foo_Bar.baz', 'Foo-Bar-baz'],
    ['zope.interface', 'zope-interface'],
    ['a+b', 'a-b'],
  ])('writes %j as %j in requirement lines', (text, expected) => {
    expect(pdmProjectName(text)).toBe(expected);
  });
});
