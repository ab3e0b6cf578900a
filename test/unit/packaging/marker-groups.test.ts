import { describe, expect, it } from 'vitest';
import { settleGroups, withGroups, type GroupName } from '../../../src/packaging/marker-groups.ts';
import { parseMarker } from '../../../src/packaging/marker.ts';

const settled = (text: string, extras: readonly string[], dependencyGroups: readonly string[]) => {
  const left = settleGroups(parseMarker(text), { extras, dependencyGroups });
  return typeof left === 'boolean' ? left : left.toString();
};

describe('settleGroups', () => {
  it.each([
    ['"dev" in dependency_groups', [], ['dev'], true],
    ['"dev" in dependency_groups', ['dev'], [], false],
    ['"dev" not in dependency_groups', [], [], true],
    ['"Fast_One" in extras', ['fast-one'], [], true],
    ['os_name == "nt" and "x" in extras', ['x'], [], 'os_name == "nt"'],
    ['os_name == "nt" and "x" in extras', [], [], false],
    ['os_name == "nt" or "x" in extras', ['x'], [], true],
    ['os_name == "nt" or "x" in extras', [], [], 'os_name == "nt"'],
    [
      '("x" in extras or "g" in dependency_groups) and (os_name == "nt" or python_version < "3.12")',
      [],
      ['g'],
      'os_name == "nt" or python_version < "3.12"',
    ],
    [
      'python_version < "3.12" and ("x" in extras or os_name == "nt" and python_version > "3")',
      [],
      [],
      'python_version < "3.12" and os_name == "nt" and python_version > "3"',
    ],
    ['os_name == "nt"', ['x'], ['g'], 'os_name == "nt"'],
  ])('%s with extras %j and groups %j leaves %j', (text, extras, groups, left) => {
    expect(settled(text, extras, groups)).toBe(left);
  });
});

describe('withGroups', () => {
  const DEFAULT: GroupName = { name: 'default', variable: 'dependency_groups' };
  const EXTRA: GroupName = { name: 'x', variable: 'extras' };
  const both = [DEFAULT, EXTRA];

  it.each([
    [undefined, [DEFAULT], '"default" in dependency_groups'],
    [undefined, both, '"default" in dependency_groups or "x" in extras'],
    ['os_name == "nt"', [DEFAULT], 'os_name == "nt" and "default" in dependency_groups'],
    [
      'os_name == "nt" or python_version < "3.12"',
      [DEFAULT],
      'os_name == "nt" and "default" in dependency_groups or python_version < "3.12" and "default" in dependency_groups',
    ],
    [
      'os_name == "nt"',
      both,
      '"default" in dependency_groups and os_name == "nt" or "x" in extras and os_name == "nt"',
    ],
    [
      'os_name == "nt" and python_version < "3.12"',
      both,
      'os_name == "nt" and python_version < "3.12" and "default" in dependency_groups or os_name == "nt" and python_version < "3.12" and "x" in extras',
    ],
    [
      'os_name == "nt" or python_version < "3.12"',
      both,
      '"default" in dependency_groups and (os_name == "nt" or python_version < "3.12") or "x" in extras and (os_name == "nt" or python_version < "3.12")',
    ],
  ])('%s for %j is spelt as PDM spells it', (text, groups, spelt) => {
    expect(withGroups(text === undefined ? undefined : parseMarker(text), groups).toString()).toBe(spelt);
  });

  it('is undone by choosing one of the groups', () => {
    for (const text of ['os_name == "nt" or python_version < "3.12"', 'os_name == "nt"']) {
      const whole = withGroups(parseMarker(text), both).toString();
      expect(settled(whole, ['x'], [])).toBe(text);
      expect(settled(whole, [], ['other'])).toBe(false);
    }
  });
});
