/** Real PDM and tspm with `[tool.pdm.resolution]` and the options of locking: the same steps give the same lock and project file. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publish, type Published } from '../support/catalogue.ts';
import { type IndexServer, startIndexServer } from '../support/index-server.ts';
import { findPdm, pdmOk } from '../support/pdm.ts';
import { buildSdist } from '../support/sdist.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { buildWheel } from '../support/wheel.ts';
import { onlySource, projectText } from '../support/workspace.ts';

const pdm = findPdm();
const skipped = pdm.kind === 'absent' ? ` (skipped: ${pdm.reason})` : '';
const sandbox = new Sandbox();
let first: IndexServer;
let second: IndexServer;
let count = 0;

const EARLY = { uploadTime: '2024-01-01T00:00:00Z' };
const LATE = { uploadTime: '2025-01-01T00:00:00Z' };

/** Each package in an early 1.0 and a late 2.0 with these requirements. */
function pair(name: string, early: readonly string[], late = early): Published[] {
  return [
    { name, version: '1.0', requires: early, listing: EARLY },
    { name, version: '2.0', requires: late, listing: LATE },
  ];
}

const OWN = buildWheel({ name: 'mid', version: '9.0', requires: ['leaf<2'] });

beforeAll(async () => {
  [first, second] = [await startIndexServer({ format: 'json' }), await startIndexServer({ format: 'json' })];
  publish(first, [
    ...pair('top', ['mid', 'shared'], ['mid', 'shared', 'new']),
    ...pair('mid', ['leaf']),
    ...pair('leaf', []),
    ...pair('shared', []),
    ...pair('new', ['deep']),
    ...pair('deep', []),
    ...pair('other', ['new', 'shared']),
    { name: 'mixed', version: '1.0', listing: EARLY },
    { name: 'mixed', version: '1.0', tag: 'py2.py3-none-any', listing: LATE },
    { name: 'soon', version: '1.0', listing: EARLY },
    { name: 'soon', version: '2.0b1', listing: LATE },
  ]);
  first.add('mixed', { ...buildSdist({ name: 'mixed', version: '1.0' }), ...EARLY });
  first.add('packed', { ...buildSdist({ name: 'packed', version: '1.0', requires: ['leaf'] }), ...EARLY });
  first.put(`/own/${OWN.filename}`, OWN.bytes);
  publish(second, [
    { name: 'leaf', version: '3.0', listing: EARLY },
    { name: 'leaf', version: '1.0', tag: 'py2.py3-none-any', listing: EARLY },
    { name: 'soon', version: '0.9', listing: EARLY },
    { name: 'only-here', version: '1.0', requires: ['leaf'], listing: EARLY },
  ]);
});

afterAll(() => Promise.all([first.close(), second.close()]));

