/** The start without Node: the same children as Node starts, and Node for every doubt. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pythonIdent } from '../support/catalogue.ts';
import { ASKED_NODE, Front, frontPath, SHELLS, type FrontOptions } from '../support/front.ts';
import { testPython } from '../support/python.ts';
import { Project, Sandbox } from '../support/tspm.ts';
import { projectText } from '../support/workspace.ts';
import { buildWheel } from '../support/wheel.ts';

const ident = pythonIdent();
const NOTHING = 'All packages are synced to date, nothing to do.\n  0:00:00 🎉 All complete! 0/0\n';
const DUMP = `import json, os, sys
fds = [int(n) for n in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + n)]
print(json.dumps([sys.argv, sys.executable, os.getcwd(), dict(os.environ), sys.path, [n for n in fds if n < 3]], sort_keys=True))
`;
/** Set by some shells for themselves. */
const SHELL_OWN = ['_', 'SHLVL', 'PWD', 'OLDPWD', 'TSPM_NO_FRONT'];

const sandbox = new Sandbox({ PDM_PYTHON: undefined });
const front = new Front(sandbox);
const scripts = '[tool.pdm.scripts]\ntask = "python dump.py task"\n';
let project: Project;

beforeAll(async () => {
  const wheels = join(sandbox.root, 'wheels');
  mkdirSync(wheels);
  const main = `import runpy\ndef main():\n    runpy.run_path("dump.py")\n`;
  for (const wheel of [
    buildWheel({
      name: 'dumper',
      version: '1.0',
      files: { 'dumper.py': main },
      entryPoints: { dumper: 'dumper:main' },
    }),
    buildWheel({ name: 'other', version: '1.0' }),
  ])
    writeFileSync(join(wheels, wheel.filename), wheel.bytes);
  const sources = [{ name: 'pypi', url: `file://${wheels}`, type: 'find_links' }];
  project = sandbox.project(
    "it's a “projéct”\n$HOME",
    projectText({ dependencies: ['dumper'], sources, more: scripts }),
  );
  // A line end in a path is a doubt for ever; the usual project has only the other odd characters.
  const plain = sandbox.project("it's a “projéct” $HOME", project.read('pyproject.toml'));
  for (const one of [project, plain]) {
    one.write('.pdm-python', testPython());
    one.write('dump.py', DUMP);
    one.write('sub/dump.py', DUMP);
    await one.ok(['install']);
    await one.ok(['sync']);
  }
  expect((await front.run(project, ['sync'])).status).toBe(ASKED_NODE);
  expect((await front.withNode(project, ['sync'])).stdout).toBe(NOTHING);
  project = plain;
});

