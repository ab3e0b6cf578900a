/** Which groups a command takes, beside PDM: the same packages selected, the same groups locked, for every kind of option. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { besidePdm, type Call, type Outcome } from '../support/beside-pdm.ts';
import { publish } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { findPdm } from '../support/pdm.ts';
import { Sandbox } from '../support/tspm.ts';

const pdm = findPdm();
const sandbox = new Sandbox();
const skipped = pdm.kind === 'absent' ? ` (skipped: ${pdm.reason})` : '';

/** One package for each group, so that what is selected tells the groups. */
const PACKAGES = ['base', 'in-e1', 'in-e2', 'in-d1', 'in-d2', 'in-old', 'shared'];

const GROUPS = `[project]
name = "demo"
version = "0.1.0"
requires-python = ">=3.9"
dependencies = ["base"]

[project.optional-dependencies]
E_1 = ["in-e1"]
e2 = ["in-e2"]

[dependency-groups]
d1 = ["in-d1", {include-group = "both"}]
D_2 = ["in-d2", {include-group = "both"}]
both = ["shared"]

[tool.pdm.dev-dependencies]
old = ["in-old"]

[tool.pdm]
distribution = false
`;

const SELECTIONS: readonly string[] = [
  '',
  '-G e-1',
  '-G E_1',
  '-G d1',
  '-G d_2',
  '-G old',
  '-G :all',
  '-G:all',
  '-G e-1 -G d1',
  '-G e-1,d1',
  '-G :all -G d1',
  '--group e2',
  '--with e2',
  '--prod',
  '--production',
  '--prod -G e-1',
  '--prod -G d1',
  '--prod -G :all',
  '-d',
  '--dev',
  '-d -G d1',
  '-d -G e-1',
  '--no-default',
  '--no-default -G e-1',
  '--no-default -G d1',
  '--no-default --prod',
  '--no-default -G :all --prod',
  '--without d1',
  '--without d1,e2',
  '--without default',
  '--without :all',
  '--without nope',
  '-d --without d1',
  '--prod --without e-1',
  '-G :all --without e-1',
  '-G d1 --without d1',
  '-G both',
  '-G default',
  '-G nope',
  '-G nope -G e-1',
  '-G ""',
  '-d --prod',
];

/** What else a command is asked for, where the options of all selections would say the same again. */
const SOME: readonly string[] = [
  '',
  '-G e-1',
  '-G d1',
  '-G :all',
  '--prod',
  '-d',
  '--no-default',
  '--without d1',
  '-G nope',
];

let server: IndexServer;
let pyproject: string;
let locks: { readonly all: string; readonly base: string };

beforeAll(async () => {
  server = await startIndexServer();
  publish(
    server,
    PACKAGES.map((name) => ({ name, version: '1.0' })),
  );
  pyproject = `${GROUPS}\n[[tool.pdm.source]]\nname = "pypi"\nurl = "${server.simple}"\n`;
  const project = sandbox.project('locks', pyproject);
  await project.ok(['lock', '--prod']);
  const base = project.read('pdm.lock');
  await project.ok(['lock', '-G', ':all']);
  locks = { all: project.read('pdm.lock'), base };
});

afterAll(() => server.close());

interface Selection extends Call {
  readonly title: string;
}

function selections(command: string, options: readonly string[], lock?: string): Selection[] {
  const files = { 'pyproject.toml': pyproject, ...(lock === undefined ? {} : { 'pdm.lock': lock }) };
  return options.map((text) => ({
    title: `${command} ${text}`,
    args: [
      ...command.split(' '),
      ...text
        .split(' ')
        .filter(Boolean)
        .map((word) => (word === '""' ? '' : word)),
    ],
    files,
  }));
}

/** The status, the packages that are selected, the groups of the lock, and what is said of groups. */
function selected({ status, stdout, stderr, project }: Outcome): unknown {
  const names = [...stdout.matchAll(/^(?: {2}- )?([a-z][a-z0-9-]+)(?: |==)1\.0/gm)]
    .flatMap((match) => match[1] ?? [])
    .toSorted();
  const groups = project.exists('pdm.lock') ? /^groups = .*$/m.exec(project.read('pdm.lock'))?.[0] : undefined;
  const said =
    /Ignoring non-existing groups: .*|Requested groups not in lockfile: [a-z0-9,-]*|--prod is not allowed with dev groups/;
  // PDM names missing groups in the order of a set, which changes from run to run.
  const words = said.exec(stderr)?.[0].split(/[ ,]/).toSorted();
  return { status, names, groups, said: words };
}

describe.skipIf(pdm.kind === 'absent')(`groups beside PDM${skipped}`, () => {
  test.each<[string, () => readonly Selection[]]>([
    [`${SELECTIONS.length} selections of sync`, () => selections('sync --dry-run --no-self', SELECTIONS, locks.all)],
    ['sync with a lock of few groups', () => selections('sync --dry-run --no-self', SOME, locks.base)],
    ['install without a lock', () => selections('install --dry-run --no-self', SOME)],
    ['lock without a lock', () => selections('lock', [...SOME, '-G d1 --prod', '--prod -G :all', '-G both'])],
    ['lock with a lock of few groups', () => selections('lock', ['', '-G e-1', '-d'], locks.base)],
    ['export', () => selections('export --no-hashes', SOME, locks.all)],
    ['update', () => selections('update --dry-run --no-self', SOME, locks.all)],
  ])('%s', async (_, calls) => {
    const outcomes = await besidePdm(pdm, sandbox, calls());
    const differing = outcomes.flatMap(({ call, ours, theirs }) => {
      const [mine, other] = [JSON.stringify(selected(ours)), JSON.stringify(selected(theirs))];
      return mine === other ? [] : [`${call.title}\n  pdm  ${other}\n  tspm ${mine}\n${ours.stderr}${theirs.stderr}`];
    });
    expect(differing.join('\n')).toBe('');
  });
});
