import { describe, expect, it } from 'vitest';
import { poetrySpecifier, pythonMarker } from '../../../src/app/poetry-versions.ts';

describe('poetrySpecifier', () => {
  it.each([
    ['^2.0', '>=2.0,<3.0'],
    ['^1', '>=1,<2'],
    ['^0.2.3', '>=0.2.3,<0.3.0'],
    ['^0.0.3', '>=0.0.3,<0.0.4'],
    ['^0.0', '>=0.0,<0.1'],
    ['^0', '>=0,<1'],
    ['~1', '>=1,<2'],
    ['~1.2', '>=1.2,<1.3'],
    ['~1.2.3', '>=1.2.3,<1.3.0'],
    ['~=1.2', '~=1.2'],
    ['1.0', '==1.0'],
    ['== 1.5', '==1.5'],
    ['1.*', '==1.*'],
    ['>=1, <2', '>=1,<2'],
    ['*', ''],
  ])('%s is %s', (text, specifier) => {
    expect(poetrySpecifier(text)).toBe(specifier);
  });

  it('refuses alternatives', () => {
    expect(() => poetrySpecifier('^1 || ^2')).toThrow(expect.objectContaining({ code: 'TSPM_USAGE' }));
  });
});

it('pythonMarker says a range of Pythons as a marker', () => {
  expect(pythonMarker('^3.8')).toBe('python_version ~= "3.8"');
  expect(pythonMarker('<3.9')).toBe('python_version < "3.9"');
});
