/** Commands beside the main ones: `fix`, `python`, `venv`, `search`, and those that are refused. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findPdm, runPdmOften } from '../support/pdm.ts';
import { testPython } from '../support/python.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { stateOf } from '../support/workspace.ts';

const pdm = findPdm();
const sandbox = new Sandbox();
const PROJECT =
  '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.9"\n\n[tool.pdm]\npackage-type = "library"\n';
const LOCK =
  '[metadata]\ngroups = ["default"]\nstrategy = ["cross_platform", "inherit_metadata"]\nlock_version = "4.5.0"\ncontent_hash = "sha256:0"\n';

function oldProject(name: string): Project {
  const project = sandbox.project(name, PROJECT);
  project.write('.pdm.toml', '[python]\npath = "/opt/python"\n\n[install]\ncache = true\n');
  project.write('pdm.lock', LOCK);
  return project;
}

describe('fix', () => {
  test('mends what older versions left, once', async () => {
    const project = oldProject('old');
    expect((await project.ok(['fix'])).stdout).toBe(
      'Fixing project-config... ✔\nFixing package-type... ✔\nFixing deprecated-cross-platform... ✔\n',
    );
    expect(project.read('pyproject.toml')).toBe(PROJECT.replace('package-type = "library"', 'distribution = true'));
    expect(project.read('pdm.toml')).toBe('[install]\ncache = true\n');
    expect(project.read('.pdm-python').trim()).toBe('/opt/python');
    expect(project.read('pdm.lock')).toBe(LOCK.replace('"cross_platform", ', ''));
    expect(project.exists('.pdm.toml')).toBe(false);
    expect((await project.ok(['fix'])).stdout).toBe('No problem is found, nothing to fix.\n');
  });

  test.skipIf(pdm.kind === 'absent')('leaves what PDM leaves', async () => {
    const [ours, theirs] = [oldProject('ours'), oldProject('theirs')];
    await ours.ok(['fix']);
    const [result] = await runPdmOften(pdm, sandbox, [['fix', '-p', theirs.folder]]);
    expect(result).toMatchObject({ status: 0 });
    for (const file of ['pdm.lock', 'pdm.toml', '.pdm-python']) {
      expect([file, ours.read(file).trim()]).toEqual([file, theirs.read(file).trim()]);
    }
  });

  test('fixes one problem alone, and shows them all with --dry-run', async () => {
    const project = oldProject('one');
    const before = stateOf(project);
    const shown = await project.ok(['fix', '--dry-run']);
    expect(shown.stderr.match(/^WARNING: [\w-]+/gm)).toEqual([
      'WARNING: project-config',
      'WARNING: package-type',
      'WARNING: deprecated-cross-platform',
    ]);
    expect(stateOf(project)).toEqual(before);
    await project.ok(['fix', 'package-type']);
    expect(project.read('pyproject.toml')).toContain('distribution = true');
    expect(project.exists('.pdm.toml')).toBe(true);
    const unknown = await project.tspm(['fix', 'nope']);
    expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringContaining('there is project-config')]);
  });

  test('keeps both settings files where both say something', async () => {
    const project = oldProject('both');
    project.write('pdm.toml', '[install]\ncache = false\n');
    const { status, stderr } = await project.tspm(['fix', 'project-config']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('keep one')]);
    expect(project.read('.pdm.toml')).toContain('cache = true');
    expect(project.read('pdm.toml')).toContain('cache = false');
  });
});

test('python lists and finds what is there, and installs nothing', async () => {
  const project = sandbox.project('pythons', PROJECT);
  expect((await project.ok(['python', 'find', testPython()])).stdout.trim()).not.toBe('');
  expect((await project.ok(['py', 'list'])).stdout).toMatch(/^cpython@3\.\d+ \(\//m);
  expect((await project.tspm(['python', 'find', '2.9'])).status).toBe(1);
  expect((await project.tspm(['python', 'find'])).status).toBe(2);
  expect((await project.tspm(['python', 'nope'])).status).toBe(2);
  const refused = await project.tspm(['python', 'install', '3.12', '--min']);
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('installs and removes no Pythons')]);
  expect((await project.ok(['python'])).stdout).toContain('Usage: tspm python');
});

test('venv tells of an environment inside the project alone', async () => {
  const project = sandbox.project('environment', PROJECT);
  expect((await project.ok(['venv', 'list'])).stdout).toBe('Virtualenvs created with this project:\n\n');
  expect((await project.tspm(['venv', '--path', 'in-project'])).status).toBe(1);
  mkdirSync(project.path('.venv'));
  writeFileSync(project.path('.venv/pyvenv.cfg'), 'home = /usr/bin\n');
  expect((await project.ok(['venv', 'list'])).stdout).toContain(`-  in-project: ${project.path('.venv')}\n`);
  expect((await project.ok(['venv', '--path', 'in-project'])).stdout).toBe(`${project.path('.venv')}\n`);
  expect((await project.ok(['venv', '--python', 'in-project'])).stdout).toBe(`${project.path('.venv/bin/python')}\n`);
  const before = stateOf(project);
  for (const words of [['create', '--with', 'venv', '3.12'], ['remove', 'in-project'], ['activate'], ['purge', '-f']]) {
    const refused = await project.tspm(['venv', ...words]);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('no virtual environments')]);
  }
  expect((await project.tspm(['venv', 'nope'])).status).toBe(2);
  expect(stateOf(project)).toEqual(before);
});

test('search ends well and says where to look; self, plugin and publish are refused with what to do instead', async () => {
  const project = sandbox.project('refused', PROJECT);
  const found = await project.ok(['search', 'http', 'client']);
  expect([found.stdout, found.stderr]).toEqual([
    '',
    expect.stringContaining('look for http client on https://pypi.org/search/'),
  ]);
  for (const words of [
    ['self', 'update'],
    ['plugin', 'add', 'x'],
    ['self'],
    ['publish', '-r', 'testpypi', '--no-build'],
  ]) {
    const refused = await project.tspm(words);
    expect([refused.status, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/; (?:update it with|upload the files).*\[TSPM_UNSUPPORTED\]/);
  }
});

describe('hooks of every command', () => {
  const SCRIPTS = '\n[tool.pdm.scripts]\npre_invoke = "echo before"\npost_init = "echo after"\nhello = "echo hello"\n';
  const text = PROJECT.replace('package-type = "library"', 'distribution = false') + SCRIPTS;

  test('pre_invoke runs before any command unless it is skipped, post_init after init', async () => {
    const project = sandbox.project('hooked', text);
    expect((await project.ok(['info', '--where'])).stdout).toBe(`before\n${project.folder}\n`);
    expect((await project.ok(['hello'])).stdout).toBe('before\nhello\n');
    expect((await project.ok(['run', '-k', ':pre', 'hello'])).stdout).toBe('hello\n');
    expect((await project.ok(['list', '--help'])).stdout).not.toContain('before');
    const lines = (await project.ok(['init', '-n', '--no-git'])).stdout.split('\n');
    expect([lines[0], lines.at(-2)]).toEqual(['before', 'after']);
  });

  test('a failing pre_invoke ends the command with its status', async () => {
    const project = sandbox.project('failing', text.replace('echo before', 'python -c \\"raise SystemExit(7)\\"'));
    const { status, stdout } = await project.tspm(['info', '--where']);
    expect([status, stdout]).toEqual([7, '']);
  });
});

test('new makes a project in a folder of its own', async () => {
  const project = sandbox.project('around');
  const { stdout } = await project.ok(['new', '-n', '--no-git', 'deep/My Project']);
  expect(stdout).toMatch(/^Creating a pyproject.toml for PDM...\n/);
  expect(stdout).toMatch(/Project is initialized successfully\n$/);
  expect(project.read('deep/My Project/pyproject.toml')).toContain('name = "My-Project"');
  expect(project.exists('pyproject.toml')).toBe(false);
  expect((await project.tspm(['new'])).status).toBe(2);
  expect((await project.tspm(['new', 'https://example.org/template.git', 'x'])).status).toBe(1);
});

test('what fix would mend is pointed at once, and a mistyped setting is recognised', async () => {
  const project = sandbox.project('old-forms', PROJECT);
  const warning = 'WARNING: The following problems are found in your project: package-type;';
  expect((await project.ok(['info', '--where'])).stderr).toContain(warning);
  expect((await project.ok(['info', '--where', '-q'])).stderr).toBe('');
  expect((await project.ok(['config', 'install.cache'])).stderr).toContain(warning);
  expect((await project.tspm(['config', 'instal.cache', 'on'])).stderr).toContain('did you mean install.cache?');
  await project.ok(['fix']);
  expect((await project.ok(['info', '--where'])).stderr).toBe('');
});
