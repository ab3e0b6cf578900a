/** `list`, `show`, `outdated` and `info` beside PDM: the same data on the same project, installed by the one or the other. */
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mapLimit } from '../../src/util/limit.ts';
import { publish, type Published } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { findPdm, runPdmOften } from '../support/pdm.ts';
import { type Project, type RunResult, Sandbox } from '../support/tspm.ts';
import { projectText } from '../support/workspace.ts';

const pdm = findPdm();
const skipped = pdm.kind === 'absent' ? ` (skipped: ${pdm.reason})` : '';
const sandbox = new Sandbox({ COLUMNS: '200' });

const LICENSE = { 'Alpha-1.0.dist-info/licenses/LICENSE.txt': 'Do as you like.\n' };
const HEADERS = [
  'Author: A. Uthor',
  'Author-email: a@example.org',
  'Home-page: https://example.org/alpha',
  'License: MIT',
  'Project-URL: Source, https://example.org/src',
  'Project-URL: Docs, https://example.org/docs',
  'Keywords: one,two',
  'Platform: any',
];
const CATALOGUE: readonly Published[] = [
  {
    name: 'Alpha',
    version: '1.0',
    requires: ['beta>=1', 'leaf'],
    headers: HEADERS,
    files: LICENSE,
    summary: 'The first',
  },
  { name: 'Alpha', version: '2.0', requires: ['beta>=1'], headers: HEADERS, requiresPython: '>=3.9', summary: 'First' },
  { name: 'Omega', version: '1.0', summary: 'Done' },
  { name: 'Omega', version: '2.0rc1', headers: HEADERS, summary: 'Soon' },
  { name: 'beta', version: '1.5', requires: ['gamma<2,>=1; python_version >= "3"', 'nobody; python_version < "3"'] },
  { name: 'beta', version: '1.6' },
  { name: 'gamma', version: '1.4', headers: ['License: Apache 2.0'] },
  { name: 'leaf', version: '0.1' },
  { name: 'zeta', version: '0.9b1' },
];

const MORE = `[project.optional-dependencies]
e1 = ["leaf"]

[dependency-groups]
d1 = ["zeta"]
`;
/** Commands whose standard output and status are the same. */
const QUERIES: readonly (readonly string[])[] = [
  ['list'],
  ['list', '--json'],
  ['list', '--csv', '--fields', 'name,groups,homepage,licenses,version'],
  ['list', '--fields', 'NAME,name', '--csv', 'b*'],
  ['list', '--sort', 'version,name', '--json'],
  ['list', '--markdown'],
  ['list', '--freeze'],
  ['list', '--freeze', 'al*'],
  ['list', '--tree'],
  ['list', '--tree', '--json'],
  ['list', '--tree', 'gam*'],
  ['list', '--tree', 'gamma', 'beta', '--json'],
  ['list', '--graph', '--reverse', '--json'],
  ['list', '--tree', '-r', 'leaf', '--json'],
  ['list', '--tree', '--include', 'd1'],
  ['list', '--tree', '--exclude', ':sub'],
  ['list', '--tree', '--include', ':sub'],
  ['list', '--include', 'default', '--csv'],
  ['list', '--include', 'default,d1', '--exclude', ':sub', '--csv'],
  ['list', '--include', 'd1', '--include', 'e1', '--csv'],
  ['list', '--exclude', 'default', '--csv'],
  ['list', '--exclude', 'default,e1,d1', '--csv'],
  ['list', '--include', 'nope'],
  ['list', '--fields', 'nope'],
  ['list', '--sort', 'nope'],
  ['list', '-r'],
  ['list', '--freeze', '--tree'],
  ['list', '--freeze', '--resolve'],
  ['list', '--freeze', '--include', 'd1'],
  ['list', '--tree', '--csv'],
  ['list', '--tree', '--markdown'],
  ['list', '--tree', '--sort', 'name'],
  ['list', '--csv', '--json'],
  ['show', 'nobody'],
  ['outdated'],
  ['outdated', '--json'],
  ['outdated', '--include-sub', '--json'],
  ['outdated', 'al*', '--json'],
  ['outdated', 'nope', '--json'],
  ['info', '--python'],
  ['info', '--where'],
  ['info', '--packages'],
  ['info', '--env', '--json'],
  ['list', '--resolve', '--csv', '--fields', 'name,version,groups,homepage,licenses,location'],
  ['list', '--resolve', '--tree', '--json'],
  ['list', '--resolve', '--include', 'e1', '--json'],
  ['show', 'alpha'],
  ['show', 'OMEGA'],
  ['show', 'Omega', '--keywords', '--name', '--version', '--license', '--summary', '--platform'],
  ['show', 'zeta', '--version'],
];

