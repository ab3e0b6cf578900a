/** `tspm run` and its neighbours as a user starts them: the bundled command line, real Pythons, no terminal. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  bundleCli,
  cleanEnvironment,
  machinePythons,
  node,
  nodeHasExecve,
  runToEnd,
  workFolder,
  writeFiles,
  type Ended,
  type Start,
} from './cli-bundle.ts';
import { sortedText } from '../../../src/util/collections.ts';

const folder = workFolder();
const dist = join(folder, 'dist');
const root = join(folder, 'my project');
const [python] = await machinePythons(folder);
if (python === undefined) throw new Error('these tests need a Python');
const packages = join(root, '__pypackages__', python.ident);
let script = '';
let metafile: Metafile;

beforeAll(async () => {
  ({ script, metafile } = await bundleCli(dist));
  writeFiles(root, {
    'pyproject.toml': PYPROJECT,
    [`__pypackages__/${python.ident}/lib/some_package.py`]:
      'def main(*words):\n    import sys\n    print("called", *words, *sys.argv[1:])\n    return 3\n',
    [`__pypackages__/${python.ident}/bin/tool`]: `#!${python.executable}\nimport sys, some_package; print("tool", sys.argv[1:], any("site-packages" in p for p in sys.path))\n`,
    'app/show.py': 'import sys, os, some_package; print(sys.argv[1:], os.getcwd())\n',
    'helper.py': 'NAME = "root module"\n',
    '.env': 'FROM_FILE=file\nHOME=ignored\n',
    '.pdm-python': python.executable,
    'wait.py': WAIT,
  });
  chmodSync(join(packages, 'bin/tool'), 0o755);
});

const PYPROJECT = `
[project]
name = "demo"
version = "1"
requires-python = ">=3.6"

[tool.pdm.options]
run = ["-k", "skipped"]

[tool.pdm.scripts]
_.env = { SHARED = "shared" }
hello = "echo hello"
pre_hello = "echo before"
post_hello = "echo after"
where = { shell = "pwd; echo $SHARED $FROM_FILE $PDM_RUN_CWD", env_file = ".env", working_dir = "app", help = "Where it runs" }
call = { call = "some_package:main('x')" }
failing = "python -c 'raise SystemExit(9)'"
both = { composite = ["hello {args}", "failing", "hello"] }
all = { composite = ["failing", "hello"], keep_going = true }
skipped = "echo never"
again = { cmd = "{pdm} run hello" }
_hidden = "echo hidden"
`;

/** Says that it is ready, notes signals, and goes on until SIGTERM. */
const WAIT = `
import os, signal, sys, time
def say(text):
    os.write(1, text.encode() + b"\\n")
def note(number, frame):
    say(signal.Signals(number).name)
    if number == signal.SIGTERM:
        sys.exit(5)
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), note)
say("ready")
while True:
    time.sleep(0.05)
`;

