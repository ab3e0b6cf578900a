/** Real PDM and tspm on packages from repositories, addresses, folders and a workspace: the same locks, and each installs from the other's. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { selfBuildingFiles, selfBuildingSdist } from '../support/in-tree-backend.ts';
import { startIndexServer } from '../support/index-server.ts';
import { findPdm, installedFiles, pdmOk } from '../support/pdm.ts';
import { serveRepositories, TestRepository } from '../support/repository.ts';
import { type Project, Sandbox } from '../support/tspm.ts';

const pdm = findPdm();
const sandbox = new Sandbox();
const index = await startIndexServer();
afterAll(() => index.close());
publish(index, [{ name: 'leaf', version: '1.0' }]);
const folder = join(sandbox.root, 'repositories');
const { url } = await serveRepositories(folder);

const EDITABLE = `
def build_editable(folder, config_settings=None, metadata_directory=None):
    return _wheel(folder, {"_%s.pth" % plan.NAME: os.path.join(os.getcwd(), "src") + "\\n"})
`;

const alpha = new TestRepository(join(folder, 'alpha'));
alpha.release({ name: 'alpha', version: '1.0', requires: ['leaf', 'leaf>=1 ; extra == "x"'] });
alpha.git('tag', 'v1.0');
alpha.release({ name: 'part', version: '0.5' }, 'sub/part');
alpha.release({ name: 'linked', version: '2.0', hooks: EDITABLE }, 'linked');
const beta = new TestRepository(join(folder, 'beta'));
beta.release({ name: 'beta', version: '1.0+dev.1', requires: [`part @ git+${url}/alpha#subdirectory=sub/part`] });
const sdist = selfBuildingSdist({ name: 'gamma', version: '3.0' });
index.add('gamma', sdist);
const sdistUrl = `${index.url}/files/${sdist.filename}`;

function project(name: string): Project {
  const made = sandbox.project(name);
  const dependencies = [
    `alpha[x] @ git+${url}/alpha@v1.0`,
    `beta @ git+${url}/beta@main`,
    `gamma @ ${sdistUrl}`,
    'delta @ file:///${PROJECT_ROOT}/delta',
  ];
  const dev = [`-e git+${url}/alpha#egg=linked&subdirectory=linked`];
  const text = [
    `[project]\nname = "app"\nversion = "0"\nrequires-python = ">=3.9"\ndependencies = ${JSON.stringify(dependencies)}\n`,
    `[tool.pdm]\ndistribution = false\n[tool.pdm.workspace]\nmembers = ["members/*"]\n`,
    `[tool.pdm.dev-dependencies]\ndev = ${JSON.stringify(dev)}\n`,
    `[[tool.pdm.source]]\nname = "pypi"\nurl = "${index.simple}"\n`,
  ];
  made.write('pyproject.toml', text.join(''));
  for (const [path, plan] of [
    ['delta', { name: 'delta', version: '0.1' }],
    ['members/one', { name: 'one', version: '1.0', requires: ['delta'], hooks: EDITABLE }],
  ] as const) {
    for (const [file, content] of Object.entries(selfBuildingFiles(plan))) made.write(`${path}/${file}`, content);
    const system = made.read(path, 'pyproject.toml');
    const table = `[project]\nname = "${plan.name}"\nversion = "${plan.version}"\nrequires-python = ">=3.9"\n`;
    made.write(
      `${path}/pyproject.toml`,
      `${system}${table}dependencies = ${JSON.stringify('requires' in plan ? plan.requires : [])}\n`,
    );
  }
  return made;
}

const freeze = async (made: Project): Promise<string> =>
  (await made.ok(['list', '--freeze'])).stdout.replaceAll(made.folder, '');

describe.skipIf(pdm.kind === 'absent')('places', () => {
  const ours = project('ours');
  const theirs = project('theirs');

  test('fresh locks are the same, byte for byte', async () => {
    await ours.ok(['lock', '-G', ':all']);
    await pdmOk(pdm, theirs, ['lock', '-G', ':all']);
    expect(ours.read('pdm.lock')).toBe(theirs.read('pdm.lock'));
  });

  test('each takes the lock of the other as up to date and installs the same', async () => {
    copyFileSync(ours.path('pdm.lock'), theirs.path('pdm.lock'));
    await pdmOk(pdm, theirs, ['lock', '--check']);
    await pdmOk(pdm, theirs, ['sync']);
    await ours.ok(['lock', '--check']);
    await ours.ok(['sync']);
    const [files, others] = [installedFiles(ours), installedFiles(theirs)];
    expect(Object.keys(files)).toEqual(Object.keys(others));
    expect(await freeze(ours)).toBe(
      (await pdmOk(pdm, theirs, ['list', '--freeze'])).stdout.replaceAll(theirs.folder, ''),
    );
  });
});
