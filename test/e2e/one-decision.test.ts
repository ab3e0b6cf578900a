/** `add`, `update`, `remove` and `install` change project file, lock and packages together, or nothing. */
import { cpSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish, pythonIdent } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { buildSdist } from '../support/sdist.ts';
import { cliPath, nodeUnderTest, Sandbox, type Project } from '../support/tspm.ts';
import { installed, onlySource, projectText, stateOf } from '../support/workspace.ts';

const sandbox = new Sandbox();
let server: IndexServer;
const models: { on?: Promise<Project>; off?: Promise<Project> } = {};
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, [
    { name: 'base', version: '1.0', files: { 'base/__init__.py': '', 'common/data.txt': 'of base' } },
    { name: 'base', version: '2.0', files: { 'base/__init__.py': '', 'claim/__init__.py': 'of base 2' } },
    { name: 'claim', version: '1.0' },
    { name: 'rival', version: '1.0', files: { 'common/data.txt': 'of rival' } },
    { name: 'forged', version: '1.0', record: (text) => text.replace(/(forged\/__init__\.py,sha256=)..../, '$1AAAA') },
    { name: 'liar', version: '1.0', metadata: 'Metadata-Version: 2.1\nName: other\nVersion: 1.0\n' },
    { name: 'sound', version: '1.0' },
  ]);
  const pyproject = '[build-system]\nrequires = []\nbuild-backend = "broken"\nbackend-path = ["."]\n';
  const files = {
    'pyproject.toml': pyproject,
    'broken.py': 'def build_wheel(*_):\n    raise OSError("no compiler")\n',
  };
  const { filename, bytes } = buildSdist({ name: 'sickly', version: '1.0', files });
  server.add('sickly', { filename, bytes });
});

afterAll(() => server.close());

const REFUSED = [
  [
    'another file of the same path',
    'on',
    ['add', 'rival'],
    /base 1\.0 and rival 1\.0 both have lib\/common\/data\.txt.*FILE_CONFLICT/,
  ],
  [
    'such a file in a new version',
    'off',
    ['update', '-u', 'base'],
    /claim 1\.0 and base 2\.0 both have.*FILE_CONFLICT/,
  ],
  ['a RECORD that is not true', 'on', ['add', 'forged'], /forged\/__init__\.py.*HASH_MISMATCH/],
  ['a RECORD that is not true', 'off', ['add', 'forged'], /forged\/__init__\.py.*HASH_MISMATCH/],
  ['a name that is not true', 'on', ['add', 'liar'], /is about other 1\.0/],
  ['a build that fails', 'off', ['add', 'sickly'], /sickly 1\.0.*BUILD_FAILED/],
] as const;

test.each(REFUSED)('%s, cache %s: nothing has changed', async (_, cache, args, line) => {
  const project = await started(cache);
  const before = stateOf(project);
  const result = await project.tspm(args);
  expect([result.status, result.stderr]).toEqual([1, expect.stringMatching(line)]);
  expect(stateOf(project)).toEqual(before);
});

test('hooks before the packages see the new files, a failing one stops before the packages', async () => {
  const project = await started('on');
  const show = 'grep -o sound pyproject.toml pdm.lock | sort -u; ls __pypackages__/*/lib | grep -c sound';
  project.write(
    'pyproject.toml',
    `${project.read('pyproject.toml')}\n[tool.pdm.scripts]\npost_lock = { shell = '${show}; true' }\npre_install = { shell = '${show}; exit 7' }\n`,
  );
  const { status, stdout } = await project.tspm(['add', 'sound']);
  expect(status).toBe(7);
  const seen = 'pdm.lock:sound\npyproject.toml:sound\n0\n';
  expect(stdout.split('Changes are written to pdm.lock.\n')[1]?.replace(/^.*Lock successful.*\n/mu, '')).toBe(
    `${seen}${seen}`,
  );
  expect(await installed(project)).toEqual(['base 1.0', 'claim 1.0']);
  await project.ok(['sync', '-k', ':all']);
  expect(await installed(project)).toEqual(['base 1.0', 'claim 1.0', 'sound 1.0']);
});