describe('tspm run', () => {
  it('runs the Python of the project with its packages, from any folder', async () => {
    const code = 'import sys, some_package; print(sys.executable, some_package.__file__)';
    const expected = `${python.executable} ${packages}/lib/some_package.py\n`;
    expect(await output(['run', 'python', '-c', code])).toBe(expected);
    expect(await output(['run', `python${python.ident}`, '-c', code], { cwd: join(root, 'app') })).toBe(expected);
  });

  it('runs a file with its arguments, in the folder it was called in', async () => {
    expect(await output(['run', 'app/show.py', '--lr', '0.1', '-p', 'x', '--help', '--', 'y z'])).toBe(
      `['--lr', '0.1', '-p', 'x', '--help', '--', 'y z'] ${root}\n`,
    );
    expect(await output(['run', 'show.py'], { cwd: join(root, 'app') })).toBe(`[] ${root}/app\n`);
  });

  it('gives programs the environment of the project', async () => {
    const code =
      'import os; print(*[os.environ.get(n) for n in ("PDM_PROJECT_ROOT", "PDM_RUN_CWD", "PEP582_PACKAGES", "PYTHONPATH")], sep="\\n")';
    expect(await output(['run', 'python', '-c', code], { cwd: join(root, 'app') })).toBe(
      [root, join(root, 'app'), packages, `${dist}/pep582:`, ''].join('\n'),
    );
    const path = await output(['run', 'sh', '-c', 'echo "$PATH"']);
    expect(path.startsWith(`${packages}/bin:`)).toBe(true);
  });

  it('finds modules beside the project file, as under PDM', async () => {
    writeFiles(root, { 'app/uses_helper.py': 'import helper; print(helper.NAME)\n' });
    expect(await output(['run', 'app/uses_helper.py'])).toBe('root module\n');
  });

  it('runs a command of a package in a project whose path has a colon, which PATH cannot name', async () => {
    const project = join(folder, 'a:b');
    writeFiles(project, {
      'pyproject.toml': PYPROJECT,
      '.pdm-python': python.executable,
      [`__pypackages__/${python.ident}/bin/env`]: '#!/bin/sh\necho own "$@"\n',
    });
    chmodSync(join(project, '__pypackages__', python.ident, 'bin/env'), 0o755);
    expect(await output(['run', 'env', 'x'], { cwd: project })).toBe('own x\n');
  });

  it('runs commands of packages, site-packages hidden unless asked for', async () => {
    expect(await output(['run', 'tool', 'a'])).toBe("tool ['a'] False\n");
    const seen = 'import sys; print(any("-packages" in p.replace("__pypackages__", "") for p in sys.path))';
    expect(await output(['run', 'python', '-c', seen])).toBe('False\n');
    expect(await output(['run', '-s', 'python', '-c', seen])).toBe('True\n');
  });

  it('works within itself', async () => {
    expect(
      await output([
        'run',
        'sh',
        '-c',
        `'${node}' '${script}' run python -c 'import os; print(os.environ["PYTHONPATH"])'`,
      ]),
    ).toBe(`${dist}/pep582:\n`);
    expect(await output(['run', 'again'])).toBe('before\nhello\nafter\n');
  });

  it('replaces variables in arguments', async () => {
    expect(await output(['run', 'echo', '${X}', '$X', '${NONE}', '${X:-y}'], { env: { X: 'ex' } })).toBe('ex $X  \n');
  });

  it('runs scripts of every kind', async () => {
    expect(await output(['run', 'hello', 'a b'])).toBe('before\nhello a b\nafter\n');
    expect(await output(['hello', 'x'], { cwd: join(root, 'app') })).toBe('before\nhello x\nafter\n');
    expect(await output(['run', 'where'])).toBe(`${root}/app\nshared file ${root}\n`);
    expect(await ended(['run', 'call', 'y'])).toMatchObject({ status: 3, stdout: 'called x y\n' });
    expect(await ended(['run', 'both', '1'])).toMatchObject({ status: 9, stdout: 'before\nhello 1\nafter\n' });
    expect(await ended(['run', 'all'])).toMatchObject({ status: 9, stdout: 'before\nhello\nafter\n' });
    expect(await ended(['run', 'skipped'])).toMatchObject({ status: 0, stdout: '' });
    expect(await output(['run', '-k', ':pre,post_hello', 'hello'])).toBe('hello\n');
  });

  it('lists scripts, for people and as JSON', async () => {
    const list = await output(['run', '--list']);
    expect(list).toMatch(/^│ where +│ shell +│ Where it runs +│$/m);
    expect(list).not.toContain('_hidden');
    const json: unknown = JSON.parse(await output(['run', '--json']));
    expect(json).toMatchObject({
      _: { kind: 'shared', env: { SHARED: 'shared' } },
      _hidden: { name: '_hidden', kind: 'cmd', help: 'echo hidden', args: 'echo hidden' },
      all: { kind: 'composite', args: ['failing', 'hello'], keep_going: true },
    });
  });

  it.each([
    [
      ['run', 'no-such-thing'],
      1,
      "error: Command 'no-such-thing' is not found in your PATH; `tspm run --list` shows the scripts of the project [TSPM_COMMAND_NOT_FOUND]\n",
    ],
    [
      ['run', 'helo'],
      1,
      "error: Command 'helo' is not found in your PATH; did you mean the script hello [TSPM_COMMAND_NOT_FOUND]\n",
    ],
    [
      ['run', './nope'],
      1,
      "error: Command './nope' is not a valid executable; `tspm run --list` shows the scripts of the project [TSPM_COMMAND_NOT_FOUND]\n",
    ],
    [['helo'], 2, 'error: Command not found: helo; did you mean hello? [TSPM_CLI_SYNTAX]\n'],
    [['run', '--lst'], 2, "error: tspm run: unknown option '--lst'; did you mean --list? [TSPM_CLI_SYNTAX]\n"],
    [
      ['run', '--venv', 'x', 'y'],
      1,
      'error: tspm does not work with virtual environments (--venv); packages go to __pypackages__ of a project [TSPM_UNSUPPORTED]\n',
    ],
  ])('%j: one line on standard error', async (args, status, stderr) => {
    expect(await ended(args)).toEqual({ status, signal: null, stdout: '', stderr });
  });

  it('needs a project, except for a single file', async () => {
    const empty = join(folder, 'empty');
    writeFiles(empty, { 'x.py': 'print("alone")\n' });
    expect(await ended(['run', 'python'], { cwd: empty })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('[TSPM_PROJECT_MISSING]'),
    });
    const env = { PDM_PYTHON: python.executable };
    expect(await output(['run', 'x.py'], { cwd: empty, env })).toBe('alone\n');
    expect(existsSync(join(empty, '.pdm-python'))).toBe(false);
  });

  it('passes the exit status on', async () => {
    expect(await ended(['run', 'python', '-c', 'raise SystemExit(7)'])).toMatchObject({ status: 7, signal: null });
    expect(await ended(['run', 'sh', '-c', 'exit 41'])).toMatchObject({ status: 41, signal: null });
    expect(await ended(['run', 'failing'])).toMatchObject({ status: 9, signal: null });
  });

  it('gives 128 + N for a program that signal N has killed', async () => {
    expect(await ended(['run', 'sh', '-c', 'kill -TERM $$'])).toMatchObject({ status: 143, signal: null });
    expect(await ended(['run', 'sh', '-c', 'kill -KILL $$'])).toMatchObject({ status: 137, signal: null });
  });

  it.skipIf(!nodeHasExecve)('becomes the Python where Node can, whose end is then its own', async () => {
    const code = 'import os, signal; print(os.getpid(), flush=True); os.kill(os.getpid(), signal.SIGKILL)';
    let pid: number | undefined;
    const result = await ended(['run', 'python', '-c', code], { onOutput: (child) => void (pid = child.pid) });
    expect(result).toMatchObject({ signal: 'SIGKILL', stdout: `${pid}\n` });
    const piped = await output(['run', 'sh', '-c', '(yes || true) | head -n 1']);
    expect(piped).toBe('y\n');
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const)(
    'passes %s on and waits for the program',
    async (signal) => {
      const result = await ended(['run', 'wait.py', signal, 'SIGTERM'], {
        onOutput: (child, text) => {
          if (text.includes('ready')) child.kill(signal);
          else if (text.includes(signal) && signal !== 'SIGTERM') child.kill('SIGTERM');
        },
      });
      const noted = signal === 'SIGTERM' ? '' : 'SIGTERM\n';
      expect(result).toEqual({ status: 5, signal: null, stdout: `ready\n${signal}\n${noted}`, stderr: '' });
    },
  );

  it('passes signals on to a script that is followed by another', async () => {
    writeFiles(folder, {
      'hooked/pyproject.toml':
        '[project]\nname = "x"\n[tool.pdm.scripts]\nw = "python wait.py SIGTERM"\npost_run = "echo after"\n',
    });
    const hooked = join(folder, 'hooked');
    cpSync(join(root, 'wait.py'), join(hooked, 'wait.py'));
    const result = await ended(['run', 'w'], {
      cwd: hooked,
      env: { PDM_PYTHON: python.executable },
      onOutput: (child, text) => void (text.includes('ready') && child.kill('SIGTERM')),
    });
    expect(result).toMatchObject({ status: 5, stdout: 'ready\nSIGTERM\nafter\n' });
  });

  it('starts no process of its own to know the Python, once it is known', async () => {
    await output(['info', '--python']);
    const trap = join(folder, 'trap');
    writeFiles(folder, { 'trap/python3': '#!/bin/sh\necho "probed" >&2\nexit 1\n' });
    chmodSync(join(trap, 'python3'), 0o755);
    expect(await ended(['info', '--python'], { env: { PATH: trap } })).toMatchObject({
      stdout: `${python.executable}\n`,
      stderr: '',
    });
  });

  it('loads no network, archive, resolver or lock code, and of the installer only where things lie', () => {
    const loaded = loadedInputs(metafile, [
      'src/cli/entry.ts',
      'src/cli/dispatch.ts',
      'src/cli/command-groups/environment.ts',
    ]);
    expect(
      sortedText(loaded).filter((path) =>
        /undici|yauzl|tar-stream|htmlparser2|log-update|src\/(http|index|archive|resolver|installer|lockfile|cache|app)\//.test(
          path,
        ),
      ),
      // It must see whether a change of the packages was interrupted, and whether the cache has lost what they are linked to.
    ).toEqual(['environment', 'files', 'missing', 'stamp', 'state'].map((name) => `src/installer/${name}.ts`));
    expect(loaded).toContain('src/run/runner.ts');
  });
});

