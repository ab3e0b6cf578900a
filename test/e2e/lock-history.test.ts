/** Locks of one project as PDM has written them over the years, in every format: what they select, what is said of them, what they install. */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { trustedFiles } from '../../src/lockfile/hashes.ts';
import { parseLockfile } from '../../src/lockfile/read.ts';
import { findPdm, installedFiles, reachesPypi, runPdmOften } from '../support/pdm.ts';
import { type Project, type RunResult, Sandbox } from '../support/tspm.ts';
import { problems } from '../support/workspace.ts';

const folder = new URL('../../fixtures/locks/', import.meta.url);
const textOf = (file: string) => readFileSync(new URL(file, folder), 'utf8');
const locks = readdirSync(folder).filter((file) => file.endsWith('.lock'));

const pdm = findPdm();
const missing = pdm.kind === 'absent' ? pdm.reason : reachesPypi() ? undefined : 'PyPI cannot be reached';
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;
const sandbox = new Sandbox();

const FORMATS = ['4.0', '4.1', '4.2', '4.3', '4.4', '4.4.1', '4.4.2', '4.5.0', '4.5.1', '4.5.1-static-urls'];

/** What the project needs on this platform from Python 3.11 on; older ones need tomli too. */
const NEEDED = ['iniconfig', 'linkify-it-py', 'markdown-it-py', 'mdurl', 'uc-micro-py'];

/** Selections and the packages they bring; `lock` stands for what is locked, which the oldest formats do not record. */
const SELECTIONS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['--prod'], NEEDED],
  [['-d'], [...NEEDED, 'packaging']],
  [
    ['--prod', '-G', 'shell'],
    [...NEEDED, 'click'],
  ],
  [
    ['-G', ':all'],
    [...NEEDED, 'click', 'packaging'],
  ],
  [['--no-default', '-G', 'lint'], ['packaging']],
];

test('there is a lock of every format', () => {
  expect(locks.toSorted()).toEqual(FORMATS.map((format) => `${format}.lock`).toSorted());
});

describe.each(locks)('%s', (file) => {
  test('every entry has files with digests', () => {
    const { packages } = parseLockfile(textOf(file), file);
    expect(packages.map((entry) => trustedFiles(entry).length)).toEqual(packages.map(() => 2));
  });

  test('it selects what was locked, and says when it is of another time', async () => {
    const project = open(file, `select ${file}`);
    for (const [args, names] of SELECTIONS) {
      const result = await project.ok(['sync', '--dry-run', ...args]);
      expect([args, namesOf(result)]).toEqual([args, names.toSorted()]);
      expect(problems(result)).toEqual(warningsOf(file));
    }
    expect(project.read('pdm.lock')).toBe(textOf(file));
  });
});

describe.skipIf(missing !== undefined)(`locks of every format beside PDM${skipped}`, () => {
  let newest: Record<string, string>;

  beforeAll(async () => {
    const project = open('4.5.1.lock', 'newest');
    await project.ok(['sync']);
    newest = installedFiles(project);
    expect(Object.keys(newest).length).toBeGreaterThan(50);
  });

  test('PDM selects the same packages and gives the same verdicts', async () => {
    const projects = locks.map((file) => open(file, `beside ${file}`));
    const commands = [...SELECTIONS.map(([args]) => ['sync', '--dry-run', ...args]), ['lock', '--check']];
    const runs = projects.flatMap((project) => commands.map((args) => [...args, '-p', project.folder]));
    const theirs = await runPdmOften(pdm, sandbox, runs);
    const ours: RunResult[] = [];
    for (const project of projects) for (const args of commands) ours.push(await project.tspm(args));
    expect(ours.map(outcomeOf)).toEqual(theirs.map(outcomeOf));
  });

  test.each(locks)('%s installs the same files as the newest', async (file) => {
    const project = open(file, `install ${file}`);
    await project.ok(['sync', '-G', ':all']);
    expect(installedFiles(project)).toEqual(newest);
    expect(project.read('pdm.lock')).toBe(textOf(file));
  });
});

function open(file: string, name: string): Project {
  const project = sandbox.project(name, textOf('pyproject.toml'));
  project.write('pdm.lock', textOf(file));
  return project;
}

/** PDM's warnings about a lock: 4.4.1 and before had another content hash. */
function warningsOf(file: string): string[] {
  if (file.startsWith('4.5.1')) return [];
  const older = 'WARNING: Lockfile is generated on an older version of PDM';
  const stale = "WARNING: Lockfile doesn't satisfy the project requirements, packages may be outdated";
  return /^4\.(?:4\.2|5\.0)/.test(file) ? [older] : [older, stale];
}

/** The names of a dry run, sorted, without the one that only older interpreters need. */
function namesOf({ stdout }: RunResult): string[] {
  const names = [...stdout.matchAll(/^  - (\S+) /gm)].map(([, name = '']) => name);
  return names.filter((name) => name !== 'tomli').toSorted();
}

function outcomeOf(result: RunResult): unknown {
  const warnings = result.stderr.split('\n').filter((line) => line.startsWith('WARNING: Lockfile'));
  return { status: result.status, names: namesOf(result), warnings };
}