interface Case {
  readonly dependencies: readonly string[];
  /** Lines of `[tool.pdm.resolution]`; FIRST is the address of the first index. */
  readonly resolution?: string;
  readonly sources?: 'both';
  readonly steps: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

const EARLY_LOCK = 'lock --exclude-newer 2024-06-01';

const CASES: Readonly<Record<string, Case>> = {
  'a day': { dependencies: ['top'], resolution: 'exclude-newer = "2025-01-01"', steps: ['lock'] },
  'a moment': { dependencies: ['top'], resolution: 'exclude-newer = "2024-12-31T23:59:59Z"', steps: ['lock'] },
  'a moment in another zone': {
    dependencies: ['top'],
    resolution: 'exclude-newer = "2025-01-01T00:30:00+01:00"',
    steps: ['lock'],
  },
  'exceptions of a date': {
    dependencies: ['top'],
    resolution: 'exclude-newer = "2024-06-01"\nexclude-newer-override = { leaf = "2025-02-01", mid = false }',
    steps: ['lock'],
  },
  'a date that leaves single files out': { dependencies: ['mixed'], steps: [EARLY_LOCK] },
  'a date against an older lock': { dependencies: ['top'], steps: ['lock', `${EARLY_LOCK} --update-reuse`] },
  'no-binary': { dependencies: ['mixed'], resolution: 'no-binary = ["mixed"]', steps: ['lock'] },
  'only-binary': { dependencies: ['mixed'], resolution: 'only-binary = ":all:"', steps: ['lock'] },
  'only-binary of a name against no-binary of all': {
    dependencies: ['Mixed'],
    resolution: 'no-binary = ":all:"\nonly-binary = "MIXED"',
    steps: ['lock'],
  },
  'an archive alone': { dependencies: ['packed'], steps: ['lock', 'lock --refresh'] },
  'the order of sources': {
    dependencies: ['leaf', 'soon', 'only-here'],
    resolution: 'respect-source-order = true',
    sources: 'both',
    steps: ['lock'],
  },
  'the order of sources, passed over': {
    dependencies: ['leaf>2'],
    resolution: 'respect-source-order = true',
    sources: 'both',
    steps: ['lock'],
  },
  'an override by URL': {
    dependencies: ['top'],
    resolution: `overrides = { mid = "FIRST/own/${OWN.filename}" }`,
    steps: ['lock', 'lock --update-reuse'],
  },
  'overrides from files': {
    dependencies: ['top'],
    resolution: 'overrides = { leaf = "2.0", shared = ">=2" }',
    files: { 'one.txt': '# comment\nleaf==1.0  # why\nmid<2\n', 'two.txt': 'mid>=2\n' },
    steps: ['lock --override one.txt --override two.txt'],
  },
  'static addresses': { dependencies: ['top'], steps: ['lock -S static_urls', 'add --no-sync soon'] },
  'lowest versions': { dependencies: ['top', 'shared>1'], steps: ['lock -S direct_minimal_versions', 'lock'] },
  'update of one': { dependencies: ['top', 'other'], steps: [EARLY_LOCK, 'update --no-sync top'] },
  'update of one that others need': { dependencies: ['top', 'other'], steps: [EARLY_LOCK, 'update --no-sync shared'] },
  'update of all direct ones': { dependencies: ['top', 'other'], steps: [EARLY_LOCK, 'update --no-sync'] },
  'eager update': { dependencies: ['top', 'other'], steps: [EARLY_LOCK, 'update --no-sync --update-eager top'] },
  'eager update from below': {
    dependencies: ['top', 'other'],
    steps: [EARLY_LOCK, 'update --no-sync --update-eager new'],
  },
  'eager add': { dependencies: ['other'], steps: [EARLY_LOCK, 'add --no-sync --update-eager top'] },
  'update of everything': { dependencies: ['top', 'other'], steps: [EARLY_LOCK, 'update --no-sync --update-all top'] },
  'what is installed stays': {
    dependencies: ['top', 'other'],
    steps: [EARLY_LOCK, 'install --no-self', 'lock', 'lock --update-reuse-installed'],
  },
  'an update that keeps what is installed': {
    dependencies: ['top'],
    steps: [EARLY_LOCK, 'install --no-self', 'add --no-sync --update-reuse-installed other'],
  },
  'unconstrained update': {
    dependencies: ['top==1.0', 'other==1.0'],
    steps: ['lock', 'update --no-sync -u --save-exact top'],
  },
  'unconstrained update of all': { dependencies: ['top==1.0', 'other==1.0'], steps: ['lock', 'update --no-sync -u'] },
  'unconstrained add': { dependencies: ['top==1.0', 'other==1.0'], steps: ['lock', 'add --no-sync -u soon'] },
  'a pre-release once': { dependencies: ['soon'], steps: ['lock', 'add --no-sync --pre soon', 'update --no-sync'] },
  'a pre-release given up': {
    dependencies: ['soon'],
    steps: ['add --no-sync --pre soon', 'add --no-sync --stable --save-compatible soon'],
  },
};

describe.skipIf(pdm.kind === 'absent')(`the same steps as PDM${skipped}`, () => {
  test.concurrent.each(Object.entries(CASES))(
    '%s',
    async (_, { dependencies, resolution = '', sources, steps, files = {} }) => {
      const more = resolution === '' ? '' : `[tool.pdm.resolution]\n${resolution.replaceAll('FIRST', first.url)}\n`;
      const others = sources === undefined ? [] : [{ name: 'second', url: second.simple }];
      const text = projectText({ dependencies, sources: [onlySource(first.simple), ...others], more });
      const number = count++;
      const [ours, theirs] = [sandbox.project(`${number}-t`, text), sandbox.project(`${number}-p`, text)];
      for (const project of [ours, theirs]) prepare(project, files);
      for (const step of steps) {
        const args = step.split(' ');
        await ours.ok(args);
        await pdmOk(pdm, theirs, args);
        expect([step, ours.read('pyproject.toml')]).toEqual([step, theirs.read('pyproject.toml')]);
        expect([step, ours.read('pdm.lock')]).toEqual([step, theirs.read('pdm.lock')]);
      }
    },
  );
});

function prepare(project: Project, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) project.write(name, text);
}
