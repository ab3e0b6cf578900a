/** Every scenario of PyPI's packse: from a real index through `tspm lock`, and `tspm sync` where the lock leaves the file open. */
import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { parseLockfile } from '../../src/lockfile/read.ts';
import type { IndexServer } from '../support/index-server.ts';
import { Project, Sandbox } from '../support/tspm.ts';
import { installed } from '../support/workspace.ts';
import { type Answer, answerFrom, answerOf, faultsOf, formatAnswer, PLATFORM, scopeOf } from './packse/answer.ts';
import { type AnswerLines, DESCRIBED, DIFFERENCES } from './packse/expected.ts';
import { scenarioProject, serveScenario } from './packse/publish.ts';
import { findPackse, readScenarios, type Scenario } from './packse/scenario.ts';

const archive = findPackse();
if (archive.kind === 'absent') console.warn(`skipped: ${archive.reason}`);
const scenarios = archive.kind === 'found' ? readScenarios(archive.path) : [];
const sandbox = new Sandbox();
/** Open to the end: kept pages are known by their address, and a port that becomes free is used again. */
const servers: IndexServer[] = [];

afterAll(() => Promise.all(servers.map((server) => server.close())));

test.skipIf(archive.kind === 'absent')('every scenario has an answer, and only scenarios have one', () => {
  const names = scenarios.map(({ name }) => name);
  expect(new Set(names).size).toBe(147);
  const open = scenarios.filter(({ expected }) => expected.isSatisfiable && expected.packages === undefined);
  const listed = new Set([DESCRIBED, DIFFERENCES].flatMap((list) => Object.keys(list)));
  expect(open.filter(({ name }) => !listed.has(name)).map(({ name }) => name)).toEqual([]);
  expect([...listed].filter((name) => !names.includes(name))).toEqual([]);
});

test('each answer that is not the published one is in the documentation with its reason', () => {
  const text = readFileSync(new URL('../../docs/resolver.md', import.meta.url), 'utf8');
  const section = text.slice(text.indexOf('## Public scenarios'));
  const rows = [...section.slice(section.indexOf('|---')).matchAll(/^\| ([a-z-]+) \| .* \|$/gm)].map(
    ([, name]) => name ?? '',
  );
  expect(rows.toSorted()).toEqual(Object.keys(DIFFERENCES).toSorted());
});

for (const scenario of scenarios) {
  test.concurrent(scenario.name, async () => {
    expect(await answerTo(scenario)).toEqual(wantedOf(scenario));
  });
}

/** The intended answer, in the words of {@link formatAnswer}. */
function wantedOf(scenario: Scenario): AnswerLines {
  const { isSatisfiable, packages } = scenario.expected;
  const published = packages && Object.entries(packages).map((entry) => entry.join(' '));
  const lines =
    DIFFERENCES[scenario.name] ?? (isSatisfiable ? (published ?? DESCRIBED[scenario.name] ?? []) : 'no solution');
  const scope = scopeOf(scenario);
  return lines === 'no solution' ? lines : formatAnswer(answerFrom(lines, scope), scope);
}

async function answerTo(scenario: Scenario): Promise<AnswerLines> {
  const server = await serveScenario(scenario);
  servers.push(server);
  const project = scenarioProject(sandbox, scenario, server);
  const { status, stderr } = await project.tspm(['lock', ...(scenario.isUniversal ? [] : ['--platform', PLATFORM])]);
  if (status === 1 && /\[TSPM_(?:RESOLUTION_FAILED|PACKAGE_NOT_FOUND)\]$/m.test(stderr)) return 'no solution';
  if (status !== 0) throw new Error(stderr);
  const text = project.read('pdm.lock');
  const answer = answerOf(parseLockfile(text, 'pdm.lock'), scenario);
  const scope = scopeOf(scenario);
  expect(faultsOf(scenario, answer, scope)).toEqual([]);
  if (isSplit(answer)) await expectSameAgain(project, text);
  const versions = [...answer.keys()].toSorted();
  const found = leavesChoiceToSync(scenario) ? await installedBySync(project) : undefined;
  expect(found ?? versions).toEqual(versions);
  return formatAnswer(answer, scope);
}

/** Whether some package is there in two versions. */
function isSplit(answer: Answer): boolean {
  const names = [...answer.keys()].map((version) => version.split(' ', 1)[0]);
  return new Set(names).size < names.length;
}

/** Versions that are tried first must not lead to another split. */
async function expectSameAgain(project: Project, text: string): Promise<void> {
  await project.ok(['lock', '--update-reuse']);
  expect(project.read('pdm.lock')).toBe(text);
}

/** Locks leave local parts out and name every file: only a sync shows which one is meant. */
function leavesChoiceToSync({ isUniversal, packages }: Scenario): boolean {
  const versions = Object.values(packages).flat();
  return !isUniversal && versions.some(({ version, wheelTags }) => version.includes('+') || wheelTags.length > 1);
}

/** `name version` of what a sync installs; undefined without the Python or the platform of the scenario on this machine. */
async function installedBySync(project: Project): Promise<string[] | undefined> {
  const searching = new Project(project.folder, { ...project.env, PDM_PYTHON: undefined });
  const { status, stderr } = await searching.tspm(['sync']);
  if (/\[TSPM_(?:PYTHON_NOT_FOUND|LOCK_TARGET)\]$/.test(stderr.trimEnd())) return undefined;
  if (status !== 0) throw new Error(stderr);
  return await installed(searching);
}