describe('the same child as with Node', () => {
  const FORMS: readonly (readonly [string, readonly string[], FrontOptions?])[] = [
    ['a file', ['run', 'dump.py']],
    [
      'a file with arguments',
      ['run', 'dump.py', '', 'a b', "it's", '"q"', '$HOME', '*', '--', '-h', 'two\nlines', '\\'],
    ],
    ['python', ['run', 'python', 'dump.py', '--list']],
    ['python3', ['run', 'python3', 'dump.py']],
    ['python of the release', ['run', `python${ident}`, 'dump.py']],
    ['python -c', ['run', 'python', '-c', DUMP, '-l']],
    ['a module', ['run', 'python', '-m', 'dump', 'x']],
    ['a command of a package', ['run', 'dumper', '--version']],
    ['a command of a package by its path', ['run', `__pypackages__/${ident}/bin/dumper`]],
    ['a command of a package from here', ['run', `./__pypackages__/${ident}/bin/dumper`, '-s']],
    ['a command of the system', ['run', 'env', 'python3', 'dump.py']],
    ['below the root', ['run', 'dump.py'], { cwd: 'sub' }],
    ['a path', ['run', './sub/dump.py']],
    ['PYTHONPATH', ['run', 'dump.py'], { env: { PYTHONPATH: '/one:/two' } }],
    ['PYTHONPATH with empty entries', ['run', 'dump.py'], { env: { PYTHONPATH: ':/one::' } }],
    [
      'a run inside a run',
      ['run', 'dump.py'],
      { env: { PYTHONPATH: '/x/pep582:/one', PDM_RUN_CWD: '/', NO_SITE_PACKAGES: '' } },
    ],
    ['a run inside a run, alone', ['run', 'dump.py'], { env: { PYTHONPATH: '/x/pep582' } }],
    ['PYTHONPATH that is empty', ['run', 'dump.py'], { env: { PYTHONPATH: '' } }],
    [
      'variables of the shell',
      ['run', 'dump.py'],
      { env: { IFS: 'x', CDPATH: '/', ENV: '/nowhere', PS4: 'y', HISTFILE: 'z' } },
    ],
    ['variables with line ends', ['run', 'dump.py'], { env: { LINES2: 'a b\nc d=e\n' } }],
    // Node would complain about the file if it saw the variable when it starts.
    ['certificates for Node', ['run', 'dump.py'], { env: { NODE_EXTRA_CA_CERTS: '/no/such/file.pem' } }],
    ['PDM_PYTHON', ['run', 'dump.py'], { env: { PDM_PYTHON: testPython() } }],
    ['through a link', ['run', 'dump.py'], { cwd: 'link' }],
  ];

  beforeAll(() => symlinkSync('sub', project.path('link')));

  test.each(FORMS.map(([name, args, options]) => ({ name, args, options })))(
    '$name',
    async ({ args, options = {} }) => {
      const place = { ...options, cwd: project.path(options.cwd ?? '.') };
      const [alone, withNode] = await Promise.all([
        front.run(project, args, place),
        front.withNode(project, args, place),
      ]);
      expect(withNode).toMatchObject({ status: 0, stderr: '' });
      expect(alone).toMatchObject({ status: 0, stderr: '' });
      expect(told(alone.stdout, [])).toEqual(told(withNode.stdout, []));
    },
  );

  test.each(SHELLS.map((shell) => [shell.join(' '), shell] as const))('in %s', async (_, shell) => {
    const env = { PYTHONPATH: 'a b:', PWD: project.path('link'), OLDPWD: '/somewhere', WORDS: 'one  two *' };
    const place = { shell, env, cwd: project.path('link') };
    for (const args of [
      ['run', 'dump.py', 'a  b', '', "'"],
      ['run', 'env', 'python', 'dump.py'],
      ['run', 'dumper'],
    ]) {
      const cwd = args[1] === 'dumper' ? { cwd: project.folder } : {};
      const alone = await front.run(project, args, { ...place, ...cwd });
      expect(alone).toMatchObject({ status: 0, stderr: '' });
      const withNode = await front.withNode(project, args, { ...place, ...cwd });
      expect(told(alone.stdout, SHELL_OWN)).toEqual(told(withNode.stdout, SHELL_OWN));
    }
    expect(await front.run(project, ['sync'], { shell, cwd: project.path('link') })).toMatchObject({
      status: 0,
      stdout: NOTHING,
    });
    expect((await front.run(project, ['run', 'task'], { shell })).status).toBe(ASKED_NODE);
    expect((await front.run(project, ['sync', '-v'], { shell })).status).toBe(ASKED_NODE);
  });

  test('variables with names that a shell does not have', async () => {
    const env = { 'BASH_FUNC_module%%': '() {  eval echo "a=b"\n}', 'spring.name': 'x\ny=z', '1st': 'é', 'a-b': '' };
    for (const shell of SHELLS) {
      const [alone, withNode] = [
        await front.run(project, ['run', 'dump.py'], { env, shell }),
        await front.withNode(project, ['run', 'dump.py'], { env, shell }),
      ];
      const keeps = shell[0] === 'bash' || shell[0] === 'zsh';
      expect([shell, alone.status]).toEqual([shell, keeps ? 0 : ASKED_NODE]);
      for (const { stdout } of keeps ? [withNode, alone] : [withNode]) {
        expect(environment(stdout)).toMatchObject(env);
        expect(environment(stdout)).not.toHaveProperty('TSPM_LOST_VARIABLES');
      }
    }
  });
});

