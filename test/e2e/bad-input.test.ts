/** Bad input: one clear line on standard error, PDM's exit status, and nothing changed. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nativeTag, publish } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { buildWheel } from '../support/wheel.ts';
import { onlySource, problems, projectText, stateOf } from '../support/workspace.ts';

const sandbox = new Sandbox();
let server: IndexServer;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, [
    { name: 'requests', version: '2.31.0' },
    { name: 'tool', version: '1.0', requires: ['shared<2'] },
    { name: 'tool', version: '1.1', requires: ['shared<2'] },
    { name: 'other', version: '5.0', requires: ['shared>=2'] },
    { name: 'shared', version: '1.4' },
    { name: 'shared', version: '2.0' },
    { name: 'foreign', version: '1.0', tag: 'cp27-cp27m-win32' },
    { name: 'elsewhere', version: '1.0', tag: nativeTag().replace(/[^-]+$/, 'win_amd64') },
    { name: 'newer', version: '1.0', requiresPython: '>=3.99' },
    { name: 'broken', version: '1.0', record: (text) => text.replace(/sha256=....../, 'sha256=AAAAAA') },
    { name: 'escaping', version: '1.0', files: { '../../evil.py': '' } },
  ]);
});

afterAll(() => server.close());

test('no pyproject.toml', async () => {
  const project = sandbox.project('empty');
  for (const args of [['sync'], ['add', 'requests'], ['lock'], ['install'], ['remove', 'x'], ['update'], ['list']]) {
    const line = await refused(project, args, 1);
    expect(line).toMatch(/pyproject\.toml.*tspm init.*\[TSPM_PROJECT_MISSING\]$/);
  }
  const bare = sandbox.project('bare', '[tool.pdm]\n');
  expect(await refused(bare, ['add', 'requests'], 1)).toMatch(/tspm init.*\[TSPM_PROJECT_MISSING\]$/);
});

test('broken TOML, with line and column', async () => {
  const project = sandbox.project('toml', '[project]\nname = "demo"\ndependencies = ["a"\nversion = "1"\n');
  for (const args of [['sync'], ['add', 'requests'], ['lock', '--check'], ['run', 'python', '-V']]) {
    expect(await refused(project, args, 1)).toMatch(/^error: .*pyproject\.toml:[34]:\d+.*\[TSPM_PYPROJECT_SYNTAX\]$/);
  }
  const wrong = sandbox.project('type', '[project]\nname = "demo"\ndependencies = "requests"\n');
  expect(await refused(wrong, ['lock'], 1)).toMatch(/\[project\]\.dependencies.*\[TSPM_PYPROJECT_INVALID\]$/);
  const locked = await lockedProject(['requests']);
  locked.write('pdm.lock', `${locked.read('pdm.lock')}\n[[package]\n`);
  expect(await refused(locked, ['sync'], 1)).toMatch(/^error: .*pdm\.lock:\d+:\d+.*\[TSPM_LOCK_SYNTAX\]$/);
  locked.write('pdm.lock', '<<<<<<< HEAD\n');
  expect(await refused(locked, ['install'], 1)).toMatch(/pdm\.lock.*\[TSPM_LOCK_SYNTAX\]$/);
});

test('specifiers without a comma between them: file, line and key', async () => {
  const reason =
    'requirement "requests>=2<3" is invalid: version specifier ">=2<3" must have a comma before "<3" [TSPM_INVALID_REQUIREMENT]';
  for (const [head, table, key] of [
    ['[project]\nname = "comma"', 'project', 'dependencies'],
    ['[project]\n[dependency-groups]', 'dependency-groups', 'dev'],
    ['[project]\n[project.optional-dependencies]', 'project.optional-dependencies', 'web'],
  ]) {
    const project = sandbox.project(`comma ${++count}`, `${head}\n${key} = ["requests>=2<3"]\n`);
    const line = await refused(project, ['lock', '-G', ':all'], 1);
    expect(line).toBe(`error: pyproject.toml:3: [${table}].${key}[0]: ${reason}`);
    const group = key === 'dependencies' ? [] : ['-G', `${key}`];
    for (const args of [['update'], ['remove', 'requests']])
      expect(await refused(project, [...args, ...group], 1)).toBe(line);
  }
  expect(await refused(newProject([]), ['add', 'requests>=2<3'], 1)).toBe(`error: ${reason}`);
});

test('an unknown package, with the nearest name', async () => {
  const project = newProject(['tool']);
  const line = await refused(project, ['add', 'reqeusts'], 1);
  expect(line.split('\n')).toEqual([
    'error: Unable to find a resolution for reqeusts: there is no package reqeusts; did you mean requests? [TSPM_PACKAGE_NOT_FOUND]',
    'Because reqeusts was not found in any source (pypi) and your project depends on reqeusts, resolution failed.',
  ]);
});

test('impossible requirements: a proof in sentences', async () => {
  const project = newProject(['tool']);
  await project.ok(['lock']);
  const before = stateOf(project);
  const result = await project.tspm(['add', 'other']);
  expect([result.status, result.stdout.split('\n').at(-2)]).toEqual([1, expect.stringMatching(/🔒 Lock failed\.$/)]);
  expect(problems(result)).toEqual([
    'error: Unable to find a resolution for tool and other [TSPM_RESOLUTION_FAILED]',
    'Because other 5.0 depends on shared>=2 and every version of tool depends on shared<2, tool and other 5.0 are incompatible.',
    'So, because your project depends on both tool and other, resolution failed.',
  ]);
  expect(stateOf(project)).toEqual(before);
});

test('no wheel for this Python or platform: which tags exist, which were wanted', async () => {
  expect(await refused(newProject([]), ['add', 'foreign'], 1)).toMatch(
    /\[TSPM_RESOLUTION_FAILED\]\n.*cp27-cp27m while the lock target is Python >=3\.9, resolution failed\.$/,
  );
  for (const args of [
    ['add', 'elsewhere'],
    ['add', '-d', 'elsewhere'],
    ['add', 'requests', 'elsewhere'],
  ]) {
    expect(await refused(newProject([]), args, 1)).toMatch(
      /it has cp\d+-cp\d+-win_amd64; wanted .*\[TSPM_NO_MATCHING_WHEEL\]$/,
    );
  }
  const project = await lockedProject(['requests']);
  const wheel = buildWheel({ name: 'requests', version: '2.31.0', tag: 'cp27-cp27m-win32' });
  project.write(
    'pdm.lock',
    project.read('pdm.lock').replace(/\{file = .*\}/, `{file = "${wheel.filename}", hash = "sha256:${wheel.sha256}"}`),
  );
  const line = await refused(project, ['sync'], 1);
  expect(line).toContain('it has cp27-cp27m-win32; wanted ');
  expect(line).toContain(nativeTag().split('-').slice(0, 2).join('-'));
  expect(line).toMatch(/\[TSPM_NO_MATCHING_WHEEL\]$/);
});

test('versions that need another Python', async () => {
  const line = await refused(newProject([]), ['add', 'newer'], 1);
  expect(line.split('\n')).toEqual([
    'error: Unable to find a resolution for newer [TSPM_RESOLUTION_FAILED]',
    'Because your project depends on newer and newer 1.0 needs Python >=3.99 while the lock target is Python >=3.9, resolution failed.',
    'Hint: narrow requires-python to ">=3.99" (newer 1.0 would be chosen)',
  ]);
});

test('an index that cannot be reached: which URL, how often', async () => {
  const gone = await startIndexServer();
  const project = sandbox.project(
    'gone',
    projectText({ dependencies: ['requests'], sources: [onlySource(gone.simple)] }),
  );
  await gone.close();
  const line = await refused(project, ['lock'], 1);
  expect(line).toContain(`cannot fetch ${gone.simple}/requests/`);
  expect(line).toMatch(/after \d attempts: connection refused.*\[TSPM_NETWORK\]$/);
});

test('a wheel that is not the locked one: file, expected and got', async () => {
  const project = await lockedProject(['requests']);
  const [, sha256 = ''] = /whl", hash = "sha256:([0-9a-f]{64})/.exec(project.read('pdm.lock')) ?? [];
  const evil = await startIndexServer();
  const tampered = buildWheel({ name: 'requests', version: '2.31.0', files: { 'requests/__init__.py': 'evil = 1\n' } });
  evil.add('requests', { filename: tampered.filename, bytes: tampered.bytes, sha256, size: false });
  project.write('pyproject.toml', project.read('pyproject.toml').replace(server.simple, evil.simple));
  const line = await refused(project, ['sync', '--no-cache'], 1, { PDM_CACHE_DIR: project.path('..', 'fresh cache') });
  expect(line).toContain(tampered.filename);
  expect(line).toContain(`expected sha256 ${sha256}, got ${tampered.sha256}`);
  expect(line).toMatch(/\[TSPM_HASH_MISMATCH\]$/);
  const fresh = sandbox.project('fresh-evil', projectText({ sources: [onlySource(evil.simple)] }));
  expect(await refused(fresh, ['add', 'requests'], 1)).toMatch(/\[TSPM_HASH_MISMATCH\]$/);
  expect(fresh.exists('pdm.lock')).toBe(false);
  await evil.close();
});

test('a wheel whose page announces another digest', async () => {
  const honest = await lockedProject(['requests']);
  const other = await startIndexServer();
  publish(other, [{ name: 'requests', version: '2.31.0', summary: 'rebuilt' }]);
  honest.write('pyproject.toml', honest.read('pyproject.toml').replace(server.simple, other.simple));
  const line = await refused(honest, ['sync'], 1, { PDM_CACHE_DIR: honest.path('..', 'another cache') });
  expect(line).toMatch(
    /requests-2\.31\.0-py3-none-any\.whl.*expected [0-9a-f]{64}, got [0-9a-f]{64}.*\[TSPM_HASH_MISMATCH\]$/,
  );
  await other.close();
});

test('a wheel that is damaged or writes outside of its folder', async () => {
  expect(await refused(await lockedProject(['broken']), ['sync'], 1)).toMatch(/broken.*\[TSPM_HASH_MISMATCH\]$/);
  const line = await refused(newProject(['escaping']), ['lock'], 1);
  expect(line).toMatch(/escaping-1\.0-py3-none-any\.whl.*"\.\." component/);
});

test('an unknown option or command, with the nearest one, exit 2', async () => {
  const project = newProject([]);
  expect(await refused(project, ['add', '--dry-rnu', 'requests'], 2)).toMatch(
    /--dry-rnu.*did you mean --dry-run\?.*\[TSPM_CLI_SYNTAX\]$/,
  );
  expect(await refused(project, ['sync', '--frozen-lockfile'], 2)).toMatch(/--frozen-lockfile.*\[TSPM_CLI_SYNTAX\]$/);
  expect(await refused(project, ['lock', '--dry-run'], 2)).toMatch(/--dry-run.*\[TSPM_CLI_SYNTAX\]$/);
  expect(await refused(project, ['snyc'], 2)).toMatch(/snyc.*did you mean.*sync.*\[TSPM_CLI_SYNTAX\]$/);
  expect(await refused(project, ['sync', '-v', '-q'], 2)).toMatch(/\[TSPM_CLI_SYNTAX\]$/);
  expect(await refused(project, ['remove'], 2)).toMatch(/\[TSPM_CLI_SYNTAX\]$/);
});

test('a lock from a newer format', async () => {
  const project = await lockedProject(['requests']);
  project.write('pdm.lock', project.read('pdm.lock').replace(/lock_version = ".*"/, 'lock_version = "5.0"'));
  for (const args of [['sync'], ['install'], ['add', 'tool'], ['lock', '--check']]) {
    expect(await refused(project, args, 1)).toMatch(/pdm\.lock.*5\.0.*\[TSPM_LOCK_FORMAT\]$/);
  }
});

test('no lock at all', async () => {
  const line = await refused(newProject(['requests']), ['sync'], 1);
  expect(line).toMatch(/^error: Lockfile does not exist, nothing to install.*\[TSPM_LOCK_MISSING\]$/);
  const check = await newProject(['requests']).tspm(['lock', '--check']);
  expect([check.status, check.stdout, check.stderr]).toEqual([1, '', 'WARNING: Lockfile does not exist\n']);
});

test('an interpreter that is not there', async () => {
  const project = newProject([]);
  expect(await refused(sandbox.project('fresh'), ['init', '-n', '--no-git', '--python', '3.99'], 1)).toMatch(
    /3\.99.*\[TSPM_PYTHON_NOT_FOUND\]$/,
  );
  expect(await refused(project, ['use', '/nowhere/python'], 1)).toMatch(
    /\/nowhere\/python.*\[TSPM_PYTHON_NOT_FOUND\]$/,
  );
  const future = sandbox.project('future', projectText({ requiresPython: '>=3.99' }));
  for (const args of [['sync'], ['run', 'python'], ['info']]) {
    if (args[0] === 'sync') await future.ok(['lock']);
    expect(await refused(future, args, 1)).toMatch(/>=3\.99.*\[TSPM_PYTHON_NOT_FOUND\]$/);
  }
});

test('wrong names, versions, groups and settings', async () => {
  const project = await lockedProject(['requests']);
  expect(await refused(project, ['add', 'requests>>2'], 1)).toMatch(
    /requests>>2.*\[TSPM_INVALID_(?:REQUIREMENT|SPECIFIER)\]$/,
  );
  expect(await refused(project, ['add', '-e', '.'], 1)).toMatch(/^error: .*editable/i);
  expect(await refused(project, ['remove', 'flask'], 1)).toMatch(/flask does not exist in default dependencies/);
  expect(await refused(project, ['update', 'flask'], 1)).toMatch(/flask does not exist in default dependencies/);
  expect(await refused(project, ['config', 'install.cahce', 'on'], 1)).toMatch(
    /install\.cahce.*\[TSPM_CONFIG_UNKNOWN_KEY\]$/,
  );
  expect(await refused(project, ['run', 'no-such-program'], 1)).toMatch(/no-such-program.*\[TSPM_COMMAND_NOT_FOUND\]$/);
  expect(await refused(project, ['--pep582', 'cmdish'], 1)).toMatch(/Unsupported shell: cmdish/);
  project.write('pyproject.toml', `${project.read('pyproject.toml')}\n[dependency-groups]\ntest = ["tool"]\n`);
  expect(await refused(project, ['sync', '-G', 'test'], 1)).toMatch(/Requested groups not in lockfile: test/);
});

test('an error as JSON where JSON was asked for', async () => {
  const result = await sandbox.project('empty').tspm(['list', '--json']);
  expect(JSON.parse(result.stderr)).toMatchObject({ error: { code: 'TSPM_PROJECT_MISSING' } });
});

/** The state of a project, but for the empty folders of its packages, which every command may make. */
function contentOf(project: Project): Record<string, string> {
  const isLayout = (name: string) => /^__pypackages__\/(?:\.gitignore$|.*\/$)/.test(name);
  return Object.fromEntries(Object.entries(stateOf(project)).filter(([name]) => !isLayout(name)));
}