test('a hook that would wait for the command it is part of is refused', async () => {
  const project = await started('on');
  const nested = `post_lock = { shell = '"$TSPM_NODE" "$TSPM_CLI" install --no-lock; exit $?' }\n`;
  project.write('pyproject.toml', `${project.read('pyproject.toml')}\n[tool.pdm.scripts]\n${nested}`);
  const result = await project.tspm(['add', 'sound'], { env: { TSPM_NODE: nodeUnderTest, TSPM_CLI: cliPath } });
  expect([result.status, result.stderr]).toEqual([
    1,
    expect.stringMatching(/which started this command.*\[TSPM_BUSY\]/),
  ]);
});

test('remove, and install with a lock that is stale, tell files before packages and leave nothing behind', async () => {
  const project = await started('on');
  const { stdout } = await project.ok(['remove', 'claim']);
  expect(stdout.replaceAll(/ {2}0:00:0\d/g, '')).toMatch(
    /Changes are written to pyproject\.toml\.\nChanges are written to pdm\.lock\.\n 🔒 Lock successful\.\nSynchronizing .*\n\n {2}✔ Remove claim 1\.0 successful\n 🎉 All complete! 1\/1\n$/,
  );
  project.write('pyproject.toml', project.read('pyproject.toml').replace('"base==1.0"', '"base==1.0", "rival"'));
  const before = stateOf(project);
  expect((await project.tspm(['install'])).stderr).toContain('[TSPM_FILE_CONFLICT]');
  expect(stateOf(project)).toEqual(before);
  expect(await installed(project)).toEqual(['base 1.0']);
});

test('a removal that was decided and interrupted is finished by the next try, which says so', async () => {
  const project = await started('on');
  await project.ok(['remove', 'claim', '--no-sync']);
  const base = `__pypackages__/${pythonIdent()}`;
  const interrupt = (): void => {
    const steps = [{ title: 'make way', discard: ['lib/claim-1.0.dist-info', 'lib/claim'] }];
    project.write(`${base}/.tspm/staging/ab/0.new/keep`, '');
    project.write(
      `${base}/.tspm/journal.json`,
      JSON.stringify({ format: 1, id: 'ab', steps, thinned: [], decidedBy: [] }),
    );
  };
  const decided = [project.read('pyproject.toml'), project.read('pdm.lock')];
  interrupt();
  const refused = await project.tspm(['remove', 'claim', 'never']);
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringMatching(/never does not exist.*\[TSPM_USAGE\]/)]);
  project.write(`${base}/lib/claim-1.0.dist-info/METADATA`, 'Metadata-Version: 2.1\nName: claim\nVersion: 1.0\n');
  interrupt();
  const { stderr } = await project.ok(['remove', 'Claim']);
  expect(stderr).toContain('Finished an interrupted change of the packages folder: claim 1.0 is removed');
  expect(await installed(project)).toEqual(['base 1.0']);
  expect([project.read('pyproject.toml'), project.read('pdm.lock')]).toEqual(decided);
  const again = await project.tspm(['remove', 'claim']);
  expect([again.status, again.stderr]).toEqual([
    1,
    expect.stringContaining('claim does not exist in default dependencies'),
  ]);
});

/** A project with base 1.0 and claim: a copy of one that was installed once. */
async function started(cache: 'on' | 'off'): Promise<Project> {
  const model = await (models[cache] ??= installModel(cache));
  const project = sandbox.project(`project ${(count += 1)}`);
  cpSync(model.folder, project.folder, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  return project;
}

async function installModel(cache: 'on' | 'off'): Promise<Project> {
  const text = projectText({ dependencies: ['base==1.0', 'claim'], sources: [onlySource(server.simple)] });
  const project = sandbox.project(`model ${cache}`, text);
  project.write('pdm.toml', `[install]\ncache = ${cache === 'on'}\n`);
  await project.ok(['install']);
  return project;
}
