/** Packages by address and path: kinds of archives, folders within them, names that promise nothing, and what is not there. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { selfBuildingFiles, selfBuildingSdist } from '../support/in-tree-backend.ts';
import { startIndexServer } from '../support/index-server.ts';
import { testPython } from '../support/python.ts';
import { buildSdist } from '../support/sdist.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { buildWheel } from '../support/wheel.ts';
import {
  dropPackages,
  installed,
  onlySource,
  packagesOf,
  problems,
  projectText,
  stateOf,
} from '../support/workspace.ts';

const sandbox = new Sandbox();
const server = await startIndexServer();
afterAll(() => server.close());
publish(server, [{ name: 'leaf', version: '1.0' }]);
let count = 0;

function projectOf(...dependencies: readonly string[]): Project {
  return sandbox.project(`app-${count++}`, projectText({ dependencies, sources: [onlySource(server.simple)] }));
}

function serve(filename: string, bytes: Uint8Array): string {
  server.add('files', { filename, bytes });
  return `${server.url}/files/${filename}`;
}

const packed = (module: string, bytes: Uint8Array): Buffer =>
  execFileSync(
    testPython(),
    ['-c', `import ${module}, sys; sys.stdout.buffer.write(${module}.compress(sys.stdin.buffer.read()))`],
    {
      input: bytes,
    },
  );

test('archives of every kind are built, from the index and by address, and hashed as they are', async () => {
  const tar = (name: string): Buffer => gunzipSync(selfBuildingSdist({ name, version: '1.0' }).bytes);
  const urls = [
    serve('one-1.0.tar.bz2', packed('bz2', tar('one'))),
    serve('two-1.0.tar.xz', packed('lzma', tar('two'))),
    serve('three-1.0.tar', tar('three')),
  ];
  server.add('four', { filename: 'four-1.0.tar.bz2', bytes: packed('bz2', tar('four')) });
  const project = projectOf(...urls.map((url, index) => `${['one', 'two', 'three'][index] ?? ''} @ ${url}`), 'four');
  await project.ok(['install']);
  expect(await installed(project)).toEqual(['four 1.0', 'one 1.0', 'three 1.0', 'two 1.0']);
  expect(project.read('pdm.lock')).toMatch(/\{file = "two-1\.0\.tar\.xz", hash = "sha256:[0-9a-f]{64}"\}/);
  dropPackages(project);
  await project.ok(['sync', '--offline']);
});

test('an archive that a code host makes of a branch, and a folder within an archive', async () => {
  const branch = serve('main.tar.gz', selfBuildingSdist({ name: 'alpha', version: '2.0' }).bytes);
  const files = Object.entries(selfBuildingFiles({ name: 'beta', version: '0.3' }));
  const inside = Object.fromEntries(files.map(([path, text]) => [`libs/beta/${path}`, text]));
  const whole = buildSdist({ name: 'mono', version: '1.0', files: inside });
  const project = projectOf(
    `alpha @ ${branch}?token=1`,
    `beta @ ${serve(whole.filename, whole.bytes)}#subdirectory=libs/beta`,
  );
  await project.ok(['install']);
  expect(await installed(project)).toEqual(['alpha 2.0', 'beta 0.3']);
  expect(project.read('pdm.lock')).toContain(
    `name = "beta"\nversion = "0.3"\nsubdirectory = "libs/beta"\nurl = "${server.url}/files/${whole.filename}"\n`,
  );
  expect(JSON.stringify(packagesOf(project))).toContain(String.raw`\"subdirectory\":\"libs/beta\"`);
  expect((await project.ok(['list', '--freeze'])).stdout).toContain(`${whole.filename}#subdirectory=libs/beta\n`);
  dropPackages(project);
  await project.ok(['sync']);
});

test('a path is stored from the root, and moves with the project', async () => {
  const wheel = buildWheel({ name: 'gamma', version: '1.0' });
  const project = projectOf();
  writeFileSync(project.path(wheel.filename), wheel.bytes);
  await project.ok(['add', `./${wheel.filename}`]);
  expect(project.read('pyproject.toml')).toContain(`file:///\${PROJECT_ROOT}/${wheel.filename}"`);
  expect(project.read('pdm.lock')).toContain(`path = "./${wheel.filename}"\n`);
  expect(await installed(project)).toEqual(['gamma 1.0']);
});

test('an override may name an archive, a folder or a wheel of this machine', async () => {
  const project = projectOf('alpha', 'leaf', 'beta');
  const { filename, bytes } = selfBuildingSdist({ name: 'alpha', version: '7.0' });
  for (const [path, text] of Object.entries(selfBuildingFiles({ name: 'leaf', version: '8.0' })))
    project.write(`leaf/${path}`, text);
  const wheel = buildWheel({ name: 'beta', version: '9.0' });
  writeFileSync(project.path(wheel.filename), wheel.bytes);
  const overrides = `alpha = "${serve(filename, bytes)}"\nleaf = "file:///\${PROJECT_ROOT}/leaf"\nbeta = "file:///\${PROJECT_ROOT}/${wheel.filename}"\n`;
  project.write('pyproject.toml', `${project.read('pyproject.toml')}\n[tool.pdm.resolution.overrides]\n${overrides}`);
  await project.ok(['install']);
  expect(await installed(project)).toEqual(['alpha 7.0', 'beta 9.0', 'leaf 8.0']);
});

const html = serve('page-1.0.tar.gz', Buffer.from('<html>log in</html>'));
const bomb = serve('bomb-1.0.tar.xz', packed('lzma', Buffer.alloc(80 * 1024 * 1024)));
const liar = serve('liar-1.0-py3-none-any.whl', buildWheel({ name: 'other', version: '1.0' }).bytes);
const lying = serve('sly-1.0.tar.gz', selfBuildingSdist({ name: 'sly', version: '1.0', wheelVersion: '2.0' }).bytes);
const plain = serve(
  'plain-1.0.tar.gz',
  buildSdist({
    name: 'plain',
    version: '1.0',
    files: { 'pyproject.toml': undefined, 'PKG-INFO': undefined, 'readme.txt': '' },
  }).bytes,
);

const refused: readonly (readonly [string, string, string])[] = [
  ['a web page', `page @ ${html}`, 'no tar archive of this kind, or a damaged one; look at what the address gives'],
  [
    'an address that is gone',
    `gone @ ${server.url}/files/gone-1.0.tar.gz`,
    'answers 404; look at what the address gives',
  ],
  [
    'an address without an archive',
    `x @ ${server.url}/simple/leaf`,
    'is neither a wheel nor a source archive by its name',
  ],
  ['another digest', `plain @ ${plain}#sha256=${'0'.repeat(64)}`, 'expected sha256 000'],
  [
    'another package than asked for',
    `leaf @ ${serve('delta-1.0.tar.gz', buildSdist({ name: 'delta', version: '1.0' }).bytes)}`,
    'what lies there is delta, not leaf',
  ],
  ['a wheel whose name lies', `liar @ ${liar}`, 'other-1.0'],
  ['an archive that lies about its version', `sly @ ${lying}`, 'the wheel that came out is sly-2.0-py3-none-any.whl'],
  ['an archive without anything to build', `plain @ ${plain}`, 'it has neither pyproject.toml nor setup.py'],
  ['an archive that grows without end', `bomb @ ${bomb}`, 'unpacks to more than'],
  ['a path that is not there', './gone.whl', './gone.whl does not exist'],
  ['a folder that cannot be built', './empty', 'it has neither pyproject.toml nor setup.py'],
];

test('what cannot be had is refused in one line, and nothing changes', async () => {
  const project = projectOf();
  project.write('empty/readme.txt', '');
  await project.ok(['install']);
  const before = stateOf(project);
  for (const [what, line, message] of refused) {
    const failed = await project.tspm(['add', line]);
    expect([what, failed.status, problems(failed).filter((one) => one.startsWith('error'))]).toEqual([
      what,
      1,
      [expect.stringContaining(message)],
    ]);
  }
  expect(stateOf(project)).toEqual(before);
});
