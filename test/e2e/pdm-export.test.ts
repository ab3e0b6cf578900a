/** `tspm export` beside real PDM: the same text to the last byte, on real projects and on ones of special shapes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mapLimit } from '../../src/util/limit.ts';
import { publish, type Published } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { INTEROP_MISSING, interopProjects } from '../support/interop.ts';
import { findPdm, pdmOk, runPdmOften } from '../support/pdm.ts';
import { type Project, type RunResult, Sandbox } from '../support/tspm.ts';
import { buildWheel } from '../support/wheel.ts';
import { projectText } from '../support/workspace.ts';

const projects = interopProjects();
const pdm = findPdm();
const skipped = pdm.kind === 'absent' ? ` (skipped: ${pdm.reason})` : '';
const sandbox = new Sandbox({ INDEX_USER: 'user', INDEX_PASSWORD: 'pa ss', TOKEN: 'to+ken' });

const BETA = ['Gamma; sys_platform == "win32"'];
const CATALOGUE: readonly Published[] = [
  { name: 'alpha', version: '1.1', requires: ['beta>=1', 'delta[x]>1 ; extra == "fast"'], extras: ['fast'] },
  { name: 'beta', version: '1.5', tag: 'cp312-cp312-manylinux_2_17_x86_64', purelib: false, requires: BETA },
  { name: 'beta', version: '1.5', tag: 'cp312-cp312-win_amd64', purelib: false, requires: BETA },
  { name: 'beta', version: '1.5', requires: BETA },
  { name: 'Gamma', version: '1.4', requiresPython: '>=3.9' },
  { name: 'delta', version: '1.2.post1', requires: ['epsilon ; extra == "x"'], extras: ['x'] },
  { name: 'epsilon', version: '1!3.0' },
  { name: 'zeta', version: '0.1', requires: ['alpha[fast]<2'], requiresPython: '>=3.7,!=3.8.*' },
];
const GROUPS = `[project.optional-dependencies]
Cfg_X = ["gamma; python_version < '3.12'", "alpha"]

[dependency-groups]
test = ["epsilon", "zeta", "Zeta>=0"]
`;
/** Options of `export -f requirements`, each tried on every project. */
const OPTIONS: readonly (readonly string[])[] = [
  [],
  ['--no-hashes'],
  ['--without-hashes', '-G', ':all'],
  ['--no-hashes', '--prod', '--no-extras'],
  ['--no-hashes', '--no-markers'],
  ['--no-hashes', '--no-default', '--expandvars'],
  ['--no-hashes', '--self'],
  ['--no-hashes', '--editable-self', '--prod'],
  ['--pyproject', '-G', ':all'],
  ['--pyproject', '--expandvars'],
];
/** Projects whose extras name extras of their own that name others: PDM follows one step of them with `--pyproject`. */
const NESTED: ReadonlySet<string> = new Set(['pdm-project__pdm', 'pdm-project__pdm--lock4.4.2']);
let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, CATALOGUE);
});

afterAll(() => server.close());

interface Case {
  readonly project: Project;
  readonly options: readonly (readonly string[])[];
}

/** What both tools print for the options of each case; in place of an error only that there was one. */
async function exported(cases: readonly Case[]) {
  const runs = cases.flatMap(({ project, options }) =>
    options.map((words) => ['export', '-p', project.folder, ...words]),
  );
  const theirs = await runPdmOften(pdm, sandbox, runs);
  return mapLimit(cases, availableParallelism(), async ({ project, options }, place) => {
    const first = cases.slice(0, place).flatMap((before) => before.options).length;
    const answers = theirs.slice(first, first + options.length);
    const ours: RunResult[] = [];
    for (const words of options) ours.push(await project.tspm(['export', ...words]));
    return { ours: tabled(options, ours), theirs: tabled(options, answers) };
  });
}

async function exportedBy(project: Project, options: Case['options']) {
  const [answer] = await exported([{ project, options }]);
  if (answer === undefined) throw new Error('no answer');
  return answer;
}

function tabled(options: readonly (readonly string[])[], results: readonly RunResult[]): Record<string, string> {
  const texts = results.map(({ status, stdout }) => (status === 0 ? stdout : 'refused'));
  return Object.fromEntries(options.map((words, place) => [words.join(' '), texts[place] ?? '']));
}

/** PDM writes `/a/b/../c` for what lies beside the project. */
function withoutWayBack(text: string): string {
  return text.replaceAll(/\/[^/\n]+\/\.\.(?=\/)/g, '');
}

async function locked(name: string, pyproject: string): Promise<Project> {
  const project = sandbox.project(name, pyproject);
  mkdirSync(project.path('wheel house'));
  const { filename, bytes } = buildWheel({ name: 'local', version: '1.0' });
  writeFileSync(project.path('wheel house', filename), bytes);
  await project.ok(['lock', '-G', ':all']);
  return project;
}