describe('tspm --pep582', () => {
  it('prints shell text alone, which makes plain python find the packages', () => {
    const env = cleanEnvironment(folder, { TSPM: script, NODE: node, PY: python.executable });
    const text = 'eval "$("$NODE" "$TSPM" --pep582)"; cd app && "$PY" show.py x';
    for (const shell of ['sh', 'bash']) {
      expect(execFileSync(shell, ['-c', text], { cwd: root, env, encoding: 'utf8' })).toBe(`['x'] ${root}/app\n`);
    }
  });

  it('refuses shells it does not know', async () => {
    expect(await ended(['--pep582', 'foo'])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('Unsupported shell: foo'),
    });
  });
});

describe('tspm --version, info, config, use', () => {
  it('answers without a project, and fails when the disk is full', async () => {
    expect(await output(['--version'], { cwd: folder })).toBe('tspm, version 1.2.3\n');
    expect(await output(['--help'], { cwd: folder })).toMatch(/^Usage: tspm /);
    const text = `"${node}" "${script}" --version > /dev/full; echo $?`;
    const env = cleanEnvironment(folder);
    const result = await runToEnd('/bin/sh', ['-c', text], { cwd: folder, env });
    expect(result.stdout).toBe('1\n');
    expect(result.stderr).toMatch(/^error: standard output cannot be written: .*ENOSPC.*\[TSPM_IO\]\n$/);
  });

  it('ends with 141 when the reader has gone', async () => {
    // The reader closes its end before it gives the sign to write.
    const text = `( while test ! -e gone; do :; done; "${node}" "${script}" --help; echo "status $?" >&2 ) | (exec <&-; : > gone)`;
    const result = await runToEnd('/bin/sh', ['-c', text], { cwd: folder, env: cleanEnvironment(folder) });
    expect(result.stderr).toBe('status 141\n');
  });

  it('shows the project', async () => {
    expect(await output(['info'])).toBe(
      `tspm version:\n  1.2.3\nPython Interpreter:\n  ${python.executable} (${python.ident})\nProject Root:\n  ${root}\nLocal Packages:\n  ${packages}\n`,
    );
    expect(await output(['info', '--packages'], { cwd: join(root, 'app') })).toBe(`${packages}\n`);
    expect(JSON.parse(await output(['info', '--env']))).toHaveProperty('python_version');
    expect(JSON.parse(await output(['info', '--json']))).toMatchObject({
      python: { interpreter: python.executable, version: python.ident },
      project: { root, pypackages: packages },
    });
  });

  it('reports errors as JSON where JSON was asked for', async () => {
    const broken = join(folder, 'broken');
    writeFiles(broken, { 'pyproject.toml': '[project\n' });
    const { status, stdout, stderr } = await ended(['info', '--json'], { cwd: broken });
    expect([status, stdout]).toEqual([1, '']);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'TSPM_PYPROJECT_SYNTAX' } });
  });

  it('sets, shows and removes settings', async () => {
    expect(await ended(['config', 'install.cache', 'on'])).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
    expect(await output(['config', 'install.cache'])).toBe('True\n');
    await output(['config', '--local', 'install.cache', 'off']);
    expect(readFileSync(join(root, 'pdm.toml'), 'utf8')).toContain('cache = "off"');
    expect(await output(['config', 'install.cache'])).toBe('False\n');
    await output(['config', 'pypi.extra.url', 'https://example.org/simple']);
    await output(['config', 'pypi.extra.password', 'secret']);
    expect(await output(['config', 'pypi.extra'])).toBe(
      'pypi.extra.password = <hidden>\npypi.extra.url = https://example.org/simple\n',
    );
    expect(await output(['config'])).not.toContain('secret');
    await output(['config', '--delete', 'pypi.extra']);
    expect((await ended(['config', 'nope'])).stderr).toBe(
      "error: No such config key: 'nope' [TSPM_CONFIG_UNKNOWN_KEY]\n",
    );
    const shadowed = await ended(['config', 'pypi.url', 'https://x/'], { env: { PDM_PYPI_URL: 'https://y/' } });
    expect(shadowed.stderr).toContain('WARNING: the setting is shadowed by the environment variable PDM_PYPI_URL');
  });

  it('chooses a Python', async () => {
    const place = join(folder, 'chooser');
    writeFiles(place, { 'pyproject.toml': '[project]\nname = "x"\n[tool.pdm.scripts]\npost_use = "echo used"\n' });
    mkdirSync(join(place, 'bin'));
    symlinkSync(python.executable, join(place, 'bin/python3'));
    const shown = await output(['use', join(place, 'bin/python3')], { cwd: place });
    expect(shown).toMatch(/^Using Python interpreter: .*\(3\.\d+t?\)\nused\n$/);
    expect(readFileSync(join(place, '.pdm-python'), 'utf8')).toMatch(/^\/.*python/);
    expect(readFileSync(join(place, '.python-version'), 'utf8')).toBe(`${python.version[0]}.${python.version[1]}\n`);
    expect(await ended(['use', '3.99'], { cwd: place })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('error: no Python 3.99 is found; there is '),
    });
  });

  it('rewrites the commands of packages when the Python changes', async () => {
    const place = join(folder, 'chooser2');
    const bin = join(place, '__pypackages__', python.ident, 'bin');
    writeFiles(place, { 'pyproject.toml': '[project]\nname = "x"\n', '.pdm-python': '/old/python3' });
    mkdirSync(bin, { recursive: true });
    const result = await ended(['use', python.executable], { cwd: place });
    expect(result).toMatchObject({ status: 0, stdout: expect.stringContaining('Updating executable scripts...\n') });
  });
});

