/** The main job as a user does it: init, add, run, plain python, sync, remove, update, lock, list, info, config. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mainCatalogue, publish, publishArchive, pythonIdent } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { testPython } from '../support/python.ts';
import { cliPath, nodeUnderTest, type Project, runCommand, Sandbox } from '../support/tspm.ts';
import { dropPackages, installed, packagesOf, runCode } from '../support/workspace.ts';

const ident = pythonIdent();
let server: IndexServer;
let project: Project;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, mainCatalogue());
  publishArchive(server, 'numpy', 'numpy-1.26.4.tar.gz');
  const path = `${dirname(testPython())}:${process.env['PATH'] ?? ''}`;
  const sandbox = new Sandbox({ PDM_PYPI_URL: server.simple, PDM_PYTHON: undefined, PATH: path });
  project = sandbox.project('my project ünï');
});

afterAll(() => server.close());

describe.sequential('the first block of the tour', () => {
  test('init -n --python X.Y makes a project in PEP 582 mode, without a virtual environment', async () => {
    const { stdout } = await project.ok(['init', '-n', '--python', ident]);
    expect(stdout.split('\n')[0]).toBe('Creating a pyproject.toml for PDM...');
    expect(stdout).toContain('Project is initialized successfully\n');
    expect(project.read('pyproject.toml')).toContain(`requires-python = "==${ident}.*"\n`);
    expect(project.read('pyproject.toml')).toContain('dependencies = []\n');
    expect(project.read('__pypackages__', '.gitignore')).toBe('*\n!.gitignore\n');
    expect(project.read('.pdm-python')).toMatch(/^\/.*python[0-9.]*$/);
    expect(project.exists('.venv')).toBe(false);
    expect(project.exists('.gitignore')).toBe(true);
  });

  test('add resolves, writes pyproject.toml and pdm.lock with a sha256 for every file, and installs', async () => {
    const { stdout } = await project.ok(['add', 'requests', 'rich>=13', 'numpy']);
    expect(stdout).toContain('Adding packages to default dependencies: requests, rich>=13, numpy\n');
    expect(stdout).toContain('Changes are written to pyproject.toml.\n');
    expect(stdout).toContain('Changes are written to pdm.lock.\n');
    expect(stdout).toContain('🔒 Lock successful.');
    expect(stdout).toContain(
      'Synchronizing working set with resolved packages: 8 to add, 0 to update, 0 to remove\n\n',
    );
    expect(stdout).toContain('✔ Install numpy 1.26.4 successful\n');
    expect(stdout).toMatch(/ {2}0:00:0\d 🎉 All complete! 8\/8\n$/);
    expect(project.read('pyproject.toml')).toContain(
      'dependencies = ["requests>=2.31.0", "rich>=13", "numpy>=1.26.4"]',
    );
    const lock = project.read('pdm.lock');
    const files = lock.match(/\{file = .*\}/g) ?? [];
    expect(files).toHaveLength(11);
    for (const line of files) expect(line).toMatch(/^\{file = "[^"]+", hash = "sha256:[0-9a-f]{64}"\}$/);
    expect(lock).toContain('numpy-1.26.4-cp311-cp311-win_amd64.whl');
    expect(lock).toContain('numpy-1.26.4.tar.gz');
    expect(lock).toContain('name = "win-only"');
  });

  test('run python sees them', async () => {
    const code = 'import numpy, rich, requests; print(numpy.__version__, rich.__version__, requests.__version__)';
    expect(await runCode(project, code)).toBe('1.26.4 13.7.0 2.31.0');
    expect((await project.ok(['run', 'pygmentize'])).stdout).toBe('pygments 2.17.2\n');
  });

  test('plain python sees them after eval of --pep582, also in sub-folders', async () => {
    project.write('deep/er/script.py', 'import numpy, requests\nprint(numpy.__version__, requests.__version__)\n');
    const script = `eval "$('${nodeUnderTest}' '${cliPath}' --pep582)" && python script.py && cd / && python '${project.path('deep/er/script.py')}'`;
    const { stdout, status } = await shell(script, project.path('deep/er'));
    expect(stdout).toBe('1.26.4 2.31.0\n1.26.4 2.31.0\n');
    expect(status).toBe(0);
    const text = await project.ok(['--pep582', 'zsh']);
    expect(text.stdout).toMatch(/^export PYTHONPATH='.*\/pep582'"\$\{PYTHONPATH:\+:\$PYTHONPATH\}"\n$/);
  });

  test('sync after rm -rf gives the same tree byte for byte, resolving nothing and asking for nothing', async () => {
    const first = packagesOf(project);
    expect(Object.keys(first).length).toBeGreaterThan(20);
    dropPackages(project);
    server.forget();
    await project.ok(['sync', '--no-self']);
    expect(packagesOf(project)).toEqual(first);
    expect(server.paths()).toEqual([]);
  });

  test('a second sync says that there is nothing to do', async () => {
    const { stdout } = await project.ok(['sync', '--no-self']);
    expect(stdout).toMatch(/^All packages are synced to date, nothing to do\.\n {2}0:00:00 🎉 All complete! 0\/0\n$/);
  });

  test('remove takes the package and what only it needed', async () => {
    const { stdout } = await project.ok(['remove', 'rich']);
    for (const gone of ['rich 13.7.0', 'Pygments 2.17.2', 'markdown-it-py 3.0.0', 'mdurl 0.1.2']) {
      expect(stdout.toLowerCase()).toContain(`✔ remove ${gone.toLowerCase()} successful\n`);
    }
    expect(project.read('pyproject.toml')).toContain('dependencies = ["requests>=2.31.0", "numpy>=1.26.4"]');
    expect(project.read('pdm.lock')).not.toContain('"rich"');
    expect(await installed(project)).toEqual(['idna 3.6', 'numpy 1.26.4', 'requests 2.31.0', 'urllib3 2.1.0']);
    expect(readdirSync(project.path('__pypackages__', ident, 'bin'))).toEqual([]);
  });

  test('update moves what may move', async () => {
    publish(server, [
      { name: 'requests', version: '2.32.0', requires: ['idna', 'urllib3'] },
      { name: 'urllib3', version: '2.2.0' },
    ]);
    const { stdout } = await project.ok(['update', '--no-cache']);
    expect(stdout).toContain('✔ Update requests 2.31.0 -> 2.32.0 successful\n');
    expect(await installed(project)).toEqual(['idna 3.6', 'numpy 1.26.4', 'requests 2.32.0', 'urllib3 2.1.0']);
    expect(project.read('pyproject.toml')).toContain('"requests>=2.31.0"');
  });

  test('lock makes everything new, lock --check agrees with it', async () => {
    const { stdout } = await project.ok(['lock', '--no-cache']);
    expect(stdout).toMatch(/^Changes are written to pdm\.lock\.\n {2}0:00:0\d 🔒 Lock successful\.\n$/);
    expect(project.read('pdm.lock')).toMatch(/name = "urllib3"\nversion = "2\.2\.0"/);
    const check = await project.ok(['lock', '--check', '-v']);
    expect(check.stderr).toContain('✔ Lockfile is up to date.');
    const text = project.read('pyproject.toml');
    writeFileSync(project.path('pyproject.toml'), text.replace('"numpy>=1.26.4"', '"numpy>=1.26"'));
    const stale = await project.tspm(['lock', '--check']);
    expect([stale.status, stale.stdout]).toEqual([1, '']);
    expect(stale.stderr).toContain("Lockfile doesn't satisfy the project requirements, packages may be outdated");
    writeFileSync(project.path('pyproject.toml'), text);
  });

  test('list, info and config show it', async () => {
    const { stdout } = await project.ok(['list']);
    expect(stdout).toMatch(/numpy +│ 1\.26\.4/);
    expect((await project.ok(['list', '--freeze'])).stdout).toBe(
      'idna==3.6\nnumpy==1.26.4\nrequests==2.32.0\nurllib3==2.1.0\n',
    );
    const tree = (await project.ok(['list', '--tree'])).stdout;
    expect(tree).toContain('requests 2.32.0');
    expect(tree).toContain('└── urllib3 2.1.0 [ required: Any ]');
    const info = JSON.parse((await project.ok(['info', '--json'])).stdout) as Record<string, Record<string, unknown>>;
    expect(info['project']).toEqual({ root: project.folder, pypackages: project.path('__pypackages__', ident) });
    expect(info['python']?.['version']).toBe(ident);
    expect((await project.ok(['info', '--where'])).stdout).toBe(`${project.folder}\n`);
    await project.ok(['config', 'install.cache', 'on']);
    expect((await project.ok(['config', 'install.cache'])).stdout).toBe('True\n');
    await project.ok(['config', '--local', 'install.cache', 'off']);
    expect((await project.ok(['config', 'install.cache'])).stdout).toBe('False\n');
  });
});

test('options of [tool.pdm.options] are taken as if typed', async () => {
  const path = project.path('pyproject.toml');
  const text = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    `${text.replace('distribution = false', 'distribution = true')}\n[tool.pdm.options]\nadd = ["--no-self"]\ninstall = ["--no-self"]\nsync = ["--no-self", "--dry-run"]\n`,
  );
  rmSync(join(project.folder, 'pdm.toml'));
  for (const args of [['add', 'mdurl'], ['install']]) {
    const { stderr } = await project.ok(args);
    expect(stderr).not.toContain('the project itself');
  }
  dropPackages(project);
  expect((await project.ok(['sync'])).stdout).toContain('Packages to add:\n');
  expect(project.exists('__pypackages__', ident, 'lib', 'numpy')).toBe(false);
});

function shell(script: string, cwd: string): ReturnType<typeof runCommand> {
  expect(basename(nodeUnderTest)).not.toContain("'");
  return runCommand('/bin/bash', ['-c', script], { cwd, env: project.env });
}
