import { describe, expect, it } from 'vitest';
import {
  lineContext,
  putRequirements,
  removeRequirements,
  targetGroup,
} from '../../../src/project/edit-dependencies.ts';
import { parsePyproject } from '../../../src/project/pyproject.ts';
import { parseRequirementLine } from '../../../src/project/requirement-line.ts';

interface Options {
  readonly group?: string;
  readonly dev?: boolean;
}

const put = (text: string, lines: readonly string[], options: Options = {}) => {
  const project = parsePyproject(text, '/p');
  const requirements = lines.map((line) => parseRequirementLine(line, lineContext(project)));
  return putRequirements(project, targetGroup(project, options), requirements);
};
const remove = (text: string, names: readonly string[], options: Options = {}) => {
  const project = parsePyproject(text, '/p');
  return removeRequirements(project, targetGroup(project, options), names);
};

const HEAD = '[project]\nname = "p"\n';

describe('adding', () => {
  it('appends to the default group in its own style', () => {
    expect(put(`${HEAD}dependencies = []\n`, ['a', 'b>=1'])).toBe(`${HEAD}dependencies = ["a", "b>=1"]\n`);
    expect(put(HEAD, ['a'])).toBe(`${HEAD}dependencies = ["a"]\n`);
    expect(put(`${HEAD}dependencies = [\n  'x', # note\n]\n`, ['a'])).toBe(
      `${HEAD}dependencies = [\n  'x', # note\n  'a',\n]\n`,
    );
  });

  it('replaces the line of the same package or place, extras or not', () => {
    expect(put(`${HEAD}dependencies = ["Foo_Bar[x]>=1", "c"] # n\n`, ['foo.bar>=2'])).toBe(
      `${HEAD}dependencies = ["foo-bar>=2", "c"] # n\n`,
    );
    expect(put(`${HEAD}dependencies = ["https://x.org/y"]\n`, ['z @ https://x.org/y'])).toBe(
      `${HEAD}dependencies = ["z @ https://x.org/y"]\n`,
    );
    const text = `${HEAD}dependencies = ["a>=1"]\n`;
    expect(put(text, ['a>=1'])).toBe(text);
  });

  it('creates groups: optional behind [project], development ones at the end', () => {
    const text = `${HEAD}\n[tool.x]\ny = 1\n`;
    expect(put(text, ['a', 'b'], { group: 'Docs_X' })).toBe(
      `${HEAD}\n[project.optional-dependencies]\ndocs-x = [\n    "a",\n    "b",\n]\n\n[tool.x]\ny = 1\n`,
    );
    expect(put(text, ['a'], { dev: true })).toBe(`${text}\n[dependency-groups]\ndev = [\n    "a",\n]\n`);
  });

  it('writes to the group that exists, whatever -d says', () => {
    const text = `${HEAD}[project.optional-dependencies]\nWeb = ["w"]\n`;
    expect(put(text, ['a'], { group: 'web', dev: true })).toBe(
      `${HEAD}[project.optional-dependencies]\nWeb = ["w", "a"]\n`,
    );
  });

  it('keeps editable lines in the older table and moves the others out of it', () => {
    expect(put(HEAD, ['-e ./libs/a', 'b'], { dev: true })).toBe(
      `${HEAD}\n[dependency-groups]\ndev = [\n    "b",\n]\n\n[tool.pdm.dev-dependencies]\ndev = [\n    "-e file:///\${PROJECT_ROOT}/libs/a",\n]\n`,
    );
    const older = `${HEAD}\n[tool.pdm.dev-dependencies]\nDev = ["x", "-e file:///a#egg=a"]\nother = ["o"]\n`;
    expect(put(older, ['y'], { dev: true })).toBe(
      `${HEAD}\n[tool.pdm.dev-dependencies]\nDev = ["-e file:///a#egg=a"]\nother = ["o"]\n\n[dependency-groups]\nDev = [\n    "x",\n    "y",\n]\n`,
    );
    expect(put(`${HEAD}\n[tool.pdm.dev-dependencies]\ndev = ["x"]\n`, ['x>=2'], { dev: true })).toBe(
      `${HEAD}\n[dependency-groups]\ndev = [\n    "x>=2",\n]\n`,
    );
  });

  it('keeps includes where they are', () => {
    const text = `${HEAD}[dependency-groups]\ndev = [{include-group = "x"}, "a"]\nx = []\n`;
    expect(put(text, ['b'], { dev: true })).toBe(
      `${HEAD}[dependency-groups]\ndev = [{include-group = "x"}, "a", "b"]\nx = []\n`,
    );
  });

  it('refuses editables outside the development groups', () => {
    expect(() => put(HEAD, ['-e ./a'])).toThrow(/Cannot add editables to the default or optional dependency group/);
  });
});

describe('removing', () => {
  it('takes every line of the package and keeps an empty default list', () => {
    const text = `${HEAD}dependencies = [\n    "a; os_name == \\"nt\\"",\n    "b", # keep\n    "A>1",\n]\n`;
    expect(remove(text, ['a'])).toBe(`${HEAD}dependencies = [\n    "b", # keep\n]\n`);
    expect(remove(`${HEAD}dependencies = ["a"]\n`, ['A'])).toBe(`${HEAD}dependencies = []\n`);
  });

  it('removes emptied groups and tables', () => {
    expect(remove(`${HEAD}\n[dependency-groups]\ndev = ["a"]\n\n[tool.x]\n`, ['a'], { dev: true })).toBe(
      `${HEAD}\n[tool.x]\n`,
    );
    expect(
      remove(`${HEAD}\n[tool.pdm.dev-dependencies]\ndev = ["a", "b", "-e file:///c#egg=c"]\n`, ['c', 'a'], {
        dev: true,
      }),
    ).toBe(`${HEAD}\n[dependency-groups]\ndev = [\n    "b",\n]\n`);
  });

  it('refuses a name the group does not have', () => {
    expect(() => remove(`${HEAD}dependencies = ["a"]\n`, ['b'])).toThrow('b does not exist in default dependencies');
    expect(() => remove(HEAD, ['b'], { group: 'g' })).toThrow('b does not exist in g dependencies');
  });
});
