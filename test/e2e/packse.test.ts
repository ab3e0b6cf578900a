/** Every scenario of PyPI's packse: from a real index through `tspm lock`, and `tspm sync` where its Python is on this machine. */
import { afterAll, describe, expect, test } from 'vitest';
import { parseLockfile } from '../../src/lockfile/read.ts';
import type { IndexServer } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { answerFrom, answerOf, faultsOf, formatAnswer, PLATFORM, scopeOf } from './packse/answer.ts';
import { type AnswerLines, DESCRIBED, DIFFERENCES, PENDING } from './packse/expected.ts';
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
  const listed = new Set([DESCRIBED, DIFFERENCES, PENDING].flatMap((list) => Object.keys(list)));
  expect(open.filter(({ name }) => !listed.has(name)).map(({ name }) => name)).toEqual([]);
  expect([...listed].filter((name) => !names.includes(name))).toEqual([]);
});

describe.concurrent('packse', () => {
  for (const scenario of scenarios) {
    const check = scenario.name in PENDING ? test.fails : test;
    check(scenario.name, async () => {
      expect(await answerTo(scenario)).toEqual(wantedOf(scenario));
    });
  }
});

/** The intended answer, in the words of {@link formatAnswer}. */
function wantedOf(scenario: Scenario): AnswerLines {
  const { isSatisfiable, packages } = scenario.expected;
  const published = packages && Object.entries(packages).map((entry) => entry.join(' '));
  const lines =
    DIFFERENCES[scenario.name]?.answer ??
    (isSatisfiable ? (published ?? DESCRIBED[scenario.name] ?? []) : 'no solution');
  const scope = scopeOf(scenario);
  return lines === 'no solution' ? lines : formatAnswer(answerFrom(lines, scope), scope);
}

async function answerTo(scenario: Scenario): Promise<AnswerLines> {
  const server = await serveScenario(scenario);
  servers.push(server);
  const project = scenarioProject(sandbox, scenario, server);
  const { status, stderr } = await project.tspm(['lock', ...(scenario.isUniversal ? [] : ['--platform', PLATFORM])]);
  if (status === 1 && /\[TSPM_(?:RESOLUTION_FAILED|PACKAGE_NOT_FOUND)\]$/.test(stderr.trimEnd())) return 'no solution';
  if (status !== 0) throw new Error(stderr);
  const text = project.read('pdm.lock');
  if (scenario.isUniversal) await expectSameAgain(project, text);
  const answer = answerOf(parseLockfile(text, 'pdm.lock'), scenario);
  const scope = scopeOf(scenario);
  expect(faultsOf(scenario, answer, scope)).toEqual([]);
  return formatAnswer(answer, scope);
}

/** Versions that are tried first must not lead to another split. */
async function expectSameAgain(project: Project, text: string): Promise<void> {
  await project.ok(['lock', '--update-reuse']);
  expect(project.read('pdm.lock')).toBe(text);
}
