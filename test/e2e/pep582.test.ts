/** `run` and the start-up hook: environment, exit status, signals, unusual places. */
import { spawn } from 'node:child_process';
import { chmodSync, symlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publish, pythonIdent } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { testPython } from '../support/python.ts';
import { cliPath, nodeUnderTest, type Project, runCommand, Sandbox } from '../support/tspm.ts';
import { dropPackages, onlySource, packagesOf, projectText, stateOf, withoutPrivilege } from '../support/workspace.ts';

const ident = pythonIdent();
const SCRIPTS = `[tool.pdm.scripts]
hello = "python -c \\"import greet, sys; print(greet.word, *sys.argv[1:])\\""
shelled = { shell = "echo $GREETING from $PDM_PROJECT_ROOT", env = { GREETING = "hi" } }
called = { call = "greet:main" }
both = { composite = ["hello one", "hello two"] }
failing = { composite = ["python -c 'raise SystemExit(7)'", "hello never"] }
`;

let server: IndexServer;
let sandbox: Sandbox;
let project: Project;

beforeAll(async () => {
  server = await startIndexServer();
  const greet = 'import sys\nword = "hello"\n\n\ndef main():\n    print("called", *sys.argv[1:])\n    return 4\n';
  publish(server, [
    { name: 'greet', version: '1.0', files: { 'greet.py': greet }, entryPoints: { greet: 'greet:main' } },
  ]);
  sandbox = new Sandbox();
  project = sandbox.project(
    "it's a “projéct” $HOME",
    projectText({ dependencies: ['greet'], sources: [onlySource(server.simple)], more: SCRIPTS }),
  );
  await project.ok(['install']);
});

afterAll(() => server.close());

describe('run', () => {
  test('gives PATH, PYTHONPATH and the variables of PDM', async () => {
    const code =
      'import os, json; print(json.dumps({k: os.environ.get(k) for k in ("PATH", "PDM_PROJECT_ROOT", "PDM_RUN_CWD", "PYTHONPATH", "PEP582_PACKAGES", "NO_SITE_PACKAGES")}))';
    project.write('sub/keep', '');
    const { stdout } = await project.ok(['run', 'python', '-c', code], { cwd: project.path('sub') });
    const env = JSON.parse(stdout) as Record<string, string | null>;
    const base = project.path('__pypackages__', ident);
    expect(env['PATH']?.startsWith(`${base}/bin:${project.env['PATH'] ?? ''}`)).toBe(true);
    expect(env['PYTHONPATH']).toMatch(/^\/.*\/pep582:$/);
    expect(env).toMatchObject({
      PDM_PROJECT_ROOT: project.folder,
      PDM_RUN_CWD: project.path('sub'),
      PEP582_PACKAGES: base,
      NO_SITE_PACKAGES: null,
    });
  });

  test('finds programs of packages, scripts of the project, and modules of the current folder', async () => {
    expect(await project.tspm(['run', 'greet', 'x'])).toMatchObject({ status: 4, stdout: 'called x\n' });
    expect((await project.ok(['run', 'hello', 'a b', '$c'])).stdout).toBe('hello a b $c\n');
    expect((await project.ok(['hello', 'short'])).stdout).toBe('hello short\n');
    expect((await project.ok(['run', 'shelled'])).stdout).toBe(`hi from ${project.folder}\n`);
    expect(await project.tspm(['run', 'called', 'y'])).toMatchObject({ status: 4, stdout: 'called y\n' });
    expect((await project.ok(['run', 'both'])).stdout).toBe('hello one\nhello two\n');
    expect(await project.tspm(['run', 'failing'])).toMatchObject({ status: 7, stdout: '' });
    project.write('sub/beside.py', 'import greet\nprint("beside", greet.word)\n');
    expect((await project.ok(['run', 'beside.py'], { cwd: project.path('sub') })).stdout).toBe('beside hello\n');
    const imported = await project.ok(['run', 'python', '-c', 'import beside'], { cwd: project.path('sub') });
    expect(imported.stdout).toBe('beside hello\n');
  });

  test('hides site-packages unless -s is given', async () => {
    const code = 'import sys; print(any(p.endswith("site-packages") for p in sys.path))';
    expect((await project.ok(['run', 'python', '-c', code])).stdout).toBe('False\n');
    expect((await project.ok(['run', '-s', 'python', '-c', code])).stdout).toBe('True\n');
  });

  test('ends with the status of the program, or 128 + the signal that killed it', async () => {
    expect((await project.tspm(['run', 'python', '-c', 'raise SystemExit(3)'])).status).toBe(3);
    expect((await project.tspm(['run', 'sh', '-c', 'exit 42'])).status).toBe(42);
    expect((await project.tspm(['run', 'sh', '-c', 'kill -9 $$'])).status).toBe(128 + constants.signals.SIGKILL);
  });

  test.each(['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGINT'] as const)('passes %s on', async (signal) => {
    const code = `import os, signal
signal.signal(signal.${signal}, lambda *_: (os.write(1, b'got it\\n'), os._exit(9)))
os.write(1, b'ready\\n')
while True: signal.pause()`;
    const child = spawn(nodeUnderTest, [cliPath, 'run', 'python', '-c', code], {
      cwd: project.folder,
      env: project.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const printed: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed.push(text);
      if (printed.length === 1) child.kill(signal);
    });
    const [status] = await once(child, 'close');
    expect([printed.join(''), status]).toEqual(['ready\ngot it\n', 9]);
  });

  test('passes standard input on and works without HOME, without a cache, and from below the project', async () => {
    const code = 'import greet, sys; print(sys.stdin.read(), greet.word)';
    const env = { HOME: undefined, XDG_CACHE_HOME: undefined, XDG_CONFIG_HOME: undefined };
    const { stdout } = await project.ok(['run', 'python', '-c', code], {
      input: 'typed',
      env,
      cwd: project.path('sub'),
    });
    expect(stdout).toBe('typed hello\n');
    const synced = await project.ok(['sync', '--reinstall'], { env: { ...env, PDM_CACHE_DIR: undefined } });
    expect(synced.stdout).toContain('Update greet 1.0 -> 1.0');
  });

  test('needs no right to write to the project', async () => {
    const before = stateOf(project);
    const folders = ['.', '__pypackages__', ...['', '/lib', '/.tspm'].map((name) => `__pypackages__/${ident}${name}`)];
    for (const path of folders.toReversed()) chmodSync(project.path(path), 0o555);
    try {
      const env = { PYTHONDONTWRITEBYTECODE: '1' };
      expect(
        (await withoutPrivilege(project, ['run', 'python', '-c', 'import greet; print(greet.word)'], env)).stdout,
      ).toBe('hello\n');
      expect((await withoutPrivilege(project, ['sync'], env)).stdout).toContain('nothing to do');
      expect((await withoutPrivilege(project, ['lock', '--check'], env)).status).toBe(0);
      expect((await withoutPrivilege(project, ['info', '--packages'], env)).stdout).toBe(
        `${project.path('__pypackages__', ident)}\n`,
      );
    } finally {
      for (const path of folders) chmodSync(project.path(path), 0o755);
    }
    expect(Object.keys(stateOf(project))).toEqual(Object.keys(before));
  });
});