/** Runs a command that must be refused, with one line on standard error and everything in the project as it was. */
const EXPLANATION = /^(?:\(\d+\) )?(?:(?:So, |And )?[Bb]ecause .*\.|Hint: .*[^.])$/;

async function refused(
  project: Project,
  args: readonly string[],
  status: number,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const before = contentOf(project);
  const result = await project.tspm(args, { env });
  const lines = problems(result).filter((line) => !/^WARNING: (?:Lockfile|the project itself)/.test(line));
  // Only a refusal to resolve explains itself below the line.
  const [line = '', ...explanation] = lines;
  expect({ args, status: result.status, line }).toEqual({
    args,
    status,
    line: expect.stringMatching(/^error: .*[^.] \[TSPM_[A-Z_]+\]$/) as unknown,
  });
  const strange = explanation.filter((one) => !line.includes('Unable to find a resolution') || !EXPLANATION.test(one));
  expect({ args, strange }).toEqual({ args, strange: [] });
  expect({ args, content: contentOf(project) }).toEqual({ args, content: before });
  return lines.join('\n');
}

function newProject(dependencies: readonly string[]): Project {
  return sandbox.project(
    `project ${(count += 1)}`,
    projectText({ dependencies, sources: [onlySource(server.simple)] }),
  );
}

async function lockedProject(dependencies: readonly string[]): Promise<Project> {
  const project = newProject(dependencies);
  await project.ok(['lock']);
  return project;
}
