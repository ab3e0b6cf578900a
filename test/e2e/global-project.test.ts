/** `-g` and the project that stands in where there is none: an ordinary project with packages of its own. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish, pythonIdent } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { Sandbox } from '../support/tspm.ts';

const sandbox = new Sandbox();
const root = join(sandbox.root, 'home/config/pdm/global-project');
let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, [{ name: 'alpha', version: '1.0' }]);
});

afterAll(() => server.close());

test('-g makes a project on first use, adds to it and runs with its packages', async () => {
  const project = sandbox.project('elsewhere', '[project]\nname = "x"\nversion = "1"\n');
  const packages = join(root, '__pypackages__', pythonIdent());
  const env = { PDM_PYPI_URL: server.simple };
  expect((await project.ok(['info', '-g', '--where'])).stdout).toBe(`${root}\n`);
  expect((await project.ok(['info', '-g'])).stdout).toContain(`Global Local Packages:\n  ${packages}\n`);
  await project.ok(['add', '-g', 'alpha'], { env });
  expect(readFileSync(join(root, 'pyproject.toml'), 'utf8')).toBe('[project]\ndependencies = ["alpha>=1.0"]\n');
  expect((await project.ok(['list', '--global', '--freeze'])).stdout).toBe('alpha==1.0\n');
  expect((await project.ok(['run', '-g', 'python', '-c', 'import alpha, os; print(os.getcwd())'])).stdout).toBe(
    `${project.folder}\n`,
  );
  expect(project.exists('__pypackages__')).toBe(false);
  await project.ok(['remove', '-g', 'alpha'], { env });
  expect((await project.ok(['list', '-g', '--freeze'])).stdout).toBe('');
});

test('-g with -p is that project without its [tool.pdm.options]', async () => {
  const text = '[project]\nname = "x"\nversion = "1"\n[tool.pdm.options]\ninfo = ["--where"]\n';
  const project = sandbox.project('with-options', text);
  expect((await project.tspm(['info', '--packages'])).status).toBe(2);
  expect((await project.tspm(['info', '-g', '-p', project.folder, '--packages'])).stdout).toBe(
    `${project.path('__pypackages__', pythonIdent())}\n`,
  );
});

test('the global project stands in only where the settings say so, and says it', async () => {
  const place = sandbox.project('nothing');
  expect((await place.tspm(['list'])).status).toBe(1);
  await place.ok(['config', 'global_project.fallback', 'true']);
  const listed = await place.ok(['list', '--freeze']);
  expect(listed.stderr).toBe('INFO: Project is not found, fallback to the global project\n');
  await place.ok(['config', 'global_project.fallback_verbose', 'off']);
  expect((await place.ok(['list', '--freeze'])).stderr).toBe('');
  await place.ok(['config', 'global_project.path', '~/other']);
  expect((await place.ok(['info', '-g', '--where'])).stdout).toBe(`${join(sandbox.root, 'home/other')}\n`);
  expect(existsSync(join(sandbox.root, 'home/other/pyproject.toml'))).toBe(true);
});