let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, CATALOGUE);
});

afterAll(() => server.close());

/** A library with everything locked; `installed` also has it installed. */
async function projectOf(name: string, installed: boolean): Promise<Project> {
  const project = sandbox.project(
    name,
    `[project]
name = "demo"
version = "0.1.0"
description = "A demonstration"
requires-python = ">=3.9"
license = {text = "MIT"}
keywords = ["a", "b"]
authors = [{name = "Me", email = "me@example.org"}]
dependencies = ["alpha==1.0", "beta"]
urls = {Homepage = "https://example.org"}

[[tool.pdm.source]]
name = "pypi"
url = "${server.simple}"

${MORE}`,
  );
  await project.ok(['lock', '-G', ':all']);
  if (installed) await project.ok(['sync', '--no-self']);
  return project;
}

/** Output as data: the blanks that pad PDM's tables say nothing. */
function answer(run: RunResult | undefined): string {
  return `${run?.status} ${run?.stdout.replaceAll(/ +$/gm, '').trimEnd()}`;
}

describe.skipIf(pdm.kind === 'absent')(`${QUERIES.length} queries beside PDM${skipped}`, () => {
  test.each([
    ['installed', true],
    ['locked alone', false],
  ] as const)('%s', async (name, installed) => {
    const project = await projectOf(name.replace(' ', '-'), installed);
    const theirs = await runPdmOften(
      pdm,
      sandbox,
      QUERIES.map((args) => ({ args, cwd: project.folder })),
    );
    const ours = await mapLimit(QUERIES, availableParallelism(), (query) => project.tspm(query));
    const differing = QUERIES.flatMap((query, index) => {
      const [mine, other] = [answer(ours[index]), answer(theirs[index])];
      return mine === other ? [] : [`${query.join(' ')}\n  pdm  ${other}\n  tspm ${mine} ${ours[index]?.stderr}`];
    });
    expect(differing.join('\n')).toBe('');
  });
});

test('a package of a requirement with extras is part of the tree', async () => {
  publish(server, [{ name: 'app', version: '1', requires: ['leaf; extra == "more"'], extras: ['more'] }]);
  const text = `[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["app[more]"]\n\n[tool.pdm]\ndistribution = false\n\n[[tool.pdm.source]]\nname = "pypi"\nurl = "${server.simple}"\n`;
  const project = sandbox.project('extras', text);
  await project.ok(['install']);
  expect((await project.ok(['list', '--tree'])).stdout).toBe(
    'app 1 [ required: Any ]\n└── leaf 0.1 [ required: Any ]\n',
  );
  expect((await project.ok(['list', '--include', 'default', '--csv'])).stdout).toContain('leaf,0.1');
});

test('show and outdated answer where there is no project', async () => {
  const project = sandbox.project('nothing');
  const { stdout } = await project.ok(['outdated']);
  expect(stdout).toContain('Package');
  const refused = await project.tspm(['show']);
  expect([refused.status, refused.stdout]).toEqual([1, '']);
  expect(refused.stderr).toContain('This project is not a library');
});

test('the project itself is shown as PDM shows it', async () => {
  const project = await projectOf('itself', false);
  expect((await project.ok(['show'])).stdout).toBe(
    `Name:            demo
Latest version:  0.1.0
Summary:         A demonstration
Requires Python: >=3.9
Author:
Author email:    Me <me@example.org>
License:         MIT
Homepage:
Project URLs:    Homepage: https://example.org
Platform:
Keywords:        a, b
`,
  );
  expect((await project.ok(['show', '--version', '--name'])).stdout).toBe('demo\n0.1.0\n');
});

test('a pre-release makes nothing outdated unless the project takes them', async () => {
  const text = (more: string): string =>
    projectText({ dependencies: ['omega'], sources: [{ name: 'pypi', url: server.simple }], more });
  const project = sandbox.project('pre-releases', text(''));
  await project.ok(['lock']);
  await project.ok(['sync']);
  expect((await project.ok(['outdated', '--json'])).stdout).toBe('[]\n');
  project.write('pyproject.toml', text('[tool.pdm.resolution]\nallow-prereleases = true\n'));
  expect((await project.ok(['outdated', '--json'])).stdout).toContain('"latest_version": "2.0rc1"');
});
