import { describe, expect, it } from 'vitest';
import { expandDependencyGroups } from '../../../src/packaging/dependency-groups.ts';

describe('expandDependencyGroups', () => {
  it('puts included groups in place and keeps repetitions', () => {
    const groups = { 'a-B': ['one', 'two'], all: ['zero', { 'include-group': 'A.b' }, 'one'] };
    expect(expandDependencyGroups(groups, 'ALL')).toEqual(['zero', 'one', 'two', 'one']);
  });

  it('lets a broken group be that nobody asks for', () => {
    expect(expandDependencyGroups({ broken: 'text', fine: ['a'] }, 'fine')).toEqual(['a']);
  });

  it.each([
    [{ a: [] }, 'b', 'dependency group b does not exist'],
    [{ a: [{ 'include-group': 'b' }] }, 'a', 'dependency group b included by a does not exist'],
    [
      { a: [{ 'include-group': 'b' }], b: [{ 'include-group': 'a' }] },
      'a',
      'dependency groups include each other: a -> b -> a',
    ],
    [{ a: 'pytest' }, 'a', 'dependency group a must be an array'],
    [{ a: [{ 'include-group': 'b', x: 1 }], b: [] }, 'a', 'expected a requirement or {include-group = "name"}'],
    [{ a: [3] }, 'a', 'dependency group a has the item 3'],
    [{ Test: [], test: [] }, 'test', 'dependency groups Test and test have the same name'],
    [{}, 'constructor', 'dependency group constructor does not exist'],
  ])('refuses %j', (groups, name, message) => {
    expect(() => expandDependencyGroups(groups, name)).toThrow(
      expect.objectContaining({ code: 'TSPM_INVALID_GROUP', message: expect.stringContaining(message) }),
    );
  });
});