describe('tspm completion', () => {
  it.each(['bash'])('prints a script that %s can read', async (shell) => {
    writeFileSync(join(folder, 'complete'), await output(['completion', shell]));
    const text =
      'source complete; COMP_WORDS=(tspm sy); COMP_CWORD=1; _tspm; echo "${COMPREPLY[*]}"; COMP_WORDS=(tspm sync --reins); COMP_CWORD=2; _tspm; echo "${COMPREPLY[*]}"';
    expect(execFileSync(shell, ['-c', text], { cwd: folder, encoding: 'utf8' })).toBe('sync\n--reinstall\n');
  });
});

function ended(args: readonly string[], { cwd = root, env = {}, ...rest }: Partial<Start> = {}): Promise<Ended> {
  return runToEnd(node, [script, ...args], { cwd, env: cleanEnvironment(folder, env), ...rest });
}

/** What a run prints; throws unless it ends with status 0. */
async function output(args: readonly string[], start: Partial<Start> = {}): Promise<string> {
  const result = await ended(args, start);
  if (result.status !== 0)
    throw new Error(
      `tspm ${args.join(' ')} ended with ${result.status ?? result.signal}\n${result.stdout}${result.stderr}`,
    );
  return result.stdout;
}

/** Source files in the chunks that start with these modules, without what is imported later. */
function loadedInputs({ outputs }: Metafile, entryPoints: readonly string[]): readonly string[] {
  const chunks = Object.entries(outputs).filter(
    ([, chunk]) => chunk.entryPoint !== undefined && entryPoints.includes(chunk.entryPoint),
  );
  const seen = new Set<string>();
  const inputs = new Set<string>();
  const visit = (name: string): void => {
    const chunk = outputs[name];
    if (chunk === undefined || seen.has(name)) return;
    seen.add(name);
    for (const input of Object.keys(chunk.inputs)) inputs.add(input);
    for (const { path, kind } of chunk.imports) if (kind === 'import-statement') visit(path);
  };
  for (const [name] of chunks) visit(name);
  expect(chunks.length).toBe(entryPoints.length);
  return [...inputs];
}
