/** Packages from git repositories: pinned to commits, built once, kept, and refused in one line where they cannot be had. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { startIndexServer } from '../support/index-server.ts';
import { serveRepositories, TestRepository } from '../support/repository.ts';
import { readTree } from '../support/tree.ts';
import { cliPath, nodeUnderTest, type Project, Sandbox } from '../support/tspm.ts';
import {
  dropPackages,
  installed,
  onlySource,
  packagesOf,
  problems,
  projectText,
  runCode,
  stateOf,
} from '../support/workspace.ts';

const sandbox = new Sandbox();
const server = await startIndexServer();
afterAll(() => server.close());
publish(server, [{ name: 'leaf', version: '1.0' }]);
const repositories = await serveRepositories(join(sandbox.root, 'repositories'));
let count = 0;

function repository(name: string): TestRepository {
  return new TestRepository(join(sandbox.root, 'repositories', name));
}

function projectOf(...dependencies: readonly string[]): Project {
  return sandbox.project(`app-${count++}`, projectText({ dependencies, sources: [onlySource(server.simple)] }));
}

const directUrl = (project: Project, name: string): unknown => {
  const files = Object.entries(packagesOf(project));
  const [, text = ''] = files.find(([path]) => path.includes(`/${name}-`) && path.endsWith('direct_url.json')) ?? [];
  return JSON.parse(text.slice(text.indexOf('{')));
};

const alpha = repository('alpha');
const first = alpha.release({ name: 'alpha', version: '1.0', requires: ['leaf'] });
alpha.git('tag', 'v1.0');
alpha.release({ name: 'part', version: '0.5' }, 'sub/part');
alpha.git('tag', '--annotate', '--message', 'two', 'v2.0');
alpha.git('branch', 'stable');
const second = alpha.git('rev-parse', 'HEAD');
const address = `git+${repositories.url}/alpha`;

test('no ref, a branch, tags, commits and whole names are pinned to their commits, as often as the lock is made', async () => {
  const project = projectOf();
  const pins: readonly (readonly [string, string])[] = [
    ['', second],
    ['@stable', second],
    ['@v1.0', first],
    ['@v2.0', second],
    [`@${first}`, first],
    [`@${first.slice(0, 8)}`, first],
    ['@refs/heads/stable', second],
  ];
  for (const [ref, commit] of pins) {
    const sources = [onlySource(server.simple)];
    project.write('pyproject.toml', projectText({ dependencies: [`alpha @ ${address}${ref}`], sources }));
    await project.ok(['lock']);
    const row = ref === '' ? '' : `ref = "${ref.slice(1)}"\n`;
    expect(project.read('pdm.lock')).toContain(
      `name = "alpha"\nversion = "1.0"\ngit = "${repositories.url}/alpha"\n${row}revision = "${commit}"\nsummary = ""\n`,
    );
  }
});

test('add, install, list and the lock name repository, ref, commit and folder', async () => {
  const project = projectOf();
  await project.ok(['add', `${address}@v1.0#egg=alpha`, `part @ ${address}@v2.0#subdirectory=sub/part`]);
  expect(project.read('pyproject.toml')).toContain(`"alpha @ ${address}@v1.0"`);
  expect(await installed(project)).toEqual(['alpha 1.0', 'leaf 1.0', 'part 0.5']);
  expect(directUrl(project, 'part')).toEqual({
    url: `${repositories.url}/alpha`,
    subdirectory: 'sub/part',
    vcs_info: { vcs: 'git', commit_id: second, requested_revision: 'v2.0' },
  });
  expect((await project.ok(['list', '--freeze'])).stdout).toContain(
    `alpha @ ${address}@${first}\nleaf==1.0\npart @ ${address}@${second}#subdirectory=sub/part\n`,
  );
  expect((await project.ok(['sync'])).stdout).toContain('nothing to do');
  await project.ok(['lock', '--check']);
});

test('what was built of a commit is installed again without the repository', async () => {
  const origin = repository('gone');
  origin.release({ name: 'gone', version: '1.0' });
  const project = projectOf(`gone @ ${origin.address}`);
  await project.ok(['install']);
  rmSync(origin.folder, { recursive: true });
  dropPackages(project);
  await project.ok(['sync']);
  expect(await runCode(project, 'import gone; print(gone.version)')).toBe('1.0');
  // Another setting is another build, of the same commit in the cache.
  await project.ok(['sync', '-r', '-C', 'a=b']);
  await project.ok(['lock', '--update-reuse']);
  const { status, stderr } = await project.tspm(['lock']);
  expect([status, stderr]).toEqual([1, expect.stringContaining('git cannot read file://')]);
});

test('a branch moves with update, and stays with everything else', async () => {
  const origin = repository('moving');
  const before = origin.release({ name: 'moving', version: '1.0' });
  const project = projectOf(`moving @ ${origin.address}@main`);
  await project.ok(['install']);
  const after = origin.release({ name: 'moving', version: '1.1' });
  for (const args of [
    ['lock', '--update-reuse'],
    ['lock', '--refresh'],
    ['install'],
    ['add', 'leaf'],
    ['remove', 'leaf'],
  ]) {
    await project.ok(args);
    expect([args, project.read('pdm.lock')]).toEqual([args, expect.stringContaining(before)]);
  }
  expect((await project.ok(['cache', 'info'])).stdout).toContain('Repository Cache: ');
  await project.ok(['cache', 'clear', 'repositories']);
  await project.ok(['update', 'moving']);
  expect(project.read('pdm.lock')).toContain(
    `version = "1.1"\ngit = "file://${origin.folder}"\nref = "main"\nrevision = "${after}"`,
  );
  expect(await installed(project)).toEqual(['moving 1.1']);
});

test('a checkout has its history, its tags and its submodules', async () => {
  const inner = repository('inner');
  inner.commit({ 'word.txt': 'from the submodule' });
  const origin = repository('outer');
  const during = [
    'described = subprocess.run(["git", "describe", "--tags"], capture_output=True, text=True).stdout.strip()',
    'os.environ["FOUND_" + described.replace(".", "_").split("-g")[0].replace("-", "_") + "_" + open("vendor/word.txt").read().split()[-1]] = ""',
  ].join('\n');
  origin.release({ name: 'outer', version: '1.0', during });
  origin.git('tag', 'v3.1');
  origin.git('submodule', '--quiet', 'add', '../inner', 'vendor');
  origin.commit({});
  const project = projectOf(`outer @ ${origin.address}`);
  await project.ok(['install']);
  const found = await runCode(
    project,
    'import outer; print([name for name in outer.built["env"] if name.startswith("FOUND")])',
  );
  expect(found).toBe("['FOUND_v3_1_1_submodule']");
});

test('what a package in a repository requires by address is taken too, also for an override', async () => {
  const delta = repository('delta');
  delta.release({
    name: 'delta',
    version: '1.0',
    requires: [`alpha @ ${address}@v1.0`, `none @ ${address}@no ; extra == "x"`],
  });
  const project = projectOf(`delta @ ${delta.address}`);
  await project.ok(['install']);
  expect(await installed(project)).toEqual(['alpha 1.0', 'delta 1.0', 'leaf 1.0']);
  expect(project.read('pdm.lock')).toContain(`"alpha @ ${address}@v1.0"`);
  const other = projectOf('alpha');
  other.write(
    'pyproject.toml',
    `${other.read('pyproject.toml')}\n[tool.pdm.resolution.overrides]\nalpha = "${address}@v1.0"\n`,
  );
  await other.ok(['install']);
  expect(other.read('pdm.lock')).toContain(`ref = "v1.0"\nrevision = "${first}"`);
});

test('credentials are used and written nowhere', async () => {
  const secret = await serveRepositories(join(sandbox.root, 'repositories'), { user: 'ann', password: 's3cret' });
  const { host } = new URL(secret.url);
  const own = new Sandbox();
  const text = (user: string): string =>
    projectText({
      dependencies: [`alpha @ git+http://${user}@${host}/alpha@v1.0`],
      sources: [onlySource(server.simple)],
    });
  const literal = own.project('literal', text('ann:s3cret'));
  const { stdout, stderr } = await literal.ok(['install', '-v']);
  expect(stdout + stderr).not.toContain('s3cret');
  expect(literal.read('pdm.lock')).toContain(`git = "${secret.url}/alpha"\n`);
  expect(directUrl(literal, 'alpha')).toMatchObject({ url: `${secret.url}/alpha` });
  rmSync(own.cacheDirectory, { recursive: true });
  dropPackages(literal);
  await literal.ok(['sync']);
  expect(JSON.stringify(readTree(own.cacheDirectory))).not.toContain('s3cret');
  const outer = repository('secretive');
  outer.release({ name: 'secretive', version: '1.0' });
  outer.git('submodule', '--quiet', 'add', '../alpha', 'vendor');
  outer.commit({});
  await literal.ok(['add', `secretive @ git+http://ann:s3cret@${host}/secretive`]);
  const named = own.project('named', text('${WHO}:${WORD}'));
  await named.ok(['install'], { env: { WHO: 'ann', WORD: 's3cret' } });
  expect(named.read('pdm.lock')).toContain(`git = "http://\${WHO}:\${WORD}@${host}/alpha"\n`);
  for (const env of [{}, { WHO: 'ann', WORD: 'wrong' }]) {
    const refused = await named.tspm(['lock'], { env });
    expect([refused.status, problems(refused).join('\n')]).toEqual([
      1,
      expect.stringMatching(/git cannot read http:\/\/127\S+\/alpha: it wants credentials.*\[TSPM_INDEX_AUTH\]/),
    ]);
    expect(refused.stderr).not.toContain('wrong');
  }
});

test('an editable package is cloned beside the packages and belongs to the user from then on', async () => {
  const project = projectOf();
  const origin = repository('linked');
  const hooks = `
def build_editable(folder, config_settings=None, metadata_directory=None):
    return _wheel(folder, {"_linked.pth": os.path.join(os.getcwd(), "src") + "\\n"})
`;
  origin.release({ name: 'linked', version: '1.0', hooks });
  origin.commit({ 'src/linked.py': 'value = 1\n' });
  origin.git('tag', 'one');
  await project.ok(['add', '-d', '-e', `${origin.address}@one#egg=linked`]);
  expect(project.read('pyproject.toml')).toContain(`"-e ${origin.address}@one#egg=linked"`);
  expect(project.read('pdm.lock')).toContain(
    `name = "linked"\nversion = "1.0"\neditable = true\ngit = "file://${origin.folder}"\nref = "one"\nsummary = ""\n`,
  );
  const [clone = ''] = Object.keys(packagesOf(project)).filter((path) => path.endsWith('src/linked/src/linked.py'));
  const source = project.path('__pypackages__', clone);
  expect(await runCode(project, 'import linked; print(linked.value)')).toBe('1');
  rmSync(origin.folder, { recursive: true });
  writeFileSync(source, 'value = "mine"\n');
  await project.ok(['sync', '-r']);
  expect(await runCode(project, 'import linked; print(linked.value)')).toBe('mine');
  expect(execFileSync('git', ['-C', join(source, '../..'), 'log', '--format=%s'], { encoding: 'utf8' })).toContain(
    'a change',
  );
});

const refused: readonly (readonly [string, string, string, string])[] = [
  ['an unknown ref', `${address}@nowhere`, 'has no branch, tag or commit nowhere', 'TSPM_VCS'],
  ['an unknown commit', `${address}@${'1'.repeat(40)}`, `has no branch, tag or commit ${'1'.repeat(40)}`, 'TSPM_VCS'],
  ['an unknown repository', `git+${repositories.url}/nowhere`, 'there is no repository', 'TSPM_VCS'],
  ['a folder that is no repository', `git+file://${sandbox.root}`, 'there is no repository', 'TSPM_VCS'],
  ['a server that is not there', 'git+http://127.0.0.1:9/x', 'it cannot be reached', 'TSPM_NETWORK'],
  [
    'an option in place of a ref',
    `${address}@--upload-pack=touch`,
    'is no name of a branch, tag or commit',
    'TSPM_INVALID_REQUIREMENT',
  ],
  [
    'an option in place of a host',
    'git+ssh://-oProxyCommand=touch/x',
    'is no address of a git repository',
    'TSPM_INVALID_REQUIREMENT',
  ],
  ['a program in place of an address', 'git+ext::sh://x', 'expected a version control URL', 'TSPM_INVALID_REQUIREMENT'],
  [
    'a folder outside of the repository',
    `${address}#subdirectory=../x`,
    'leads out of the source',
    'TSPM_INVALID_REQUIREMENT',
  ],
  ['a folder that is not there', `${address}#subdirectory=none`, 'it has no folder none', 'TSPM_BUILD_FAILED'],
  [
    'another package',
    `${address}#subdirectory=sub/part`,
    'what lies there is part, not alpha',
    'TSPM_INVALID_REQUIREMENT',
  ],
  ['another system', 'hg+https://127.0.0.1/x', 'tspm knows git alone, not hg', 'TSPM_UNSUPPORTED'],
];

test('what cannot be had is refused in one line, and nothing changes', async () => {
  const project = projectOf();
  await project.ok(['install']);
  const before = stateOf(project);
  for (const [what, place, message, code] of refused) {
    const failed = await project.tspm(['add', `alpha @ ${place}`]);
    expect([what, failed.status, problems(failed).filter((line) => line.startsWith('error'))]).toEqual([
      what,
      1,
      [expect.stringContaining(message)],
    ]);
    expect(failed.stderr).toContain(`[${code}]`);
  }
  expect(stateOf(project)).toEqual(before);
});

test('without git, only what is cached can be had', async () => {
  const bin = join(sandbox.root, 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(process.execPath, join(bin, 'node'));
  const project = projectOf(`part @ ${address}@stable#subdirectory=sub/part`);
  const refused = await project.tspm(['lock'], { env: { PATH: bin } });
  expect([refused.status, refused.stderr]).toEqual([
    1,
    expect.stringContaining('git is not installed, or not on PATH'),
  ]);
  await project.ok(['install']);
  dropPackages(project);
  await project.ok(['sync', '--offline'], { env: { PATH: bin } });
  const offline = await project.tspm(['lock', '--offline']);
  expect([offline.status, offline.stderr]).toEqual([1, expect.stringContaining(`offline: ${repositories.url}/alpha`)]);
  expect(await installed(project)).toEqual(['part 0.5']);
});

test('nothing of the user runs in a checkout or changes it', async () => {
  const own = new Sandbox();
  const home = join(own.root, 'home');
  const mark = join(own.root, 'mark');
  for (const folder of ['hooks', 'template/hooks']) {
    mkdirSync(join(home, folder), { recursive: true });
    writeFileSync(join(home, folder, 'post-checkout'), `#!/bin/sh\ntouch ${mark}\n`);
    chmodSync(join(home, folder, 'post-checkout'), 0o755);
  }
  writeFileSync(
    join(home, '.gitconfig'),
    `[core]\n\thooksPath = ${home}/hooks\n\tautocrlf = true\n[init]\n\ttemplateDir = ${home}/template\n`,
  );
  const project = own.project(
    'app',
    projectText({ dependencies: [`alpha @ ${address}@v1.0`], sources: [onlySource(server.simple)] }),
  );
  const other = new TestRepository(join(own.root, 'other'));
  other.commit({ a: 'a' });
  await project.ok(['install'], { env: { GIT_DIR: join(other.folder, '.git'), GIT_WORK_TREE: other.folder } });
  expect(() => readFileSync(mark)).toThrow('ENOENT');
  expect(other.git('status', '--porcelain')).toBe('');
});

test('ssh is asked as it is written, in both forms, without a prompt', async () => {
  const ssh = join(sandbox.root, 'ssh');
  writeFileSync(ssh, `#!/bin/sh\necho "$@" >> ${ssh}.log\nfor last; do :; done\neval "exec $last"\n`);
  chmodSync(ssh, 0o755);
  const path = join(sandbox.root, 'repositories/alpha');
  const project = projectOf(`alpha @ git+ssh://git@example.invalid${path}@v1.0`);
  await project.ok(['install'], { env: { GIT_SSH: ssh } });
  expect(project.read('pdm.lock')).toContain(
    `git = "ssh://git@example.invalid${path}"\nref = "v1.0"\nrevision = "${first}"\n`,
  );
  expect(readFileSync(`${ssh}.log`, 'utf8')).toContain(`git@example.invalid git-upload-pack '${path}'`);
  const short = projectOf();
  await short.ok(['add', `git+git@example.invalid:${path.slice(1)}@v1.0#egg=alpha`], { env: { GIT_SSH: ssh } });
  expect(short.read('pyproject.toml')).toContain(`"alpha @ git+ssh://git@example.invalid${path}@v1.0"`);
});

test('a repository that never answers is left on the first signal, and nothing stays behind', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const asked = new Promise<void>((resolve) => void silent.once('request', () => resolve()));
  const at = silent.address();
  if (at === null || typeof at === 'string') throw new Error('the server has a port');
  const project = projectOf(`x @ git+http://127.0.0.1:${at.port}/x`);
  const before = stateOf(project);
  const child = spawn(nodeUnderTest, [cliPath, 'lock'], { cwd: project.folder, env: project.env, stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => void child.on('close', resolve));
  await asked;
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  expect(stateOf(project)).toEqual(before);
});

test('a damaged copy in the cache is made anew', async () => {
  const own = new Sandbox();
  const origin = repository('sound');
  origin.release({ name: 'sound', version: '1.0' });
  const dependencies = [`sound @ ${origin.address}`];
  const project = own.project('app', projectText({ dependencies, sources: [onlySource(server.simple)] }));
  await project.ok(['lock']);
  const packed = origin.git('rev-parse', 'HEAD:build-tools/plan.py');
  const copies = join(own.cacheDirectory, 'git-v1');
  const objects = readdirSync(copies, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /objects\/(?:[0-9a-f]{2}\/|pack\/.*\.pack$)/.test(path),
  );
  const broken =
    objects.find((path) => path.replaceAll('/', '').endsWith(packed)) ??
    objects.find((path) => path.endsWith('.pack')) ??
    '';
  rmSync(join(copies, broken));
  // Another setting is another build.
  await project.ok(['sync', '-C', 'a=b']);
  expect(await installed(project)).toEqual(['sound 1.0']);
});

test('several processes may fetch and build one repository at once', async () => {
  const origin = repository('crowded');
  origin.release({ name: 'crowded', version: '1.0' });
  const projects = [1, 2, 3].map(() => projectOf(`crowded @ ${origin.address}`));
  await Promise.all(projects.map((project) => project.ok(['install'])));
  for (const project of projects) expect(await installed(project)).toEqual(['crowded 1.0']);
});
