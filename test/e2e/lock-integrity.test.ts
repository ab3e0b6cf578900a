/** A lock that lost what a file is verified by is not installed from. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { Sandbox } from '../support/tspm.ts';
import { installed, onlySource, projectText } from '../support/workspace.ts';

const sandbox = new Sandbox();
let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, [
    { name: 'base', version: '1.0', tag: 'cp30-cp30-win32', purelib: false },
    { name: 'base', version: '1.0' },
  ]);
});

afterAll(() => server.close());

const ENTRY = /^ {4}\{file = "base-1\.0-py3-none-any\.whl".*\n/m;

test.each<[string, (lock: string) => string, RegExp]>([
  [
    'without the entry of the fitting wheel',
    (lock) => lock.replace(ENTRY, ''),
    /no wheel of base 1\.0 fits .*it has cp30-cp30-win32.*\[TSPM_NO_MATCHING_WHEEL\]/,
  ],
  [
    'without any entry',
    (lock) => lock.replace(/^files = \[\n(?: .*\n)*\]\n/m, ''),
    /the lock has no sha256 for base 1\.0; run `tspm lock --refresh` \[TSPM_LOCK_UNHASHED\]/,
  ],
  [
    'with md5 alone',
    (lock) => lock.replaceAll(/sha256:(\w{32})\w{32}"\}/g, 'md5:$1"}'),
    /no sha256 for base 1\.0 \(only md5\).*\[TSPM_LOCK_UNHASHED\]/,
  ],
])('a lock %s is refused with the reason, and a refresh mends it', async (name, damage, message) => {
  const project = sandbox.project(name, projectText({ dependencies: ['base'], sources: [onlySource(server.simple)] }));
  await project.ok(['lock', '--python', '>=3.0']);
  const lock = project.read('pdm.lock');
  const damaged = damage(
    lock.replace(
      'files = [\n',
      `files = [\n    {file = "base-1.0-cp30-cp30-win32.whl", hash = "sha256:${'1'.repeat(64)}"},\n`,
    ),
  );
  expect(damaged).not.toBe(lock);
  project.write('pdm.lock', damaged);
  const refused = await project.tspm(['sync', '--no-self']);
  expect({ status: refused.status, stderr: refused.stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(message),
  });
  expect(await installed(project)).toEqual([]);
  await project.ok(['lock', '--refresh']);
  expect(project.read('pdm.lock')).toBe(lock);
  await project.ok(['sync', '--no-self']);
  expect(await installed(project)).toEqual(['base 1.0']);
});

test('a lock with the digest of another file is refused, by a refresh too; updating the package takes the file as it is now', async () => {
  const project = sandbox.project(
    'another file',
    projectText({ dependencies: ['base'], sources: [onlySource(server.simple)] }),
  );
  await project.ok(['lock']);
  const lock = project.read('pdm.lock');
  project.write(
    'pdm.lock',
    lock.replace(ENTRY, (entry) => entry.replace(/sha256:\w{64}/, `sha256:${'0'.repeat(64)}`)),
  );
  for (const command of [
    ['sync', '--no-self'],
    ['lock', '--refresh'],
  ]) {
    const refused = await project.tspm(command);
    expect({ status: refused.status, stderr: refused.stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/base-1\.0-py3-none-any\.whl.*\[TSPM_HASH_MISMATCH\]/),
    });
  }
  expect(await installed(project)).toEqual([]);
  await project.ok(['update', '--no-sync', 'base']);
  expect(project.read('pdm.lock')).toBe(lock);
});

test('a lock with the version of another file is refused', async () => {
  const project = sandbox.project(
    'version',
    projectText({ dependencies: ['base'], sources: [onlySource(server.simple)] }),
  );
  await project.ok(['lock']);
  project.write('pdm.lock', project.read('pdm.lock').replace('version = "1.0"', 'version = "9.9"'));
  for (const cache of ['true', 'false']) {
    project.write('pdm.toml', `[install]\ncache = ${cache}\n`);
    const { status, stderr } = await project.tspm(['sync']);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/is a wheel of base 1\.0, not of base 9\.9.*\[TSPM_WHEEL_METADATA\]/),
    ]);
  }
  expect(await installed(project)).toEqual([]);
});