const sourceTables = () => [
  { name: 'pypi', url: server.simple.replace('//', '//${INDEX_USER}:${INDEX_PASSWORD}@') },
  { name: 'more', url: `${server.simple}/`, username: 'joe', password: 'secret' },
];

describe.skipIf(pdm.kind === 'absent')(`export beside PDM${skipped}`, () => {
  test.skipIf(projects.length === 0)(
    `real projects${projects.length === 0 ? ` (skipped: ${INTEROP_MISSING})` : ''}`,
    async () => {
      const cases = projects.map(({ name, pyproject, lock }) => {
        const project = sandbox.project(name, pyproject);
        project.write('pdm.lock', lock);
        return {
          project,
          options: [[], ['--no-hashes', '-G', ':all'], ...(NESTED.has(name) ? [] : [['--pyproject']])],
        };
      });
      const answers = await exported(cases);
      let printed = 0;
      for (const [place, { ours, theirs }] of answers.entries()) {
        const name = projects[place]?.name;
        for (const [words, text] of Object.entries(theirs)) theirs[words] = withoutWayBack(text);
        expect({ name, texts: ours }).toEqual({ name, texts: theirs });
        printed += Object.values(ours).filter((text) => text !== 'refused').length;
      }
      expect(printed).toBeGreaterThan(projects.length);
    },
  );

  test('extras, markers, groups, an epoch, a local wheel, an address with a variable, sources with secrets', async () => {
    const { filename } = buildWheel({ name: 'epsilon', version: '1!3.0' });
    const project = await locked(
      'shapes',
      projectText({
        dependencies: [
          'zeta',
          "alpha; sys_platform == 'linux' or python_version < '3.11'",
          'local @ file:///${PROJECT_ROOT}/wheel%20house/local-1.0-py3-none-any.whl',
          `epsilon @ ${server.url.replace('//', '//u:${TOKEN}@')}/files/${filename}`,
        ],
        sources: sourceTables(),
        more: GROUPS,
      }),
    );
    const { ours, theirs } = await exportedBy(project, OPTIONS);
    expect(ours).toEqual(theirs);
    expect(Object.values(ours).filter((text) => text !== 'refused')).toHaveLength(8);
    expect(ours['']).toContain('${INDEX_PASSWORD}');
    expect(Object.values(ours).join('')).not.toContain('secret');
  });

  test('a distribution, and links of which the host is trusted', async () => {
    const text = projectText({ dependencies: ['beta'], sources: [{ name: 'pypi', url: server.simple }], more: GROUPS });
    const links = `\n[[tool.pdm.source]]\nname = "links"\nurl = "${server.url}/links/"\ntype = "find_links"\nverify_ssl = false\n`;
    server.put('/links/', '<html></html>', { 'content-type': 'text/html' });
    const project = await locked('links', text.replace('distribution = false', 'distribution = true') + links);
    const { ours, theirs } = await exportedBy(project, OPTIONS);
    expect(ours).toEqual(theirs);
    expect(ours['--no-hashes --editable-self --prod']).toMatch(
      /^-e \. {2}# this package\n(?:.*\n)*--find-links .*\n--trusted-host 127/m,
    );
  });

  test('a pylock.toml as the lock', async () => {
    const project = await locked(
      'pylock',
      projectText({ dependencies: ['zeta'], sources: sourceTables(), more: GROUPS }),
    );
    await project.ok(['export', '-f', 'pylock', '-o', 'pylock.toml']);
    project.write('pdm.toml', '[lock]\nformat = "pylock"\n');
    const { ours, theirs } = await exportedBy(project, [['--no-hashes'], ['--no-hashes', '--prod'], ['-G', 'cfg-x']]);
    expect(ours).toEqual(theirs);
  });

  test('-f pylock: the same but for the name of the tool', async () => {
    const source = [{ name: 'pypi', url: server.simple }];
    // PDM spells a marker with several groups in ways of its own.
    const more = GROUPS.replace("; python_version < '3.12'", '');
    const project = await locked('as-pylock', projectText({ dependencies: ['zeta'], sources: source, more }));
    const options = [[], ['--prod'], ['-G', ':all'], ['--no-default'], ['--no-hashes']].map((words) => [
      '-f',
      'pylock',
      ...words,
    ]);
    const { ours, theirs } = await exportedBy(project, options);
    const asTheirs = Object.entries(ours).map(([words, text]) => [
      words,
      text.replace('created-by = "tspm"', 'created-by = "pdm"'),
    ]);
    expect(Object.fromEntries(asTheirs)).toEqual(theirs);
    const { stdout } = await pdmOk(pdm, project, ['export', '-f', 'pylock']);
    await project.ok(['export', '-f', 'pylock', '-o', 'out.toml']);
    expect(`${project.read('out.toml')}\n`).toBe(stdout.replace('created-by = "pdm"', 'created-by = "tspm"'));
  });
});
