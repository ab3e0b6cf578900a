/** Real projects with the locks that PDM wrote for them over the years: the same verdict as PDM's, and a clear outcome of a sync. */
import { describe, expect, test } from 'vitest';
import { INTEROP_MISSING, interopProjects } from '../support/interop.ts';
import { findPdm, runPdmOften } from '../support/pdm.ts';
import { type RunResult, Sandbox } from '../support/tspm.ts';

/** Every second one, all with TSPM_TEST_FULL=1. */
const projects = interopProjects().filter((_, index) => index % 2 === 0 || process.env['TSPM_TEST_FULL'] === '1');
const pdm = projects.length === 0 ? ({ kind: 'absent', reason: INTEROP_MISSING } as const) : findPdm();
const sandbox = new Sandbox();
const skipped = pdm.kind === 'absent' ? ` (skipped: ${pdm.reason})` : '';

/** What may keep tspm from installing a lock of its time: sources that have to be built, or no interpreter the lock was made for. */
const REFUSALS = /^error: .+ \[TSPM_(?:UNSUPPORTED|NO_MATCHING_WHEEL|LOCK_TARGET|LOCK_UNHASHED|PYTHON_NOT_FOUND)\]$/m;

/** Groups to select: the recorded ones, and others that some of the projects have. */
const SELECTIONS: readonly (readonly string[])[] = [[], ['--prod'], ['-G', ':all']];

describe.skipIf(projects.length === 0)(
  `real projects${projects.length === 0 ? ` (skipped: ${INTEROP_MISSING})` : ''}`,
  () => {
    test.each(projects.map(({ name }) => name))('%s: a sync has a clear outcome and writes nothing', async (name) => {
      const project = open(name);
      const result = await project.tspm(['sync', '--no-self', '--dry-run']);
      expect(['planned', 'refused']).toContain(outcomeOf(result));
      expect(project.read('pdm.lock')).toBe(lockOf(name));
    });
  },
);

describe.skipIf(pdm.kind === 'absent')(`real projects beside PDM${skipped}`, () => {
  test('every lock gets the verdict of PDM, and both verdicts occur', async () => {
    const [ours, theirs] = await besidePdm([['lock', '--check']]);
    expect(ours.map(verdictOf)).toEqual(theirs.map(verdictOf));
    expect(new Set(ours.map((result) => JSON.stringify(verdictOf(result)))).size).toBeGreaterThan(1);
  });

  test('what can be installed is selected as PDM selects it, whatever groups are asked for', async () => {
    const [ours, theirs] = await besidePdm(SELECTIONS.map((args) => ['sync', '--no-self', '--dry-run', ...args]));
    const planned = [...ours.keys()].filter((index) => ours[index]?.status === 0);
    expect(planned.length).toBeGreaterThan(projects.length);
    expect(planned.map((index) => planOf(ours[index]))).toEqual(planned.map((index) => planOf(theirs[index])));
    const refused = [...ours.keys()].filter((index) => ours[index]?.status !== 0);
    for (const index of refused) expect(refusalOf(ours[index], theirs[index])).toBe('as PDM, or for a stated reason');
  });
});

/** What both tools answer to each command on each project, tspm first, projects in order. */
async function besidePdm(commands: readonly (readonly string[])[]): Promise<[RunResult[], RunResult[]]> {
  const opened = projects.map(({ name }) => open(name));
  const runs = opened.flatMap((project) => commands.map((args) => [...args, '-p', project.folder]));
  const theirs = await runPdmOften(pdm, sandbox, runs);
  const ours: RunResult[] = [];
  for (const project of opened) for (const args of commands) ours.push(await project.tspm(args));
  return [ours, theirs];
}

function open(name: string) {
  const found = projects.find((project) => project.name === name);
  const project = sandbox.project(name, found?.pyproject ?? '');
  project.write('pdm.lock', lockOf(name));
  return project;
}

function lockOf(name: string): string {
  return projects.find((project) => project.name === name)?.lock ?? '';
}

/** The packages of a dry run, sorted. */
function planOf(result: RunResult | undefined): string[] {
  return (result?.stdout ?? '')
    .split('\n')
    .filter((line) => line.startsWith('  - '))
    .toSorted();
}

/** `planned`, or `refused` in one clear line; else what was printed. */
function outcomeOf({ status, stderr }: RunResult): string {
  if (status === 0) return 'planned';
  return status === 1 && REFUSALS.test(stderr) ? 'refused' : stderr;
}

/** A group that the lock lacks is refused by both, each naming the groups in an order of its own. */
function refusalOf(ours: RunResult | undefined, theirs: RunResult | undefined): string {
  const [mine, other] = [ours, theirs].map((result) => result?.stderr.includes('Requested groups not in lockfile'));
  const isStated = mine === true ? other === true : REFUSALS.test(ours?.stderr ?? '');
  return isStated ? 'as PDM, or for a stated reason' : `${ours?.stderr} / ${theirs?.stderr}`;
}

/** The status, and what both tools say about the lock. */
function verdictOf({ status, stderr }: RunResult): unknown {
  return { status, warnings: stderr.split('\n').filter((line) => line.startsWith('WARNING: Lockfile')) };
}
