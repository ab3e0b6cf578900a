/** `--json`: standard output is one JSON object, whatever happens; its proofs are checked against what the index really serves. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish, type Published } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { proofFaults, type Truth } from '../support/proof-checker.ts';
import { sentenceFaults } from '../support/sentence-checker.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { onlySource, projectText, stateOf } from '../support/workspace.ts';

const CATALOGUE: readonly Published[] = [
  { name: 'tool', version: '1.0', requires: ['shared<2', 'helper>=1'] },
  { name: 'tool', version: '1.1', requires: ['shared<2'] },
  { name: 'other', version: '5.0', requires: ['shared>=2'] },
  { name: 'shared', version: '1.4' },
  { name: 'shared', version: '2.0' },
  { name: 'helper', version: '1.0', requires: ['nowhere>=3'] },
  { name: 'newer', version: '1.0', requiresPython: '>=3.98' },
  { name: 'newer', version: '2.0', requiresPython: '>=3.99', requires: ['shared'] },
  { name: 'gone', version: '1.0', listing: { yanked: 'broken build' } },
  { name: 'foreign', version: '1.0', tag: 'cp27-cp27m-win32' },
];

const sandbox = new Sandbox();
let server: IndexServer;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, CATALOGUE);
});

afterAll(() => server.close());

test.each([
  [['tool', 'other'], 'TSPM_RESOLUTION_FAILED'],
  [['helper'], 'TSPM_PACKAGE_NOT_FOUND'],
  [['newer'], 'TSPM_RESOLUTION_FAILED'],
  [['gone'], 'TSPM_RESOLUTION_FAILED'],
  [['foreign'], 'TSPM_RESOLUTION_FAILED'],
  [['shared>=2', 'tool>1.0'], 'TSPM_RESOLUTION_FAILED'],
])('lock --json of %j: %s, with a proof that holds', async (dependencies, code) => {
  const project = newProject(dependencies);
  const before = stateOf(project);
  const { version, error } = await refusal(project, ['lock', '--json']);
  expect([version, error.code]).toEqual([1, code]);
  expect(error.message).toMatch(/^Unable to find a resolution for /);
  const { proof, explanation, hints, missing } = error.context;
  const truth = truthOf(dependencies);
  const sentences = explanation.filter((line) => !line.startsWith('Hint: '));
  expect([...proofFaults(proof, truth), ...sentenceFaults(sentences.join('\n'), truth)]).toEqual([]);
  expect(hints.map(({ text }) => `Hint: ${text}`)).toEqual(explanation.slice(sentences.length));
  expect(missing).toEqual(code === 'TSPM_PACKAGE_NOT_FOUND' ? ['nowhere'] : []);
  expect(stateOf(project)).toEqual(before);
});

test('add, update, install and remove report the same way, and still explain themselves to people', async () => {
  const clash = newProject(['tool', 'other']);
  for (const args of [
    ['add', 'shared', '--json'],
    ['update', '--json'],
    ['install', '--json'],
  ]) {
    const { error } = await refusal(clash, args);
    expect({ args, code: error.code }).toEqual({ args, code: 'TSPM_RESOLUTION_FAILED' });
  }
  const { status, stdout, stderr } = await clash.tspm(['lock', '--json']);
  expect([status, stdout.split('\n').length]).toEqual([1, 2]);
  expect(stderr).toContain('error: Unable to find a resolution for tool and other [TSPM_RESOLUTION_FAILED]\nBecause ');
  expect(stderr).toContain('🔒 Lock failed.');
});

test('a failure that is no refusal has the same form', async () => {
  const { error } = await refusal(sandbox.project('nothing', '[tool.pdm]\n'), ['lock', '--json']);
  expect(error.code).toBe('TSPM_PROJECT_MISSING');
});

test('lock --json tells what changed and how much work it was', async () => {
  const project = newProject(['shared<2']);
  const first = await report(project, ['lock', '--json']);
  expect(first).toEqual({
    version: 1,
    lock: { packages: 1, added: [{ name: 'shared', versions: ['1.4'] }], updated: [], removed: [] },
    statistics: { decisions: 2, conflicts: 0, listings: 1, metadata: 1, waves: 2 },
  });
  project.write('pyproject.toml', project.read('pyproject.toml').replace('"shared<2"', '"shared", "tool>1"'));
  expect(await report(project, ['lock', '--json'])).toMatchObject({
    lock: { added: [{ name: 'tool' }], updated: [], removed: [] },
  });
  project.write('pyproject.toml', project.read('pyproject.toml').replace(', "tool>1"', ''));
  expect(await report(project, ['lock', '--json'])).toMatchObject({
    lock: {
      added: [],
      updated: [{ name: 'shared', from: ['1.4'], versions: ['2.0'] }],
      removed: [{ name: 'tool', from: ['1.1'] }],
    },
  });
  expect(await report(project, ['lock', '--check', '--json'])).toEqual({ version: 1, fresh: true });
});

test('install, add, update and remove --json tell what was installed', async () => {
  const project = newProject(['shared<2']);
  const added = [{ name: 'shared', version: '1.4' }];
  expect(await report(project, ['install', '--json', '--no-self'])).toEqual({
    version: 1,
    installed: { add: added, update: [], remove: [], unchanged: 0 },
  });
  expect(await report(project, ['add', 'tool', '--json', '--no-self'])).toMatchObject({
    installed: { add: [{ name: 'tool', version: '1.1' }], unchanged: 1 },
  });
  expect(await report(project, ['update', '--json', '--no-self'])).toMatchObject({
    installed: { add: [], unchanged: 2 },
  });
  expect(await report(project, ['remove', 'tool', '--json', '--no-self', '--no-sync'])).toEqual({
    version: 1,
    installed: null,
  });
});

interface Refusal {
  readonly version: number;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly context: {
      readonly proof: Parameters<typeof proofFaults>[0];
      readonly explanation: readonly string[];
      readonly hints: readonly { readonly text: string }[];
      readonly missing: readonly string[];
    };
  };
}

async function refusal(project: Project, args: readonly string[]): Promise<Refusal> {
  const { status, stdout } = await project.tspm(args);
  expect({ args, status }).toEqual({ args, status: 1 });
  // The command's own JSON; a test fails loudly on another shape.
  return JSON.parse(stdout) as Refusal;
}

async function report(project: Project, args: readonly string[]): Promise<unknown> {
  const { stdout } = await project.ok(args);
  expect({ args, lines: stdout.split('\n').length }).toEqual({ args, lines: 2 });
  return JSON.parse(stdout) as unknown;
}

function newProject(dependencies: readonly string[]): Project {
  const text = projectText({ dependencies, sources: [onlySource(server.simple)] });
  return sandbox.project(`project ${(count += 1)}`, text);
}

function truthOf(dependencies: readonly string[]): Truth {
  return {
    roots: { default: dependencies },
    overrides: {},
    direct: {},
    names: [...new Set(CATALOGUE.map(({ name }) => name))],
    versions(name) {
      const all = CATALOGUE.filter((one) => one.name === name);
      if (all.length === 0) return undefined;
      return Object.fromEntries(
        all.map(({ version, requires = [], requiresPython, listing, tag }) => [
          version,
          {
            requires,
            pythons: requiresPython === undefined ? [] : [requiresPython],
            yanked: typeof listing?.yanked === 'string' ? listing.yanked : false,
            wheels: [tag ?? 'py3-none-any'],
            archive: false,
            uploaded: undefined,
            broken: false,
          },
        ]),
      );
    },
  };
}
