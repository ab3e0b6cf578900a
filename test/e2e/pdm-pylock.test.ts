/** pylock.toml beside real PDM and the newest `packaging`: each accepts what the other wrote, laid out alike. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publish, type Published } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { findPackaging } from '../support/packaging.ts';
import { findPdm, installedFiles, installedVersions, pdmOk } from '../support/pdm.ts';
import { testPython } from '../support/python.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { onlySource, projectText } from '../support/workspace.ts';

const pdm = findPdm();
const packaging = findPackaging();
const skipped = pdm.kind === 'absent' ? ` (skipped: ${pdm.reason})` : '';
const sandbox = new Sandbox({ PDM_LOCK_FORMAT: 'pylock' });

const CATALOGUE: readonly Published[] = [
  { name: 'alpha', version: '1.1', requires: ['beta>=1', 'delta[x]>1 ; extra == "fast"'], extras: ['fast'] },
  { name: 'beta', version: '1.5', requires: ['Gamma; sys_platform == "win32"'], requiresPython: '>=3.7, <4' },
  { name: 'Gamma', version: '1.4' },
  { name: 'delta', version: '1.2.post1', requires: ['epsilon ; extra == "x"'], extras: ['x'] },
  { name: 'epsilon', version: '1!3.0' },
];
const GROUPS = `[project.optional-dependencies]
Cfg_X = ["beta"]

[dependency-groups]
test = ["epsilon"]
`;
let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, CATALOGUE);
});

afterAll(() => server.close());

interface Shape {
  readonly dependencies: readonly string[];
  readonly more?: string;
  /** How it is locked. */
  readonly commands: readonly (readonly string[])[];
}

/** `URL` stands for the address of the index. */
const SHAPES: readonly (readonly [string, Shape])[] = [
  ['extras and groups', { dependencies: ['alpha[fast]'], more: GROUPS, commands: [['lock', '-G', ':all']] }],
  [
    'markers',
    { dependencies: ["delta; python_version < '3.12'", "epsilon; sys_platform == 'win32'"], commands: [['lock']] },
  ],
  ['an address', { dependencies: ['epsilon @ URL/files/epsilon-1%213.0-py3-none-any.whl'], commands: [['lock']] }],
  [
    'targets',
    {
      dependencies: ['delta'],
      commands: [
        ['lock', '--platform', 'linux'],
        ['lock', '--append', '--platform', 'windows', '--implementation', 'cpython'],
      ],
    },
  ],
];

/** The parts in an order of ours: PDM leaves packages in the order it found them. */
function sorted(text: string): readonly string[] {
  const [packages = '', tool = ''] = text
    .replace('created-by = "pdm"', 'created-by = "tspm"')
    .split(/^(?=\[tool\.pdm\])/m);
  const [head = '', ...tables] = packages.split(/^(?=\[\[packages\]\])/m);
  return [head, ...tables.toSorted(), tool];
}

/** How many packages the newest `packaging` finds in a pylock.toml; it throws for an invalid one. Undefined where it is not there. */
function packagesIn(project: Project): number | undefined {
  if (packaging.kind === 'absent') return undefined;
  const code =
    'import sys, tomllib\nfrom packaging.pylock import Pylock\nprint(len(Pylock.from_dict(tomllib.load(open(sys.argv[1], "rb"))).packages))';
  const options = { env: { PYTHONPATH: packaging.folder }, encoding: 'utf8' } as const;
  return Number(execFileSync(testPython(), ['-c', code, project.path('pylock.toml')], options));
}

describe.skipIf(pdm.kind === 'absent')(`pylock.toml beside PDM${skipped}`, () => {
  test.each(SHAPES)('%s: the same text, and the same tree from either lock', async (name, shape) => {
    const { dependencies, more = '', commands } = shape;
    const lines = dependencies.map((line) => line.replace('URL', server.url));
    const pyproject = projectText({ dependencies: lines, more, sources: [onlySource(server.simple)] });
    const [ours, theirs] = [sandbox.project(`${name}-t`, pyproject), sandbox.project(`${name}-p`, pyproject)];
    for (const words of commands) {
      await ours.ok(words);
      await pdmOk(pdm, theirs, words);
    }
    expect(sorted(ours.read('pylock.toml'))).toEqual(sorted(theirs.read('pylock.toml')));
    expect(packagesIn(ours)).not.toBe(0);
    const [forOurs, forTheirs] = [ours.read('pylock.toml'), theirs.read('pylock.toml')];
    ours.write('pylock.toml', forTheirs);
    theirs.write('pylock.toml', forOurs);
    await ours.ok(['lock', '--check']);
    await pdmOk(pdm, theirs, ['lock', '--check']);
    await ours.ok(['sync', '--no-self']);
    await pdmOk(pdm, theirs, ['sync', '--no-self']);
    expect(installedVersions(ours)).toEqual(installedVersions(theirs));
    expect(installedFiles(ours)).toEqual(installedFiles(theirs));
  });
});

test.skipIf(packaging.kind === 'absent')(
  'the newest packaging accepts what tspm writes, also without packages',
  async () => {
    for (const dependencies of [[], ['alpha[fast]']]) {
      const project = sandbox.project(
        `valid-${dependencies.length}`,
        projectText({ dependencies, sources: [onlySource(server.simple)] }),
      );
      await project.ok(['lock']);
      expect(packagesIn(project)).toBe(dependencies.length === 0 ? 0 : 5);
    }
  },
);