describe('sync with nothing to do', () => {
  test('says what Node says, with -q too, and needs the words of the last one', async () => {
    expect(await front.run(project, ['sync'])).toMatchObject({ status: 0, stdout: NOTHING, stderr: '' });
    expect((await front.run(project, ['sync', '--no-self'])).status).toBe(ASKED_NODE);
    expect((await front.run(project, ['sync '])).status).toBe(ASKED_NODE);
    for (const words of [['sync', '-q', '--prod'], ['sync', '--no-self', '--clean'], ['sync']]) {
      await front.withNode(project, words);
      const { stdout, stderr } = await front.withNode(project, words);
      expect([stdout, stderr]).toEqual([NOTHING, '']);
      expect(await front.run(project, words)).toMatchObject({ status: 0, stdout, stderr });
    }
  });

  test('is left to Node where it says more, or does something', async () => {
    for (const words of [
      ['sync', '-G', 'nope'],
      ['sync', '-v'],
      ['sync', '--dry-run'],
      ['sync', '-p', '.'],
      ['sync', '-k', ':all'],
    ]) {
      expect((await front.withNode(project, words)).status).toBe(0);
      expect([words, (await front.run(project, words)).status]).toEqual([words, ASKED_NODE]);
    }
    expect((await front.withNode(project, ['sync'])).status).toBe(0);
    expect((await front.run(project, ['sync'])).status).toBe(0);
  });

  test('leaves a full disk and a closed pipe to those who can say it', async () => {
    const command = `"$0" sync >/dev/full`;
    const env = { ...project.env, PATH: `${join(sandbox.root, 'spies')}:${project.env['PATH'] ?? ''}` };
    expect(() =>
      execFileSync('/bin/sh', ['-c', command, frontPath], { cwd: project.folder, env, stdio: 'pipe' }),
    ).toThrow(expect.objectContaining({ status: ASKED_NODE, stderr: Buffer.alloc(0) }) as Error);
  });
});

