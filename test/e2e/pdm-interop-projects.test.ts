/** Real projects with the locks that PDM wrote for them over the years: the same verdict as PDM's, and a clear outcome of a sync. */
import { describe, expect, test } from 'vitest';
import { INTEROP_MISSING, interopProjects } from '../support/interop.ts';
import { findPdm, pdmOk, runPdm } from '../support/pdm.ts';
import { type RunResult, Sandbox } from '../support/tspm.ts';

const projects = interopProjects();
const pdm = projects.length === 0 ? ({ kind: 'absent', reason: INTEROP_MISSING } as const) : findPdm();
const sandbox = new Sandbox();
const skipped = pdm.kind === 'absent' ? ` (skipped: ${pdm.reason})` : '';

/** What may keep tspm from installing a lock of its time: sources that have to be built, or no interpreter the lock was made for. */
const REFUSALS = /^error: .+ \[TSPM_(?:UNSUPPORTED|NO_MATCHING_WHEEL|LOCK_TARGET|LOCK_UNHASHED|PYTHON_NOT_FOUND)\]$/m;

/** Plans of tspm by project, filled by the first tests. */
const plans = new Map<string, readonly string[]>();

describe.skipIf(projects.length === 0)(
  `real projects${projects.length === 0 ? ` (skipped: ${INTEROP_MISSING})` : ''}`,
  () => {
    test.each(projects.map(({ name }) => name))('%s: a sync has a clear outcome and writes nothing', async (name) => {
      const project = open(name);
      const result = await project.tspm(['sync', '--no-self', '--dry-run']);
      if (result.status === 0) plans.set(name, planOf(result));
      expect(['planned', 'refused']).toContain(outcomeOf(result));
      expect(project.read('pdm.lock')).toBe(lockOf(name));
    });
  },
);

describe.skipIf(pdm.kind === 'absent')(`real projects beside PDM${skipped}`, () => {
  test('every lock gets the verdict of PDM, and both verdicts occur', async () => {
    const ours: Record<string, unknown> = {};
    const theirs: Record<string, unknown> = {};
    for (const { name } of projects) {
      const project = open(name);
      ours[name] = verdictOf(await project.tspm(['lock', '--check']));
      theirs[name] = verdictOf(await runPdm(pdm, project, ['lock', '--check']));
    }
    expect(ours).toEqual(theirs);
    expect(new Set(Object.values(ours).map((verdict) => JSON.stringify(verdict))).size).toBeGreaterThan(2);
  });

  test('what can be installed is selected as PDM selects it', async () => {
    expect(plans.size).toBeGreaterThan(0);
    const theirs = new Map<string, readonly string[]>();
    for (const name of plans.keys())
      theirs.set(name, planOf(await pdmOk(pdm, open(name), ['sync', '--no-self', '--dry-run'])));
    expect(plans).toEqual(theirs);
    expect([...plans].filter(([, plan]) => plan.length === 0)).toEqual([]);
  });
});

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
function planOf({ stdout }: RunResult): string[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('  - '))
    .toSorted();
}

/** `planned`, or `refused` in one clear line; else what was printed. */
function outcomeOf({ status, stderr }: RunResult): string {
  if (status === 0) return 'planned';
  return status === 1 && REFUSALS.test(stderr) ? 'refused' : stderr;
}

/** The status, and what both tools say about the lock. */
function verdictOf({ status, stderr }: RunResult): unknown {
  return { status, warnings: stderr.split('\n').filter((line) => line.startsWith('WARNING: Lockfile')) };
}
