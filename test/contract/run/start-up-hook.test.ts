/** The start-up hook in real Pythons: everything below runs in every Python 3.6 or later of this machine, one of each version. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hookFolder } from '../../../src/run/hook-folder.ts';
import { pep582Text } from '../../../src/run/pep582.ts';
import { cleanEnvironment, machinePythons, workFolder, writeFiles } from './cli-bundle.ts';

const folder = workFolder();
const pythons = await machinePythons(folder);
const pathFolders = () => (process.env['PATH'] ?? '').split(':');
const activate = pep582Text('sh', hookFolder());

describe.each(pythons)('Python $versionText', ({ executable, ident, version, freeThreaded }) => {
  const root = join(folder, ident);
  const packages = join(root, '__pypackages__', ident);
  writeFiles(root, {
    [`__pypackages__/${ident}/lib/some_package.py`]: 'WHERE = __file__\n',
    [`__pypackages__/${ident}/lib/extra.pth`]: '../more\n',
    [`__pypackages__/${ident}/more/from_pth.py`]: '',
    'sub/deep/script.py': 'import sys, some_package, from_pth; print(some_package.WHERE, *sys.argv[1:])\n',
    'other/usercode/sitecustomize.py': 'import builtins\nbuiltins.user_hook_ran = True\n',
    'wheel.py': 'import sysconfig, json; print(json.dumps(sysconfig.get_paths()))\n',
  });
  const wheel = join(packages, 'lib/some_package.py');

  it('finds the packages of the script and of the current folder, from any depth', () => {
    // Before 3.8 a starting Python does not know its arguments yet.
    const from = version[1] >= 8 ? folder : join(root, 'sub');
    expect(shell(`${activate} "$PY" ${join(root, 'sub/deep/script.py')} a b`, from)).toBe(`${wheel} a b\n`);
    expect(shell(`${activate} cd sub/deep && "$PY" -c 'import some_package; print(some_package.WHERE)'`)).toBe(
      `${wheel}\n`,
    );
    expect(shell(`${activate} cd sub && echo 'import some_package; print(some_package.WHERE)' | "$PY" -`)).toBe(
      `${wheel}\n`,
    );
    expect(shell(`${activate} cd sub && "$PY" -m some_package && echo done`)).toBe('done\n');
  });

  it('changes nothing where there are no packages', () => {
    const show = `"$PY" -c 'import sys; print(sys.path)'`;
    expect(shell(`${activate} ${show}`, folder)).toBe(shell(show, folder));
  });

  it('puts packages between the standard library and site-packages, or before nothing', () => {
    const code =
      'import sys, os, sysconfig; print(os.pathsep.join(sys.path)); print(sysconfig.get_path("stdlib")); print(os.environ.get("NO_SITE_PACKAGES"))';
    const [visible = '', stdlib = ''] = shell(`${activate} "$PY" -c '${code}'`).split('\n');
    const order = visible.split(':');
    expect(order.indexOf(join(packages, 'lib'))).toBeGreaterThan(order.indexOf(stdlib));
    const site = order.findIndex((entry) => /(site|dist)-packages$/.test(entry));
    expect(site === -1 || site > order.indexOf(join(packages, 'lib'))).toBe(true);
    const [hidden = '', , variable] = shell(`${activate} NO_SITE_PACKAGES=1 "$PY" -c '${code}'`).split('\n');
    expect(hidden.split(':').filter((entry) => /(site|dist)-packages$/.test(entry))).toEqual([]);
    expect(variable).toBe('None');
    expect(order.filter((entry) => entry.includes('pep582'))).toEqual([]);
    expect(new Set(order).size).toBe(order.length);
  });

  it('lets the next sitecustomize run, and shows that one to programs', () => {
    const code = 'import sitecustomize, some_package; print(user_hook_ran, sitecustomize.__file__)';
    const other = join(root, 'other/usercode');
    expect(shell(`${activate} PYTHONPATH=$PYTHONPATH:${other} "$PY" -c '${code}'`)).toBe(
      `True ${other}/sitecustomize.py\n`,
    );
  });

  it('still adds the packages when the next sitecustomize fails', () => {
    writeFiles(root, { 'broken/sitecustomize.py': 'raise ValueError("no")\n' });
    const script = `${activate} PYTHONPATH=$PYTHONPATH:${root}/broken "$PY" -c 'import some_package; print("ok")' 2>&1`;
    const shown = shell(script);
    expect(shown).toContain('ValueError: no');
    expect(shown).toContain('ok\n');
  });

  it('uses the folder PEP582_PACKAGES names, unless it is of another Python', () => {
    const elsewhere = `cd ${folder} && `;
    const show = `"$PY" -c 'import some_package; print(some_package.WHERE)'`;
    expect(shell(`${activate} ${elsewhere} PEP582_PACKAGES=${packages} ${show}`)).toBe(`${wheel}\n`);
    expect(shell(`${activate} PEP582_PACKAGES=${root}/__pypackages__/3.99 ${show}`)).toBe(`${wheel}\n`);
    expect(
      shell(`${activate} ${elsewhere} PEP582_PACKAGES=${root}/__pypackages__/3.99 ${show} 2>&1 || echo failed`),
    ).toMatch(/failed\n$/);
  });

  it('tells sysconfig to install into that folder', () => {
    const paths: unknown = JSON.parse(shell(`${activate} PEP582_PACKAGES=${packages} "$PY" wheel.py`));
    expect(paths).toMatchObject({
      purelib: join(packages, 'lib'),
      platlib: join(packages, 'lib'),
      stdlib: join(packages, 'lib'),
      include: join(packages, 'include'),
      scripts: join(packages, 'bin'),
      data: packages,
    });
    const code =
      'import sysconfig as s; print(s.get_path("scripts"), s.get_paths("posix_prefix")["stdlib"] != s.get_path("stdlib"))';
    expect(shell(`${activate} PEP582_PACKAGES=${packages} "$PY" -c '${code}'`)).toBe(`${packages}/bin True\n`);
  });

  it('imports nothing for that, and leaves nothing behind', () => {
    const code =
      'import sys; before = len(sys.meta_path); was = "sysconfig" in sys.modules; import sysconfig; print(was, len(sys.meta_path) - before)';
    const loads = shell(`"$PY" -c 'import sys; print("sysconfig" in sys.modules)'`).trim();
    const shown = shell(`${activate} PEP582_PACKAGES=${packages} "$PY" -c '${code}'`);
    expect(shown).toBe(loads === 'True' ? 'True 0\n' : 'False -1\n');
  });

  it('works in Pythons started by Python', () => {
    const code =
      'import subprocess, sys; subprocess.check_call([sys.executable, "-c", "import some_package; print(1)"])';
    expect(shell(`${activate} PEP582_PACKAGES=${packages} "$PY" -c '${code}'`, folder)).toBe('1\n');
  });

  it('does not mind a current folder that is gone', () => {
    mkdirSync(join(root, 'gone'), { recursive: true });
    expect(shell(`${activate} cd gone && rmdir ../gone && "$PY" -c 'print("ok")'`)).toBe('ok\n');
  });

  it('finds its own folder for free threading before the plain one', () => {
    const other = freeThreaded ? ident.slice(0, -1) : `${ident}t`;
    writeFiles(root, { [`__pypackages__/${other}/lib/some_package.py`]: 'WHERE = "wrong"\n' });
    expect(shell(`${activate} "$PY" -c 'import some_package; print(some_package.WHERE)'`)).toBe(`${wheel}\n`);
  });

  it('follows links to the packages', () => {
    writeFiles(root, { 'linked/x.py': '' });
    symlinkSync(join(root, '__pypackages__'), join(root, 'linked/__pypackages__'));
    const shown = shell(`${activate} cd linked && "$PY" -c 'import some_package; print(some_package.WHERE)'`);
    expect(shown).toBe(`${join(root, 'linked/__pypackages__', ident, 'lib/some_package.py')}\n`);
  });

  function shell(text: string, cwd = root): string {
    const env = cleanEnvironment(folder, { PY: executable, PYTHONDONTWRITEBYTECODE: '1' });
    return execFileSync('/bin/sh', ['-c', text], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }
});

describe('the text for the shell', () => {
  it.each([
    ['unset PYTHONPATH', ''],
    ["PYTHONPATH=''", ''],
    ["PYTHONPATH='/a b:/c'", ':/a b:/c'],
  ])('keeps what was there after %s, in scripts that stop at errors and unset variables', (before, kept) => {
    const text = `set -eu; ${before}; ${activate} printf %s "$PYTHONPATH"`;
    const shown = execFileSync('/bin/sh', ['-c', text], { env: cleanEnvironment(folder), encoding: 'utf8' });
    expect(shown).toBe(hookFolder() + kept);
  });
});

const pyenv = join(homedir(), '.pyenv/versions');
const python2 = [
  ...pathFolders(),
  ...(existsSync(pyenv) ? readdirSync(pyenv) : []).map((name) => join(pyenv, name, 'bin')),
]
  .map((place) => join(place, 'python2.7'))
  .find((file) => spawnSync(file, ['-c', '']).status === 0);

it.skipIf(python2 === undefined)('programs in Python 2 are left in peace (needs python2.7)', () => {
  const text = `${activate} "$PY" -c 'print(2)' 2>&1`;
  const env = cleanEnvironment(folder, { PY: python2 ?? '', PYTHONDONTWRITEBYTECODE: '1' });
  expect(execFileSync('/bin/sh', ['-c', text], { env, encoding: 'utf8' })).toBe('2\n');
});

it('there is a Python to test with', () => {
  expect(pythons.length).toBeGreaterThan(0);
});
