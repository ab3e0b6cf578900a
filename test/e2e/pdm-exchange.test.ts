/**
 * Real PDM and tspm on dependency sets from PyPI: fresh locks of both differ only where docs/compatibility.md says so, each tool takes
 * the lock of the other as up to date, and both install the same files from either.
 */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EXCHANGE_SETS, type ExchangeSet } from '../support/exchange-sets.ts';
import { lockDifferences } from '../support/lock-differences.ts';
import { findPdm, installedFiles, installedVersions, pdmOk, reachesPypi } from '../support/pdm.ts';
import { type Project, Sandbox } from '../support/tspm.ts';

const pdm = findPdm();
const missing = pdm.kind === 'absent' ? pdm.reason : reachesPypi() ? undefined : 'PyPI cannot be reached';
const sandbox = new Sandbox();

const isFull = process.env['TSPM_TEST_FULL'] === '1';
const sets = Object.entries(EXCHANGE_SETS).filter(([, set]) => isFull || set.isQuick === true);

test('there are thirty sets and more, ten of them in every run', () => {
  const all = Object.values(EXCHANGE_SETS);
  expect(all.length).toBeGreaterThanOrEqual(30);
  expect(all.filter(({ isQuick }) => isQuick === true).length).toBeGreaterThanOrEqual(10);
});

describe.skipIf(missing !== undefined)(`PDM and tspm${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  describe.each(sets)('%s', (name, set) => {
    const ours = open(`${name} of tspm`, set);
    const theirs = open(`${name} of PDM`, set);
    const steps = [set.lock ?? [], ...(set.later ?? [])].map((options) => ['lock', ...options]);

    test('fresh locks differ only where that is explained', async () => {
      for (const step of steps) {
        await ours.ok(step);
        await pdmOk(pdm, theirs, step);
      }
      const differences = lockDifferences(ours.read('pdm.lock'), theirs.read('pdm.lock'));
      const exceptions = set.exceptions ?? [];
      const unexplained = differences.filter(
        ({ isExplained, field, place }) => !isExplained && !exceptions.includes(`${place} ${field}`),
      );
      expect(unexplained).toEqual([]);
      for (const { field } of differences) expect(EXPLAINED_FIELDS).toContain(field);
    });

    test('each takes the lock of the other as up to date', async () => {
      const checked = [await ours.ok(['lock', '--check']), await theirs.ok(['lock', '--check'])];
      checked.push(await pdmOk(pdm, ours, ['lock', '--check']));
      for (const { stderr } of checked) expect(stderr).toBe('');
    });

    test.skipIf(set.isHeavy === true)('both install the same from either', async () => {
      const files = [
        await installed(copyOf(ours, `${name} t t`), (project) => project.ok(['sync', '--no-self'])),
        await installed(copyOf(theirs, `${name} p t`), (project) => project.ok(['sync', '--no-self'])),
        await installed(copyOf(ours, `${name} t p`), (project) => pdmOk(pdm, project, ['sync', '--no-self'])),
        await installed(copyOf(theirs, `${name} p p`), (project) => pdmOk(pdm, project, ['sync', '--no-self'])),
        await installed(copyOf(ours, `${name} t f`), (project) =>
          pdmOk(pdm, project, ['install', '--frozen-lockfile', '--no-self']),
        ),
      ];
      const [first] = files;
      expect(first?.versions.length).toBeGreaterThan(0);
      for (const other of files) expect(other).toEqual(first);
    });
  });
});

/** The first column of the table of differences. */
const EXPLAINED_FIELDS = [
  ...(readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8')
    .split('Where fresh locks of the two differ:')[1]
    ?.split('\n\n')[1]
    ?.matchAll(/^\| `?([a-z]+)`? \|/gm) ?? []),
].map(([, field]) => field);

function open(name: string, set: ExchangeSet): Project {
  const project = sandbox.project(name, set.pyproject);
  set.prepare?.(project);
  return project;
}

async function installed(project: Project, install: (project: Project) => Promise<unknown>) {
  const lock = project.read('pdm.lock');
  await install(project);
  expect(project.read('pdm.lock')).toBe(lock);
  const found = { versions: installedVersions(project), files: installedFiles(project) };
  rmSync(project.folder, { recursive: true });
  return found;
}

/** The project's files in a new folder. */
function copyOf(project: Project, name: string): Project {
  const copy = sandbox.project(name);
  cpSync(project.folder, copy.folder, { recursive: true });
  return copy;
}