describe('plain python after eval of --pep582', () => {
  test('finds the project of the script, also through another one it starts, and only there', async () => {
    project.write(
      'deep/a/b.py',
      'import subprocess, sys, greet\nprint(greet.word, flush=True)\nsubprocess.run([sys.executable, "-c", "import greet; print(greet.word, 2)"], check=True)\n',
    );
    const outside = await python(['-c', 'import greet'], sandbox.root);
    expect([outside.status, outside.stderr]).toEqual([1, expect.stringContaining("No module named 'greet'")]);
    expect((await python(['deep/a/b.py'], project.folder)).stdout).toBe('hello\nhello 2\n');
    expect((await python([project.path('sub/beside.py')], '/')).stdout).toBe('beside hello\n');
    symlinkSync(project.folder, `${sandbox.root}/linked`);
    expect((await python(['-c', 'import greet; print(greet.word)'], `${sandbox.root}/linked/deep`)).stdout).toBe(
      'hello\n',
    );
  });

  test('keeps the PYTHONPATH there was and is silent when nothing is installed', async () => {
    const env = { PYTHONPATH: project.path('sub') };
    expect((await python(['-c', 'import beside'], project.folder, env)).stdout).toBe('beside hello\n');
    dropPackages(project);
    expect(await python(['-c', 'print(1)'], project.folder)).toMatchObject({ status: 0, stdout: '1\n', stderr: '' });
    await project.ok(['sync']);
    expect(Object.keys(packagesOf(project)).length).toBeGreaterThan(5);
  });
});

/** Python as a shell starts it that has evaluated `tspm --pep582`. */
function python(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): ReturnType<typeof runCommand> {
  const script = 'eval "$("$0" "$1" --pep582 sh)" && shift && exec "$@"';
  return runCommand('/bin/sh', ['-c', script, nodeUnderTest, cliPath, testPython(), ...args], {
    cwd,
    env: { ...project.env, ...env },
  });
}
