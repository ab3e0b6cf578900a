/** Workspaces: members are locked and installed with the project above them, from their checkout. */
import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { selfBuildingFiles } from '../support/in-tree-backend.ts';
import { serveIndex } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { installed, runCode, stateOf } from '../support/workspace.ts';

const sandbox = new Sandbox();
let count = 0;

const EDITABLE = `
def build_editable(folder, config_settings=None, metadata_directory=None):
    return _wheel(folder, {"_%s.pth" % plan.NAME: os.path.join(os.getcwd(), "src") + "\\n"})
`;

interface MemberParts {
  readonly dependencies?: readonly string[];
  readonly distribution?: boolean;
  readonly requiresPython?: string;
}

function addMember(
  root: Project,
  path: string,
  { dependencies = [], distribution = true, requiresPython = '>=3.9' }: MemberParts,
): void {
  const name = path.replace(/.*\//, '');
  const files = selfBuildingFiles({ name, version: '1.0', requires: dependencies, hooks: EDITABLE });
  for (const [file, text] of Object.entries(files)) root.write(`${path}/${file}`, text);
  const project = `[project]\nname = "${name}"\nversion = "1.0"\nrequires-python = "${requiresPython}"\ndependencies = ${JSON.stringify(dependencies)}\n`;
  root.write(
    `${path}/pyproject.toml`,
    `${files['pyproject.toml'] ?? ''}${project}[tool.pdm]\ndistribution = ${distribution}\n`,
  );
  root.write(`${path}/src/${name}.py`, `value = "${name} from the checkout"\n`);
}

async function workspace(members: string, more = ''): Promise<Project> {
  const server = await serveIndex();
  publish(server, [
    { name: 'leaf', version: '1.0' },
    { name: 'two', version: '9.0' },
  ]);
  const root = sandbox.project(`workspace-${count++}`);
  root.write(
    'pyproject.toml',
    `[project]\nname = "root"\nversion = "0"\nrequires-python = ">=3.9"\ndependencies = []\n${more}[tool.pdm]\ndistribution = false\n[tool.pdm.workspace]\nmembers = ${members}\n[[tool.pdm.source]]\nname = "pypi"\nurl = "${server.simple}"\n`,
  );
  addMember(root, 'packages/one', { dependencies: ['two', 'leaf'] });
  addMember(root, 'packages/two', {});
  addMember(root, 'libs/deep/three', { dependencies: ['leaf'], distribution: false });
  mkdirSync(root.path('packages/empty'));
  return root;
}

test('members are editable requirements of default, whatever an index has under their names', async () => {
  const root = await workspace('["packages/*", "libs/**/three", "gone"]');
  await root.ok(['install']);
  expect(root.read('pdm.lock')).toContain(
    'name = "one"\nversion = "1.0"\nrequires_python = ">=3.9"\neditable = true\npath = "./packages/one"\nsummary = ""\ngroups = ["default"]\ndependencies = [\n    "leaf",\n    "two",\n]\n',
  );
  expect(await installed(root)).toEqual(['leaf 1.0', 'one 1.0', 'two 1.0']);
  expect(await runCode(root, 'import one, two; print(one.value, two.value)')).toBe(
    'one from the checkout two from the checkout',
  );
  await root.ok(['lock', '--check']);
  // A project file of a member counts, also of one that is no distribution.
  addMember(root, 'libs/deep/three', { dependencies: ['two'], distribution: false });
  expect((await root.tspm(['lock', '--check'])).status).toBe(1);
});

test('a member that another group names is installed with that group alone', async () => {
  const root = await workspace('["packages/two"]', '[project.optional-dependencies]\nextra = ["two"]\n');
  await root.ok(['lock', '-G', ':all']);
  expect(root.read('pdm.lock')).toContain('path = "./packages/two"\nsummary = ""\ngroups = ["extra"]\n');
  await root.ok(['sync', '--without', 'extra']);
  expect(await installed(root)).toEqual([]);
});

test('in a member, run and build are about the member, list about the root, what locks is refused', async () => {
  const root = await workspace('["packages/*"]');
  await root.ok(['install']);
  const cwd = root.path('packages/one');
  const { stdout } = await root.ok(['run', 'python', '-c', 'import two, os; print(two.value, os.getcwd())'], { cwd });
  expect(stdout.trim()).toBe(`two from the checkout ${cwd}`);
  expect((await root.ok(['list', '--freeze'], { cwd })).stdout).toContain(`-e file://${cwd}#egg=one\n`);
  const before = stateOf(root);
  for (const command of [
    ['lock'],
    ['install'],
    ['sync'],
    ['outdated'],
    ['info'],
    ['add', 'leaf'],
    ['remove', 'leaf'],
    ['update'],
  ]) {
    const { status, stderr } = await root.tspm(command, { cwd });
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining(`can only be run from the workspace root: ${root.folder}`),
    ]);
  }
  expect(stateOf(root)).toEqual(before);
});

test('members that cannot be are told by their place', async () => {
  const outside = await workspace('["../x"]');
  const far = await outside.tspm(['lock']);
  expect([far.status, far.stderr]).toEqual([
    1,
    expect.stringContaining('[tool.pdm.workspace].members: ../x leads out of the project'),
  ]);
  const broken = await workspace('["packages/*"]');
  broken.write('packages/one/pyproject.toml', '[project\n');
  const told = await broken.tspm(['lock']);
  expect([told.status, told.stderr]).toEqual([
    1,
    expect.stringContaining('workspace member packages/one: pyproject.toml:1:'),
  ]);
  const newer = await workspace('["packages/*"]');
  addMember(newer, 'packages/two', { requiresPython: '>=3.99' });
  const failed = await newer.tspm(['lock']);
  expect([failed.status, failed.stderr]).toEqual([1, expect.stringContaining('two')]);
});
