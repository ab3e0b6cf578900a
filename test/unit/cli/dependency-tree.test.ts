import { describe, expect, it } from 'vitest';
import type { InstalledPackage } from '../../../src/app/list.ts';
import { dependencyData, dependencyTrees } from '../../../src/cli/dependency-tree.ts';
import { renderTrees } from '../../../src/cli/render.ts';
import { parseRequirement } from '../../../src/packaging/requirement.ts';

function installed(key: string, ...requires: readonly string[]): InstalledPackage {
  return {
    key,
    name: key,
    version: '1',
    location: '',
    groups: [],
    homepage: '',
    licenses: '',
    directUrl: undefined,
    requires: requires.map((line) => parseRequirement(line)),
  };
}

const packages = [installed('app', 'lib>=1', 'gone'), installed('lib', 'leaf'), installed('leaf'), installed('alone')];

function text(request: Partial<Parameters<typeof dependencyTrees>[0]>): string {
  return renderTrees(dependencyTrees({ packages, patterns: [], reverse: false, ...request }));
}

describe('dependencyTrees', () => {
  it('draws what each package requires, also what is not installed', () => {
    expect(text({})).toBe(`alone 1
app 1
├── gone [ not installed ] [ required: Any ]
└── lib 1 [ required: >=1 ]
    └── leaf 1 [ required: Any ]
`);
  });

  it('draws upside down what requires a package', () => {
    expect(text({ reverse: true })).toBe(`alone 1
gone [ not installed ]
└── app 1 [ required: Any ]
leaf 1
└── lib 1 [ required: Any ]
    └── app 1 [ required: >=1 ]
`);
  });

  it('keeps the branches that lead to a match', () => {
    expect(text({ patterns: ['LE*'] })).toBe('app 1\n└── lib 1 [ required: >=1 ]\n    └── leaf 1 [ required: Any ]\n');
  });

  it('ends where packages require each other', () => {
    const circle = [installed('top', 'a'), installed('a', 'b'), installed('b', 'a')];
    expect(text({ packages: circle })).toBe(
      'top 1\n└── a 1 [ required: Any ]\n    └── b 1 [ required: Any ]\n        └── a 1 [circular]\n',
    );
  });
});

it('dependencyData has the keys of each direction', () => {
  const pair = [installed('app', 'lib>=1'), installed('lib')];
  expect(dependencyData({ packages: pair, patterns: [], reverse: false })).toEqual([
    {
      package: 'app',
      version: '1',
      required: '',
      dependencies: [{ package: 'lib', version: '1', required: '>=1', dependencies: [] }],
    },
  ]);
  expect(dependencyData({ packages: pair, patterns: [], reverse: true })).toEqual([
    {
      package: 'lib',
      version: '1',
      requires: '',
      dependents: [{ package: 'app', version: '1', requires: '>=1', dependents: [] }],
    },
  ]);
});
