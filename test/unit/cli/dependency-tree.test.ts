import { describe, expect, it } from 'vitest';
import type { ListedPackage } from '../../../src/app/listed-package.ts';
import { dependencyData, dependencyTrees, type DependencyTreeRequest } from '../../../src/cli/dependency-tree.ts';
import { renderTrees } from '../../../src/cli/render.ts';
import { parseRequirement } from '../../../src/packaging/requirement.ts';

function installed(key: string, ...requires: readonly string[]): ListedPackage {
  return {
    key,
    name: key,
    version: '1',
    location: '',
    groups: [],
    homepage: '',
    licenses: '',
    directUrl: undefined,
    distInfo: undefined,
    requires: requires.map((line) => parseRequirement(line)),
  };
}

const packages = [installed('app', 'lib>=1', 'gone'), installed('lib', 'leaf'), installed('leaf'), installed('alone')];

const whole: DependencyTreeRequest = {
  packages,
  patterns: [],
  reverse: false,
  required: new Map([['app', '>=1']]),
  withSub: true,
};

function text(request: Partial<DependencyTreeRequest>): string {
  return renderTrees(dependencyTrees({ ...whole, ...request }));
}

describe('dependencyTrees', () => {
  it('draws what each package requires, also what is not installed', () => {
    expect(text({})).toBe(`alone 1 [ Not required ]
app 1 [ required: >=1 ]
├── gone [ not installed ] [ required: Any ]
└── lib 1 [ required: >=1 ]
    └── leaf 1 [ required: Any ]
`);
  });

  it('draws upside down what requires a package', () => {
    expect(text({ reverse: true })).toBe(`alone 1
gone [ not installed ]
└── app 1 [ requires: Any ]
leaf 1
└── lib 1 [ requires: Any ]
    └── app 1 [ requires: >=1 ]
`);
  });

  it('begins at what matches and draws all that is below it', () => {
    expect(text({ patterns: ['LI*'] })).toBe('lib 1 [ required: >=1 ]\n└── leaf 1 [ required: Any ]\n');
    expect(text({ patterns: ['leaf', 'lib'] })).toBe('lib 1 [ required: >=1 ]\n└── leaf 1 [ required: Any ]\n');
    expect(text({ patterns: ['lib'], reverse: true })).toBe('lib 1\n└── app 1 [ requires: >=1 ]\n');
  });

  it('draws only what the project asks for without what hangs below', () => {
    expect(text({ withSub: false, packages: packages.slice(0, 1) })).toBe('app 1 [ required: >=1 ]\n');
  });

  it('ends where packages require each other', () => {
    const circle = [installed('top', 'a'), installed('a', 'b'), installed('b', 'a')];
    expect(text({ packages: circle })).toBe(
      'top 1 [ Not required ]\n└── a 1 [ required: Any ]\n    └── b 1 [ required: Any ]\n        └── a 1 [circular]\n',
    );
  });
});

it('dependencyData has the keys of each direction', () => {
  const pair = [installed('app', 'lib>=1'), installed('lib')];
  expect(dependencyData({ ...whole, packages: pair })).toEqual([
    {
      package: 'app',
      version: '1',
      required: '>=1',
      dependencies: [{ package: 'lib', version: '1', required: '>=1', dependencies: [] }],
    },
  ]);
  expect(dependencyData({ ...whole, packages: pair, reverse: true })).toEqual([
    {
      package: 'lib',
      version: '1',
      requires: null,
      dependents: [{ package: 'app', version: '1', requires: '>=1', dependents: [] }],
    },
  ]);
});
