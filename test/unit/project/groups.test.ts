import { describe, expect, it } from 'vitest';
import { expandGroup } from '../../../src/project/group-lines.ts';
import { groupNames, requireLockedGroups, selectGroups, type GroupFlags } from '../../../src/project/groups.ts';
import { parsePyproject } from '../../../src/project/pyproject.ts';

const names = { optional: ['e1', 'e2'], dev: ['d1', 'd2'] };
const everything = ['default', 'd1', 'd2', 'e1', 'e2'];
const select = (flags: GroupFlags, locked: readonly string[] | undefined = everything) =>
  selectGroups(flags, names, locked).groups.join(' ');

describe('group selection', () => {
  it.each<[string, GroupFlags, string]>([
    ['(none)', {}, 'default d1 d2 e1 e2'],
    ['-G e1', { groups: ['e1'] }, 'default d1 d2 e1'],
    ['-G d1', { groups: ['d1'] }, 'default d1'],
    ['-G :all', { groups: [':all'] }, 'default d1 d2 e1 e2'],
    ['-G e1 -G d1', { groups: ['e1', 'd1'] }, 'default d1 e1'],
    ['-G e1,D1', { groups: ['e1,D1'] }, 'default d1 e1'],
    ['--prod', { dev: false }, 'default'],
    ['--prod -G e1', { dev: false, groups: ['e1'] }, 'default e1'],
    ['-d', { dev: true }, 'default d1 d2'],
    ['--no-default', { default: false }, 'd1 d2'],
    ['--no-default -G e1', { default: false, groups: ['e1'] }, 'd1 d2 e1'],
    ['--no-default --prod', { default: false, dev: false }, ''],
    ['--without d1', { without: ['d1'] }, 'default d2 e1 e2'],
    ['-d --without d1', { dev: true, without: ['d1'] }, 'default d2'],
    ['-G nope', { groups: ['nope'] }, 'default d1 d2'],
  ])('%s', (_, flags, expected) => {
    expect(select(flags)).toBe(expected);
  });

  it('refuses --prod with a development group', () => {
    expect(() => select({ dev: false, groups: ['d1'] })).toThrow(/--prod is not allowed with dev groups/);
  });

  it('tells which names do not exist', () => {
    expect(selectGroups({ groups: ['nope', 'e1'] }, names, undefined).unknown).toEqual(['nope']);
  });

  it('keeps the order of the lock without options, and what still exists of it', () => {
    expect(select({}, ['d2', 'default', 'gone'])).toBe('d2 default');
    expect(selectGroups({}, names, undefined).groups).toEqual(['default', 'd1', 'd2']);
  });

  it('refuses groups the lock does not have', () => {
    expect(() => requireLockedGroups(['default', 'd1'], ['default'])).toThrow('Requested groups not in lockfile: d1');
    requireLockedGroups(['d1'], undefined);
    requireLockedGroups(['default'], ['default', 'd1']);
  });
});

describe('group contents', () => {
  const project = parsePyproject(
    `[project]
name = "My.Proj"
dependencies = ["a", "-e ./x"]
[project.optional-dependencies]
Web_X = ["w", "my-proj"]
all = ["my_proj[web-x]", "z"]
lost = ["my_proj[nope]"]
[dependency-groups]
Test = ["t", {include-group = "LINT"}]
lint = ["l", "my-proj[all]"]
loop = [{include-group = "loop2"}]
loop2 = [{include-group = "loop"}]
bad = [{include = "x"}]
worse = [{include-group = "nope"}]
optional = [{include-group = "all"}]
broken = "x"
[tool.pdm.dev-dependencies]
LINT = ["-e ./tool"]
`,
    '/p',
  );
  const lines = (group: string) => expandGroup(project, group).lines;

  it('merges both tables, includes and references to the project itself', () => {
    expect(groupNames(project).optional).toEqual(['web-x', 'all', 'lost']);
    expect(expandGroup(project, 'test')).toEqual({
      lines: ['t', 'l', 'w', 'z', '-e ./tool'],
      reached: ['all', 'lint', 'test', 'web-x'],
      warnings: [],
    });
  });

  it('leaves editable lines out of the other groups and says so', () => {
    expect(expandGroup(project, 'default')).toMatchObject({
      lines: ['a'],
      warnings: [expect.stringContaining('-e ./x')],
    });
  });

  it.each([
    ['loop', /loop -> loop2 -> loop/],
    ['bad', /expected an array of strings and \{ include-group/],
    ['worse', /worse: the included group "nope" does not exist/],
    ['optional', /optional: the included group "all" does not exist/],
    ['lost', /lost: the included group "nope" does not exist/],
    ['missing', /"missing" does not exist/],
  ])('refuses %s only when it is used', (group, message) => {
    expect(() => lines(group)).toThrow(message);
  });

  it('refuses two spellings of one name and the name default', () => {
    const broken = (text: string) => () => parsePyproject(`[project]\nname = "p"\n${text}`, '/p');
    expect(broken('[dependency-groups]\na-b = []\nA_b = []\n')).toThrow(/"a-b" and "A_b" are the same group name/);
    expect(broken('[project.optional-dependencies]\nDefault = []\n')).toThrow(/"default" means/);
  });
});

it('refuses an extra that the project does not have, also among its own dependencies', () => {
  const text =
    '[project]\nname = "My.Proj"\ndependencies = ["my-proj[web]", "my_proj[nope]"]\n[project.optional-dependencies]\nWeb = []\n';
  expect(() => expandGroup(parsePyproject(text, '/p'), 'default')).toThrow(
    '[project].dependencies: the included group "nope" does not exist',
  );
});
