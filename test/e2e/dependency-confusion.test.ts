/** One name on two indexes: who is asked, whose package is taken, and what is said about it. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { type IndexServer, startIndexServer } from '../support/index-server.ts';
import { findPdm, pdmOk } from '../support/pdm.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { problems, projectText } from '../support/workspace.ts';

const pdm = findPdm();
const sandbox = new Sandbox();
let everybodys: IndexServer;
let ours: IndexServer;
let count = 0;

beforeAll(async () => {
  everybodys = await startIndexServer({ cacheControl: 'no-cache' });
  ours = await startIndexServer({ cacheControl: 'no-cache' });
  publish(everybodys, [
    { name: 'library', version: '1.0' },
    { name: 'corp-tool', version: '99.0' },
  ]);
  publish(ours, [
    { name: 'corp-tool', version: '1.0', requires: ['library', 'corp-base'] },
    { name: 'corp-base', version: '2.0' },
    { name: 'library', version: '1.0' },
  ]);
});

beforeEach(() => {
  everybodys.forget();
  ours.forget();
});

afterAll(async () => {
  await everybodys.close();
  await ours.close();
});

function projectWith(
  routing: Readonly<Record<string, readonly string[]>>,
  dependency = 'corp-tool',
  more = '',
): Project {
  count += 1;
  const sources = [
    { name: 'pypi', url: everybodys.simple },
    { name: 'corp', url: ours.simple, ...routing },
  ];
  return sandbox.project(`project ${count}`, projectText({ dependencies: [dependency], sources, more }));
}

const lockedTool = (project: Project): string | undefined =>
  /name = "corp-tool"\nversion = "(.*)"/.exec(project.read('pdm.lock'))?.[1];

/** Paths the public index was asked for that tell one of our names. */
const leaks = (): string[] => everybodys.paths().filter((path) => path.includes('corp'));

test('a name that is routed is never told to the other index, by no command', async () => {
  const project = projectWith({ include_packages: ['corp-*'] });
  for (const args of [
    ['install'],
    ['lock', '--refresh'],
    ['update', '--update-all'],
    ['outdated'],
    ['sync', '-r'],
    ['show', 'corp-tool'],
  ])
    await project.ok(args);
  expect(lockedTool(project)).toBe('1.0');
  const missing = await project.tspm(['add', 'corp-tols']);
  expect([missing.status, missing.stderr]).toEqual([1, expect.stringContaining('no package corp-tols')]);
  await project.ok(['export']);
  expect(everybodys.paths().length).toBeGreaterThan(0);
  expect(leaks()).toEqual([]);
});

test('a name that is kept from an index is not told to it either', async () => {
  const sources = [
    { name: 'pypi', url: everybodys.simple, exclude_packages: ['corp-*'] },
    { name: 'corp', url: ours.simple },
  ];
  const project = sandbox.project('excluding', projectText({ dependencies: ['corp-tool'], sources }));
  await project.ok(['lock']);
  expect(lockedTool(project)).toBe('1.0');
  expect(leaks()).toEqual([]);
});

test('without routing the highest version wins, as with PDM, and one line says where else the name is', async () => {
  const project = projectWith({});
  const { stderr } = await project.ok(['lock']);
  expect(lockedTool(project)).toBe('99.0');
  const warnings = stderr.split('\n').filter((line) => line.startsWith('WARNING'));
  expect(warnings).toEqual([
    'WARNING: more than one source has packages of these names: corp-tool 99.0 is from "pypi", "corp" has 1.0. ' +
      'Name those of each source in its include_packages, or set respect-source-order',
  ]);
  // What is locked is not news.
  expect((await project.ok(['lock', '--update-reuse'])).stderr).not.toContain('more than one source');
});

test.skipIf(pdm.kind === 'absent')('PDM takes the highest version as well', async () => {
  const project = projectWith({});
  await pdmOk(pdm, project, ['lock']);
  expect(lockedTool(project)).toBe('99.0');
});

test('a mirror that has the same versions is no news', async () => {
  const { stderr } = await projectWith({}, 'library').ok(['lock']);
  expect(problems({ status: 0, signal: null, stdout: '', stderr })).toEqual([]);
});

test('an order of sources decides, without a word', async () => {
  const sources = [
    { name: 'corp', url: ours.simple },
    { name: 'pypi', url: everybodys.simple },
  ];
  const more = '[tool.pdm.resolution]\nrespect-source-order = true\n';
  const project = sandbox.project('ordered', projectText({ dependencies: ['corp-tool'], sources, more }));
  const result = await project.ok(['lock']);
  expect(lockedTool(project)).toBe('1.0');
  expect(problems(result)).toEqual([]);
});

test('an index that sends on to the public one for what it does not have is told of, where a name is routed to it', async () => {
  const gitlab = await startIndexServer();
  gitlab.fault('/simple/corp-tool/', { status: 302, headers: { location: `${everybodys.simple}/corp-tool/` } });
  const sources = [{ name: 'pypi', url: gitlab.simple, include_packages: ['corp-*'] }];
  const project = sandbox.project('sent on', projectText({ dependencies: ['corp-tool'], sources }));
  const { stderr } = await project.ok(['lock']);
  expect(lockedTool(project)).toBe('99.0');
  expect(stderr).toContain(
    `WARNING: corp-tool is to come from the source "pypi" alone, which sends on to ${new URL(everybodys.url).host}`,
  );
  await gitlab.close();
});
