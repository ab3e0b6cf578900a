/** `lock --refresh`: the versions stay, lost and weak digests are repaired, and a file that changed at the index is refused. */
import { expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { type IndexServer, serveIndex } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { buildWheel } from '../support/wheel.ts';
import { installed, onlySource, projectText } from '../support/workspace.ts';

const sandbox = new Sandbox();
let count = 0;

/** The file of `tool` as it was locked, and another one under the same name. */
const LOCKED = buildWheel({ name: 'tool', version: '1.0' });
const OTHER = buildWheel({ name: 'tool', version: '1.0', files: { 'tool.py': 'print("other")\n' } });

/** A project that is locked to `tool` 1.0 and `helper` 1.0. */
async function lockedProject(): Promise<{ server: IndexServer; project: Project }> {
  const server = await serveIndex();
  server.add('tool', { filename: LOCKED.filename, bytes: LOCKED.bytes });
  publish(server, [{ name: 'helper', version: '1.0' }]);
  const project = openProject(server);
  await project.ok(['lock']);
  return { server, project };
}

function openProject(server: IndexServer): Project {
  const dependencies = ['tool', 'helper'];
  return sandbox.project(
    `project ${(count += 1)}`,
    projectText({ dependencies, sources: [onlySource(server.simple)] }),
  );
}

/** The same project and lock before an index that offers other files. */
async function movedTo(project: Project, add: (server: IndexServer) => void): Promise<Project> {
  const server = await serveIndex();
  add(server);
  const moved = openProject(server);
  moved.write('pdm.lock', project.read('pdm.lock'));
  return moved;
}

const changed = (server: IndexServer) => {
  server.add('tool', { filename: OTHER.filename, bytes: OTHER.bytes });
  publish(server, [{ name: 'helper', version: '1.0' }]);
};

test('versions stay though newer ones came, and files that came are added', async () => {
  const { server, project } = await lockedProject();
  publish(server, [{ name: 'tool', version: '2.0' }]);
  const more = buildWheel({ name: 'tool', version: '1.0', tag: 'py2.py3-none-any' });
  server.add('tool', { filename: more.filename, bytes: more.bytes });
  await project.ok(['lock', '--refresh']);
  const lock = project.read('pdm.lock');
  expect(lock).not.toContain('version = "2.0"');
  expect(lock.match(/file = "tool-1\.0-.*?"/g)).toHaveLength(2);
});

test.each([
  ['a file that is missing', /    \{file = "tool.*\n/, ''],
  ['md5 alone', /(file = "tool.*hash = )"sha256:.*"/, '$1"md5:0123456789abcdef0123456789abcdef"'],
  ['no digest at all', /(file = "tool.*hash = )"sha256:.*"/, '$1""'],
])('%s fails closed at sync, and is repaired', async (_, part, text) => {
  const { project } = await lockedProject();
  const whole = project.read('pdm.lock');
  project.write('pdm.lock', whole.replace(part, text));
  expect(project.read('pdm.lock')).not.toBe(whole);
  const refused = await project.tspm(['sync']);
  expect([refused.status, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/the lock has no sha256 for tool 1\.0.*; run `tspm lock --refresh` \[TSPM_LOCK_UNHASHED\]/),
  ]);
  await project.ok(['lock', '--refresh']);
  expect(project.read('pdm.lock')).toBe(whole);
  await project.ok(['sync']);
  expect(await installed(project)).toEqual(['helper 1.0', 'tool 1.0']);
});

test.each([
  [['lock', '--refresh']],
  [['lock', '--refresh', '-S', 'static_urls']],
  [['lock', '--update-reuse-installed']],
])('%j refuses another file under a locked name, by name and both digests', async (command) => {
  const { project } = await lockedProject();
  const moved = await movedTo(project, changed);
  const before = moved.read('pdm.lock');
  const { status, stderr } = await moved.tspm(command);
  expect(status).toBe(1);
  expect(stderr).toContain(`error: ${LOCKED.filename}: the lock has sha256:${LOCKED.sha256}, http://127.0.0.1:`);
  expect(stderr).toContain(`is now offered with sha256:${OTHER.sha256}; `);
  expect(stderr).toContain('to accept it, run `tspm update tool` [TSPM_HASH_MISMATCH]');
  expect(moved.read('pdm.lock')).toBe(before);
});

test('the other file is accepted by an update of that package, not by one of another', async () => {
  const { project } = await lockedProject();
  const moved = await movedTo(project, changed);
  await moved.ok(['update', '--no-sync', 'helper']);
  expect(moved.read('pdm.lock')).toContain(LOCKED.sha256);
  await moved.ok(['update', 'tool']);
  expect(moved.read('pdm.lock')).toContain(OTHER.sha256);
  expect(await installed(moved)).toEqual(['helper 1.0', 'tool 1.0']);
});

test('a locked digest stays where the index has none to compare', async () => {
  const { project } = await lockedProject();
  const before = project.read('pdm.lock');
  const moved = await movedTo(project, (server) => {
    server.add('tool', { filename: LOCKED.filename, bytes: LOCKED.bytes, sha256: false });
    publish(server, [{ name: 'helper', version: '1.0' }]);
  });
  await moved.ok(['lock', '--refresh']);
  expect(moved.read('pdm.lock').match(/file = .*/g)).toEqual(before.match(/file = .*/g));
});

test('a wheel by its address that changed is refused', async () => {
  const server = await serveIndex();
  server.put('/own/tool-1.0-py3-none-any.whl', LOCKED.bytes);
  const dependencies = [`tool @ ${server.url}/own/tool-1.0-py3-none-any.whl`];
  const project = sandbox.project('address', projectText({ dependencies, sources: [onlySource(server.simple)] }));
  await project.ok(['lock']);
  server.put('/own/tool-1.0-py3-none-any.whl', OTHER.bytes);
  const { status, stderr } = await project.tspm(['lock', '--refresh']);
  expect([status, stderr]).toEqual([1, expect.stringContaining('[TSPM_HASH_MISMATCH]')]);
});
