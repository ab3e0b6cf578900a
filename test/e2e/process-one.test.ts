/** `run` as the first process of a container: signals, exit status, a read-only root, users without a name and a home. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Front, frontPath } from '../support/front.ts';
import { testPython } from '../support/python.ts';
import { type Project, runCommand, type RunResult, Sandbox } from '../support/tspm.ts';
import { projectText } from '../support/workspace.ts';

const CONTAINER = ['unshare', '--pid', '--fork', '--mount', '--mount-proc', '--kill-child'];
/** Tells who it is, ends with 7 when it is asked to end, and asks the first process for that. */
const PROGRAM = `import os, signal, subprocess, sys
def stop(*_):
    os.write(1, b"asked\\n")
    os._exit(7)
signal.signal(signal.SIGTERM, stop)
others = [p for p in os.listdir("/proc") if p.isdigit() and p != str(os.getpid())]
print(os.getpid() == 1, len(others), os.getuid(), flush=True)
subprocess.Popen(["sh", "-c", "kill -TERM 1"])
while True: signal.pause()
`;
const sandbox = new Sandbox({ PDM_PYTHON: undefined });
const front = new Front(sandbox);
let project: Project;

beforeAll(async () => {
  project = sandbox.project('app', projectText({ more: '[tool.pdm.scripts]\nserve = "python serve.py"\n' }));
  project.write('.pdm-python', testPython());
  project.write('serve.py', PROGRAM);
  project.write('exit.py', 'import sys; sys.exit(int(sys.argv[1]))\n');
  chmodSync(sandbox.root, 0o755);
  await project.ok(['lock']);
  await project.ok(['sync']);
});

const isAllowed = starts([...CONTAINER, 'true']);

describe.skipIf(!isAllowed)('as the first process', () => {
  test('the program is it, is asked to end once, and its status is the status', async () => {
    const env = { ...project.env, PATH: front.pathWithoutNode };
    const started = await inContainer([frontPath, 'run', 'serve.py'], env);
    expect(started).toEqual({ status: 7, signal: null, stdout: 'True 0 0\nasked\n', stderr: '' });
    for (const status of ['0', '3', '255'])
      expect((await inContainer([frontPath, 'run', 'exit.py', status], env)).status).toBe(Number(status));
  });

  test('with Node in between, the program hears of it too', async () => {
    const env = { ...project.env, PATH: front.pathWithNode };
    const started = await inContainer([frontPath, 'run', 'serve'], env);
    expect(started).toMatchObject({ status: 7, stderr: '' });
    expect(started.stdout).toMatch(/^(?:True 0|False 1) 0\nasked\n$/);
  });
});

const READ_ONLY = [
  'sh',
  '-c',
  'mount -o remount,bind,ro / && ! touch "$0" 2>/dev/null && exec "$@"',
  join(tmpdir(), 'touched'),
];
/** May read all files, because Python may lie in the home of another user, but is nobody. */
const NOBODY =
  'setpriv --reuid=12345 --regid=12345 --clear-groups --no-new-privs --inh-caps=+dac_read_search --ambient-caps=+dac_read_search --'.split(
    ' ',
  );
const isSealable = isAllowed && starts([...CONTAINER, ...READ_ONLY, ...NOBODY, 'true']);

test.skipIf(!isSealable).each([
  ['alone', { PATH: front.pathWithoutNode, HOME: '/nowhere', XDG_CONFIG_HOME: undefined }],
  ['with Node', { PATH: front.pathWithNode, HOME: undefined, XDG_CONFIG_HOME: undefined, TSPM_NO_FRONT: '1' }],
] as const)('%s, on a read-only root, as a user without name and home', async (_, env) => {
  const started = await inContainer([...READ_ONLY, ...NOBODY, frontPath, 'run', 'serve.py'], {
    ...project.env,
    XDG_CACHE_HOME: undefined,
    ...env,
  });
  expect(started).toMatchObject({ status: 7, stderr: '' });
  expect(started.stdout).toMatch(/^(?:True 0|False 1) 12345\nasked\n$/);
});

test('signals that end a program without a handler end tspm in the same way', () => {
  const env = { ...project.env, PATH: front.pathWithoutNode };
  const run = (signal: string) =>
    spawnSync(frontPath, ['run', 'python', '-c', `import os; os.kill(os.getpid(), ${signal})`], {
      cwd: project.folder,
      env,
    });
  expect([run('9').signal, run('15').signal]).toEqual(['SIGKILL', 'SIGTERM']);
  const shown = execFileSync(
    '/bin/sh',
    ['-c', '"$0" run python -c "import os; os.kill(os.getpid(), 15)"; echo $?', frontPath],
    {
      cwd: project.folder,
      env,
      encoding: 'utf8',
    },
  );
  expect(shown).toBe('143\n');
});

function starts([program = '', ...words]: readonly string[]): boolean {
  return spawnSync(program, words).status === 0;
}

function inContainer(command: readonly string[], env: NodeJS.ProcessEnv): Promise<RunResult> {
  const [program = '', ...words] = [...CONTAINER, ...command];
  return runCommand(program, words, { cwd: project.folder, env });
}