describe('Node for every doubt', () => {
  let copy: Project;
  let pristine: string;

  beforeAll(async () => {
    copy = sandbox.project('doubtful');
    pristine = join(sandbox.root, 'pristine');
    for (const name of ['pyproject.toml', 'pdm.lock', '.pdm-python', 'dump.py'])
      copyFileSync(project.path(name), copy.path(name));
    expect((await front.withNode(copy, ['sync'])).status).toBe(0);
    execFileSync('cp', ['-a', copy.folder, pristine]);
  });

  /** The project as the sync left it, to the nanosecond. */
  beforeEach(async () => {
    rmSync(copy.folder, { recursive: true });
    execFileSync('cp', ['-a', pristine, copy.folder]);
    expect(await outcomes()).toEqual([0, 0]);
  });

  const outcomes = async (options: FrontOptions = {}): Promise<(number | null)[]> => [
    (await front.run(copy, ['run', 'true'], options)).status,
    (await front.run(copy, ['sync'], options)).status,
  ];
  const both = [ASKED_NODE, ASKED_NODE];
  const base = (...parts: string[]): string => copy.path('__pypackages__', ident, ...parts);

  test('pyproject.toml changed, in the same instant, to the same length, by an older file, or away', async () => {
    const path = copy.path('pyproject.toml');
    const text = readFileSync(path, 'utf8');
    const { atime, mtime } = statSync(path);
    writeFileSync(path, text.replace('0.1.0', '0.1.1'));
    utimesSync(path, atime, mtime);
    expect(await outcomes()).toEqual(both);
    writeFileSync(path, text);
    expect(await outcomes()).toEqual([0, 0]);
    writeFileSync(copy.path('old'), `${text}\n`);
    utimesSync(copy.path('old'), 1, 1);
    renameSync(copy.path('old'), path);
    expect(await outcomes()).toEqual(both);
    rmSync(path);
    expect(await outcomes()).toEqual(both);
  });

  test('pdm.lock changed: run does not read it', async () => {
    appendFileSync(copy.path('pdm.lock'), '\n');
    expect(await outcomes()).toEqual([0, ASKED_NODE]);
    rmSync(copy.path('pdm.lock'));
    expect(await outcomes()).toEqual([0, ASKED_NODE]);
  });

  test('packages came, went or were installed anew by something else', async () => {
    mkdirSync(base('lib/foreign-1.dist-info'));
    expect(await outcomes()).toEqual([0, ASKED_NODE]);
    rmSync(base('lib/foreign-1.dist-info'), { recursive: true });
    expect(await outcomes()).toEqual([0, 0]);
    const metadata = readFileSync(base('lib/dumper-1.0.dist-info/METADATA'));
    rmSync(base('lib/dumper-1.0.dist-info/METADATA'));
    expect(await outcomes()).toEqual([0, ASKED_NODE]);
    writeFileSync(base('lib/dumper-1.0.dist-info/METADATA'), metadata);
    expect(await outcomes()).toEqual([0, 0]);
    appendFileSync(base('lib/dumper-1.0.dist-info/RECORD'), 'x,,\n');
    expect(await outcomes()).toEqual([0, ASKED_NODE]);
    renameSync(base('lib/dumper.py'), base('away'));
    expect(await outcomes()).toEqual([0, ASKED_NODE]);
    rmSync(base('lib'), { recursive: true });
    expect(await outcomes()).toEqual([0, ASKED_NODE]);
  });

  test('a project above appears, which may be a workspace', async () => {
    const above = join(sandbox.root, 'pyproject.toml');
    writeFileSync(above, '[tool.pdm.workspace]\nmembers = ["doubtful"]\n');
    expect(await outcomes()).toEqual(both);
    rmSync(above);
    expect(await outcomes()).toEqual([0, 0]);
  });

  test('a change is under way', async () => {
    for (const [name, wanted] of [
      [base('.tspm/journal.json'), both],
      [base('.tspm/staging'), [0, ASKED_NODE]],
      [base('.tspm/trash'), [0, ASKED_NODE]],
      [copy.path('.tspm-pending.json'), both],
    ] as const) {
      writeFileSync(name, '{}');
      expect([name, await outcomes()]).toEqual([name, wanted]);
      rmSync(name);
    }
  });

  test('settings appear, or change', async () => {
    const home = join(sandbox.root, 'home/config/pdm');
    for (const folder of [home, join(sandbox.root, 'home/site-config/pdm')]) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'config.toml'), '');
      expect(await outcomes()).toEqual(both);
      rmSync(folder, { recursive: true });
    }
    for (const name of ['pdm.toml', '.pdm.toml']) {
      copy.write(name, '');
      expect([name, await outcomes()]).toEqual([name, both]);
      rmSync(copy.path(name));
    }
    mkdirSync(home);
    writeFileSync(join(home, 'config.toml'), '[install]\ncache = false\n');
    expect((await front.withNode(copy, ['sync'])).status).toBe(0);
    expect(await outcomes()).toEqual([0, 0]);
    expect(await outcomes({ env: { XDG_CONFIG_HOME: join(sandbox.root, 'elsewhere') } })).toEqual(both);
    expect(await outcomes({ env: { XDG_CONFIG_HOME: undefined, HOME: undefined } })).toEqual(both);
    writeFileSync(join(home, 'config.toml'), '[install]\ncache = true\n');
    expect(await outcomes()).toEqual(both);
    rmSync(home, { recursive: true });
    expect(await outcomes()).toEqual(both);
  });

  test('another home that has no settings either is none', async () => {
    expect(await outcomes({ env: { XDG_CONFIG_HOME: undefined, HOME: join(sandbox.root, 'nobody') } })).toEqual([0, 0]);
    expect(await outcomes({ env: { XDG_CONFIG_DIRS: undefined, HOME: '/' } })).toEqual([0, 0]);
  });

  test('another interpreter', async () => {
    const python = join(sandbox.root, 'another-python');
    copyFileSync(testPython(), python);
    expect(await outcomes({ env: { PDM_PYTHON: python } })).toEqual(both);
    copy.write('.pdm-python', python);
    expect(await outcomes()).toEqual(both);
    copy.write('.pdm-python', `${testPython()}\n${python}\n`);
    expect(await outcomes()).toEqual(both);
    copy.write('.pdm-python', `${testPython()}\n`);
    expect(await outcomes()).toEqual([0, 0]);
    rmSync(copy.path('.pdm-python'));
    expect(await outcomes()).toEqual(both);
  });

  test('another interpreter at the same place, newer, older, or behind a link', async () => {
    const { prefix, python, link } = await linkedPython(copy);
    expect(await outcomes()).toEqual([0, 0]);
    execFileSync('cp', ['-p', python, `${python}-too`]);
    const seconds = statSync(python).mtimeMs / 1000;
    for (const other of [seconds + 1, seconds - 1]) {
      utimesSync(python, other, other);
      expect(await outcomes()).toEqual(both);
    }
    execFileSync('touch', ['-r', `${python}-too`, python]);
    expect(await outcomes()).toEqual([0, 0]);
    rmSync(link);
    symlinkSync(`${python}-too`, link);
    expect(await outcomes()).toEqual(both);
    rmSync(prefix, { recursive: true });
    expect(await outcomes()).toEqual(both);
  });

  test('the stamp is missing, damaged, of another tspm, of another place', async () => {
    const path = base('.tspm/run');
    const text = readFileSync(path, 'utf8');
    const put = (content: string): void => {
      writeFileSync(path, content);
      execFileSync('touch', ['-r', realpathSync(testPython()), path]);
    };
    for (const wrong of [
      '',
      '\n',
      text.slice(0, 200),
      text.slice(0, text.indexOf('\n\n') + 1),
      text.replace(/^version .*/m, 'version 0.0.1'),
      text.replace(/^hook .*/m, 'hook /usr/lib/tspm/dist/pep582'),
      text.replace(/^root .*/m, 'root /elsewhere'),
      `later 1\n${text}`,
    ]) {
      put(wrong);
      expect([wrong, (await outcomes())[0]]).toEqual([wrong, ASKED_NODE]);
    }
    put(text);
    expect((await outcomes())[0]).toBe(0);
    writeFileSync(path, text);
    expect((await outcomes())[0]).toBe(ASKED_NODE);
    rmSync(path);
    expect((await outcomes())[0]).toBe(ASKED_NODE);
  });

  test('a copy of the project, and one that took its place', async () => {
    const moved = copy.path('../moved');
    cpSync(copy.folder, moved, { recursive: true, preserveTimestamps: true });
    const other = new Project(moved, copy.env);
    expect((await front.run(other, ['run', 'dump.py'])).status).toBe(ASKED_NODE);
    expect((await front.run(other, ['sync'])).status).toBe(ASKED_NODE);
    rmSync(moved, { recursive: true });
  });

  test('words that Node reads: options, scripts, metadata, variables, other Pythons, links, winding paths', async () => {
    copy.write('meta.py', '# /// script\n# dependencies = []\n# ///\n');
    symlinkSync('dump.py', copy.path('linked'));
    chmodSync(copy.path('dump.py'), 0o755);
    for (const words of [
      ['run'],
      ['run', '-s', 'python'],
      ['run', '--', 'python'],
      ['run', '-l'],
      ['run', '-p', '.', 'python'],
      ['run', 'task'],
      ['task'],
      ['run', 'meta.py'],
      ['run', 'missing.py'],
      ['run', 'python', '-c', '${HOME}'],
      ['run', 'python2'],
      ['run', 'python3.99'],
      ['run', '~/x'],
      ['run', ''],
      ['run', 'nowhere-to-be-found'],
      ['run', './linked'],
      ['run', './sub/../dump.py/'],
      ['run', '../x'],
      ['run', './pyproject.toml'],
      ['list'],
      ['sync', '--help'],
      ['-q', 'sync'],
      [],
    ]) {
      expect([words, (await front.run(copy, words)).status]).toEqual([words, ASKED_NODE]);
    }
  });

  test('variables that change what is done', async () => {
    for (const env of [
      { PDM_PROJECT: '.' },
      { PDM_SKIP_HOOKS: '' },
      { PDM_IGNORE_SAVED_PYTHON: '1' },
      { PDM_CONFIG_FILE: 'x' },
    ])
      expect(await outcomes({ env })).toEqual(both);
    expect(await outcomes({ env: { TSPM_NO_FRONT: '1' } })).toEqual(both);
    expect(await outcomes({ env: { PDM_NO_SELF: '1' } })).toEqual(both);
  });

  test('hooks and options of the project', async () => {
    const text = copy.read('pyproject.toml');
    for (const [more, wanted] of [
      ['pre_run = "true"\n', [ASKED_NODE, 0]],
      ['post_run = "true"\n', [ASKED_NODE, 0]],
      ['_ = { env = { A = "1" } }\n', [ASKED_NODE, 0]],
      ['pre_invoke = "true"\n', both],
      ['post_install = "true"\n', [0, ASKED_NODE]],
      ['x = "true"\n[tool.pdm.options]\nrun = ["-s"]\n', [ASKED_NODE, 0]],
    ] as const) {
      copy.write('pyproject.toml', `${text}${more}`);
      expect((await front.withNode(copy, ['sync'])).status).toBe(0);
      expect([more, await outcomes()]).toEqual([more, wanted]);
    }
  });
});

