import { describe, expect, it } from 'vitest';
import { parseVersion } from '../../../src/packaging/version.ts';
import { savedSpecifier, saveStrategyOf, type SaveStrategy } from '../../../src/project/save-strategy.ts';

describe('saved specifiers', () => {
  it.each<[SaveStrategy, string, string]>([
    ['minimum', '2.21.0', '>=2.21.0'],
    ['minimum', '5', '>=5'],
    ['minimum', '1.0b2', '>=1.0b2'],
    ['minimum', '1.2.post1', '>=1.2.post1'],
    ['minimum', '2.4.1+cu121', '>=2.4.1'],
    ['compatible', '2.21.0', '~=2.21'],
    ['compatible', '5', '~=5.0'],
    ['compatible', '1.0b2', '<2,>=1.0b2'],
    ['compatible', '1.0.dev3', '<2,>=1.0.dev3'],
    ['compatible', '1.2.post1', '~=1.2'],
    ['compatible', '1!2.3.4', '~=1!2.3'],
    ['safe_compatible', '2.21.0', '~=2.21.0'],
    ['safe_compatible', '5', '~=5.0'],
    ['safe_compatible', '1.0b2', '<2,>=1.0b2'],
    ['safe_compatible', '1.2.post1', '~=1.2.post1'],
    ['exact', '2.21.0', '==2.21.0'],
    ['exact', '2.4.1+cu121', '==2.4.1'],
    ['wildcard', '2.21.0', ''],
  ])('%s of %s is %j', (strategy, version, expected) => {
    expect(savedSpecifier(strategy, parseVersion(version))).toBe(expected);
  });

  it('takes unknown words for wildcard', () => {
    expect(saveStrategyOf('compatible')).toBe('compatible');
    expect(saveStrategyOf('none')).toBe('wildcard');
  });
});
