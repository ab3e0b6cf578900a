/** A source that wants a password, on a terminal: asked for once, never shown; not asked for with `-n` or in a pipe. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { type IndexServer, startIndexServer } from '../support/index-server.ts';
import { testPython } from '../support/python.ts';
import { cliPath, nodeUnderTest, type Project, runCommand, Sandbox } from '../support/tspm.ts';
import { projectText } from '../support/workspace.ts';

const sandbox = new Sandbox({ NETRC: '/nonexistent' });
const SCRIPT = fileURLToPath(new URL('../support/terminal_dialog.py', import.meta.url));
let server: IndexServer;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer({ auth: { username: 'me', password: 'w0rd' } });
  publish(server, [{ name: 'lib', version: '1.0' }]);
});

afterAll(() => server.close());

interface Shown {
  readonly status: number;
  readonly shown: string;
}

function newProject(): Project {
  count += 1;
  const sources = [{ name: 'pypi', url: server.simple }];
  return sandbox.project(`project ${count}`, projectText({ dependencies: ['lib'], sources }));
}

/** What a terminal shows of `tspm lock` while `dialog` is typed: pairs of what is waited for and what is typed then. */
async function onTerminal(
  project: Project,
  dialog: readonly (readonly [string, string])[],
  more: readonly string[] = [],
) {
  const command = [nodeUnderTest, cliPath, 'lock', '--no-cache', ...more];
  const input = JSON.stringify({ command, cwd: project.folder, env: project.env, dialog });
  const { stdout, stderr } = await runCommand(testPython(), [SCRIPT], { cwd: sandbox.root, env: project.env, input });
  if (stdout === '') throw new Error(stderr);
  // The script's own JSON.
  return JSON.parse(stdout) as Shown;
}

test('the right answers lock the project, and the password is not shown', async () => {
  const project = newProject();
  const { status, shown } = await onTerminal(project, [
    ['User name: ', 'me\n'],
    ['Password: ', 'w0xx\u007f\u007frd\n'],
  ]);
  expect([status, shown]).toEqual([0, expect.stringContaining(`source "pypi" (${server.simple}) wants a user name`)]);
  expect(shown).not.toMatch(/w0/);
  expect(project.read('pdm.lock')).toContain('name = "lib"');
});

test.each([
  [
    'wrong',
    [
      ['User name: ', 'me\n'],
      ['Password: ', 'wrong\n'],
    ],
    1,
    'not accepted',
  ],
  ['left', [['User name: ', '\u0004']], 1, 'pypi.username'],
  [
    'interrupted',
    [
      ['User name: ', 'me\n'],
      ['Password: ', '\u0003'],
    ],
    130,
    'TSPM_INTERRUPTED',
  ],
] as const)('answers that are %s change nothing', async (_, dialog, status, text) => {
  const project = newProject();
  expect(await onTerminal(project, dialog)).toEqual({ status, shown: expect.stringContaining(text) });
  expect(project.exists('pdm.lock')).toBe(false);
});

test('nobody is asked with -n, nor without a terminal', async () => {
  const project = newProject();
  expect(await onTerminal(project, [], ['-n'])).toEqual({ status: 1, shown: expect.not.stringContaining('User name') });
  expect(await project.tspm(['lock'])).toMatchObject({ status: 1, stdout: expect.not.stringContaining('User name') });
});