test('a package that the cache has lost is told by Node', async () => {
  const linked = sandbox.project('linked', project.read('pyproject.toml'));
  linked.write('pdm.toml', '[install]\ncache = true\ncache_method = "symlink"\n');
  for (const name of ['pdm.lock', '.pdm-python', 'dump.py']) copyFileSync(project.path(name), linked.path(name));
  expect((await front.withNode(linked, ['sync'])).status).toBe(0);
  expect((await front.run(linked, ['run', 'dump.py'])).status).toBe(0);
  expect(await front.run(linked, ['sync'])).toMatchObject({ status: 0, stdout: NOTHING });
  const store = join(sandbox.cacheDirectory, 'store-v1');
  renameSync(store, `${store}-away`);
  try {
    expect((await front.run(linked, ['run', 'dump.py'])).status).toBe(ASKED_NODE);
    expect((await front.run(linked, ['sync'])).status).toBe(ASKED_NODE);
    expect((await front.withNode(linked, ['run', 'dump.py'])).stderr).toContain('not in the cache any more');
  } finally {
    renameSync(`${store}-away`, store);
  }
});

test('without Node it does what it can, and says why it cannot do more', async () => {
  const tools = join(sandbox.root, 'tools');
  mkdirSync(tools);
  for (const name of ['grep', 'sha256sum', 'readlink'])
    symlinkSync(execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(tools, name));
  const env = { PATH: tools };
  const run = (args: readonly string[]) => front.run(project, args, { env });
  expect((await run(['run', 'dump.py'])).status).toBe(0);
  expect((await run(['sync'])).stdout).toBe(NOTHING);
  expect(await run(['run', 'task'])).toMatchObject({
    status: 127,
    stdout: '',
    stderr: 'error: tspm needs Node here, and no node is in PATH: task is a script of the project\n',
  });
});

