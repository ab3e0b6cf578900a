import { describe, expect, it } from 'vitest';
import {
  keysBelow,
  requirementKeys,
  syncedGroups,
  typedRequirements,
  unconstrained,
  updateStrategyOf,
  withSavedVersions,
} from '../../../src/app/dependencies.ts';
import { targetGroup } from '../../../src/project/edit-dependencies.ts';
import { parsePyproject } from '../../../src/project/pyproject.ts';
import { formatRequirementLine, type ProjectRequirement } from '../../../src/project/requirement-line.ts';

const project = parsePyproject(
  '[project]\nname = "demo"\nversion = "1"\n[project.optional-dependencies]\nweb = []\n[dependency-groups]\ntest = []\nlint = []\n',
  '/project',
);
const typed = (...lines: readonly string[]) => typedRequirements(project, lines, { cwd: '/project', env: {} });
const written = (requirements: readonly ProjectRequirement[]) =>
  requirements.map((one) => formatRequirementLine(one, { root: '/project', env: {}, style: 'pdm' }));

it('keysBelow follows requirement lines, in circles too', () => {
  const packages = [
    { key: 'top', dependencies: ['Mid.Dle>=1; os_name == "nt"'] },
    { key: 'top', dependencies: ['extra-leaf', 'top==1'] },
    { key: 'mid-dle', dependencies: ['leaf', 'top', 'nowhere'] },
    { key: 'leaf', dependencies: [] },
    { key: 'other', dependencies: ['leaf', 'more'] },
  ];
  expect([...keysBelow(['top'], packages)].sort()).toEqual(['extra-leaf', 'leaf', 'mid-dle', 'nowhere', 'top']);
});

describe('withSavedVersions', () => {
  it('writes a version only where none was typed and one was found', () => {
    const requirements = typed('alpha', 'beta<3', 'gamma[x]; python_version < "3.12"', 'unknown');
    const versions = new Map([
      ['alpha', '1.2.3'],
      ['beta', '2.5'],
      ['gamma', '4.0+cpu'],
    ]);
    expect(written(withSavedVersions(requirements, versions, 'minimum'))).toEqual([
      'alpha>=1.2.3',
      'beta<3',
      'gamma[x]>=4.0; python_version < "3.12"',
      'unknown',
    ]);
  });

  it('leaves places as they are', () => {
    const places = typed('alpha @ https://example.org/alpha-1-py3-none-any.whl');
    expect(withSavedVersions(places, new Map([['alpha', '1']]), 'exact')).toEqual(places);
  });
});

it('unconstrained drops versions and keeps extras and markers', () => {
  expect(written(unconstrained(typed('alpha[x]<2; os_name == "nt"')))).toEqual(['alpha[x]; os_name == "nt"']);
});

it('requirementKeys normalises names', () => {
  expect(requirementKeys(typed('Al.Pha', 'be_ta>1'))).toEqual(['al-pha', 'be-ta']);
});

describe('syncedGroups', () => {
  it.each([
    ['default', ['default', 'test']],
    ['web', ['web', 'test']],
    ['test', ['test']],
  ])('%s: with the locked development groups, unless it is one', (group, expected) => {
    expect(syncedGroups(project, targetGroup(project, { group }), ['default', 'test', 'web'])).toEqual(expected);
  });
});

it('updateStrategyOf refuses words that are none', () => {
  expect(updateStrategyOf('eager')).toBe('eager');
  expect(() => updateStrategyOf('Eager')).toThrow(/"Eager" is none of reuse, eager/);
});