/** A Python of its own place behind a link, which the project is synced for. */
async function linkedPython(target: Project): Promise<{ prefix: string; python: string; link: string }> {
  const prefix = join(sandbox.root, 'prefix');
  mkdirSync(join(prefix, 'bin'), { recursive: true });
  const real = execFileSync(testPython(), ['-Ic', 'import os, sys; print(os.path.realpath(sys.executable))'], {
    encoding: 'utf8',
  });
  const lib = execFileSync(testPython(), ['-Ic', 'import sys; print(sys.base_prefix)'], { encoding: 'utf8' }).trim();
  const python = join(prefix, 'bin', `python${ident}`);
  const link = join(prefix, 'bin/python');
  copyFileSync(real.trim(), python);
  symlinkSync(join(lib, 'lib'), join(prefix, 'lib'));
  symlinkSync(python, link);
  target.write('.pdm-python', link);
  const synced = await front.withNode(target, ['sync']);
  expect(synced).toMatchObject({ status: 0 });
  return { prefix, python, link };
}

test.skipIf(!hasStrace())(
  'costs at most 60 file operations over Python alone, and starts it as the same process',
  () => {
    const env = { ...project.env, PATH: `${join(sandbox.root, 'spies')}:${project.env['PATH'] ?? ''}` };
    const count = (...command: string[]): number => {
      const log = join(sandbox.root, 'calls');
      execFileSync('strace', ['-f', '-qq', '-o', log, '-e', 'trace=%file', '-e', 'signal=none', ...command], {
        cwd: project.folder,
        env,
      });
      const calls = readFileSync(log, 'utf8').trim().split('\n');
      expect(calls[0]?.split(' ')[0]).toBe(calls.at(-1)?.split(' ')[0]);
      return calls.filter((line) => !line.includes(' resumed>')).length;
    };
    // Isolated, Python does not look at the environment, which would count as well.
    const code = ['-IS', '-c', 'pass'];
    const extra = count(frontPath, 'run', 'python', ...code) - count(testPython(), ...code);
    console.log(`run without Node: ${extra} file operations over Python alone`);
    expect(extra).toBeLessThanOrEqual(60);
  },
);

function hasStrace(): boolean {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

type Told = readonly [
  argv: unknown,
  executable: unknown,
  cwd: unknown,
  env: Record<string, string>,
  ...rest: unknown[],
];

/** What the child saw, without the folder of `node` in PATH and without `names`. */
function told(stdout: string, names: readonly string[]): unknown {
  const [argv, executable, cwd, env, ...rest] = JSON.parse(stdout) as Told;
  const kept = Object.entries(env).filter(([name]) => !names.includes(name) && name !== 'TSPM_NO_FRONT');
  const nodes = ['spies', 'nodes'].map((name) => join(sandbox.root, name));
  const path = (env['PATH'] ?? '').split(':').filter((folder) => !nodes.includes(folder));
  return [argv, executable, cwd, { ...Object.fromEntries(kept), PATH: path.join(':') }, ...rest];
}

function environment(stdout: string): Record<string, string> {
  return (JSON.parse(stdout) as Told)[3];
}
