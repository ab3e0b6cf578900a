/** Packages that are built where they are installed, from archives that bring their backend with them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { type BuildPlan, selfBuildingSdist } from '../support/in-tree-backend.ts';
import { type IndexServer, serveIndex } from '../support/index-server.ts';
import { cliPath, nodeUnderTest, Project, Sandbox } from '../support/tspm.ts';
import { onlySource, packagesOf, projectText, runCode, stateOf } from '../support/workspace.ts';

const sandbox = new Sandbox();
let count = 0;

interface Place {
  readonly server: IndexServer;
  readonly cache: string;
  readonly projectOf: (...dependencies: readonly string[]) => Project;
}

/** An index with these archives, and projects that share an empty cache. */
async function placeWith(...plans: readonly BuildPlan[]): Promise<Place> {
  const server = await serveIndex();
  publish(server, [{ name: 'leaf', version: '1.0' }]);
  for (const plan of plans) server.add(plan.name, selfBuildingSdist(plan));
  const cache = join(sandbox.root, `cache-${count++}`);
  const projectOf = (...dependencies: readonly string[]): Project => {
    const text = projectText({ dependencies, sources: [onlySource(server.simple)] });
    const { folder, env } = sandbox.project(`project-${count++}`, text);
    return new Project(folder, { ...env, PDM_CACHE_DIR: cache });
  };
  return { server, cache, projectOf };
}

const builds = (stderr: string): string[] => stderr.match(/Building [^.]*\.\d+/g) ?? [];

test('an archive is built once, for all projects, and its requirements are learnt by building', async () => {
  const { server, projectOf } = await placeWith({ name: 'forge', version: '1.0', requires: ['leaf'] });
  const first = projectOf('forge');
  expect(builds((await first.ok(['lock'])).stderr)).toEqual(['Building forge 1.0']);
  expect(first.read('pdm.lock')).toContain('name = "leaf"');
  expect(builds((await first.ok(['sync', '--no-self'])).stderr)).toEqual([]);
  expect(await runCode(first, 'import forge, leaf; print(forge.version)')).toBe('1.0');
  const { stdout } = await first.ok(['sync', '--no-self']);
  expect(stdout).toContain('nothing to do');
  server.forget();
  const second = projectOf('forge');
  expect(builds((await second.ok(['install', '--no-self'])).stderr)).toEqual([]);
  expect(await runCode(second, 'import forge; print(forge.version)')).toBe('1.0');
  expect(server.paths().filter((path) => path.includes('forge-1.0'))).toEqual([]);
  const again = await second.ok(['sync', '--no-self', '--reinstall']);
  expect(builds(again.stderr)).toEqual([]);
  expect((await second.ok(['cache', 'list'])).stdout).toMatch(
    /^│ .+ [kMG]?B │ forge-1\.0-py3-none-any\.whl │$|^│ +\d+ bytes │ forge-1\.0-py3-none-any\.whl │$/m,
  );
  expect((await second.ok(['cache', 'remove', 'forge-*'])).stdout).toBe('1 file removed\n');
  expect((await second.ok(['cache', 'list'])).stdout).not.toContain('forge');
  const anew = await second.ok(['sync', '--no-self', '--reinstall']);
  expect(builds(anew.stderr)).toEqual(['Building forge 1.0']);
  await second.ok(['cache', 'clear', 'wheels']);
  expect((await second.ok(['cache', 'list'])).stdout).not.toContain('forge');
});

test('settings reach the backend and make another wheel; credentials and other packages do not', async () => {
  const { projectOf } = await placeWith({ name: 'forge', version: '1.0' });
  const project = projectOf('forge');
  await project.ok(['lock']);
  const settings = ['-C', 'plain=1', '-C', 'many=a', '-C', 'many=b=c', '-C', 'bare'];
  const env = { MY_TOKEN: 'x', PYPI_PASSWORD: 'x', PYTHONPATH: '/nowhere/at/all', KEPT: 'x' };
  const { stderr } = await project.ok(['sync', '--no-self', ...settings], { env });
  expect(builds(stderr)).toEqual(['Building forge 1.0']);
  const told = await runCode(project, 'import forge, json; print(json.dumps(forge.built))');
  const built = JSON.parse(told) as {
    readonly settings: unknown;
    readonly path: readonly string[];
    readonly env: string[];
  };
  expect(built.settings).toEqual({ plain: '1', many: ['a', 'b=c'], bare: '' });
  expect(built.env).toContain('KEPT');
  expect(built.env).not.toContain('MY_TOKEN');
  expect(built.env).not.toContain('PYPI_PASSWORD');
  expect(built.path.filter((entry) => /nowhere|site-packages|dist-packages/.test(entry))).toEqual([]);
});

test('build requirements come from the index, with their .pth files and commands', async () => {
  const during = 'import hooked\nassert hooked.loaded\nsubprocess.run(["builder"], check=True)';
  const { server, projectOf } = await placeWith({
    name: 'forge',
    version: '1.0',
    buildRequires: ['helper>=1'],
    during,
  });
  publish(server, [
    {
      name: 'helper',
      version: '1.2',
      requires: ['leaf'],
      files: {
        'hooked.pth': 'import hooked; hooked.loaded = True\n',
        'hooked.py': 'loaded = False\ndef main():\n    import leaf\n    print("the command ran")\n',
      },
      entryPoints: { builder: 'hooked:main' },
    },
  ]);
  const project = projectOf('forge');
  await project.ok(['install', '--no-self']);
  expect(Object.keys(packagesOf(project)).some((path) => path.includes('helper'))).toBe(false);
});

test('--no-isolation builds with the packages of the project', async () => {
  const { server, projectOf } = await placeWith({ name: 'forge', version: '1.0', during: 'import tooling' });
  publish(server, [{ name: 'tooling', version: '1.0' }]);
  const project = projectOf('tooling');
  await project.ok(['install', '--no-self']);
  expect((await project.tspm(['add', 'forge', '--no-self'])).stderr).toContain("No module named 'tooling'");
  await project.ok(['add', 'forge', '--no-self', '--no-isolation']);
  expect(await runCode(project, 'import forge; print(forge.version)')).toBe('1.0');
});

test('an archive by path or address is locked with its digest and built', async () => {
  const { server, projectOf } = await placeWith({ name: 'forge', version: '1.0', requires: ['leaf'] });
  const { filename, bytes, sha256 } = selfBuildingSdist({ name: 'smith', version: '2.0' });
  const project = projectOf();
  writeFileSync(project.path(filename), bytes);
  await project.ok(['add', '--no-self', `./${filename}`, `forge @ ${server.url}/files/forge-1.0.tar.gz`]);
  expect(project.read('pdm.lock')).toContain(
    `path = "./${filename}"\nsummary = ""\ngroups = ["default"]\nfiles = [\n    {file = "${filename}", hash = "sha256:${sha256}"},`,
  );
  expect(await runCode(project, 'import forge, smith, leaf; print(forge.version, smith.version)')).toBe('1.0 2.0');
  const told = Object.entries(packagesOf(project)).find(
    ([path]) => path.includes('smith-2.0') && path.endsWith('direct_url.json'),
  );
  expect(told?.[1]).toContain(
    `{"archive_info":{"hash":"sha256=${sha256}","hashes":{"sha256":"${sha256}"}},"url":"file://${project.folder}/${filename}"}`,
  );
  expect((await project.ok(['sync', '--no-self'])).stdout).toContain('nothing to do');
});

test('a build that fails says why, names its log and changes nothing', async () => {
  const during =
    'print("\\\\x1b[31mcompiling\\\\x00")\nsys.stdout.buffer.write(bytes(range(256)))\nraise RuntimeError("no compiler")';
  const { cache, projectOf } = await placeWith({ name: 'forge', version: '1.0', during });
  const project = projectOf('leaf');
  await project.ok(['install', '--no-self']);
  const before = stateOf(project);
  const { status, stderr } = await project.tspm(['add', 'forge', '--no-self']);
  expect(status).toBe(1);
  expect(stderr).toContain('forge 1.0 cannot be built: build_wheel raised RuntimeError: no compiler');
  expect(stderr).toContain('[TSPM_BUILD_FAILED]');
  expect(stderr).toContain('raise RuntimeError("no compiler")');
  expect(stderr).not.toContain('\u001b[31m');
  const [, log = ''] = /the log of the build is (\S+) \[/.exec(stderr) ?? [];
  expect(readFileSync(log, 'latin1')).toContain('compiling');
  expect(stateOf(project)).toEqual(before);
  expect(readdirSync(join(cache, 'staging-v1')).filter((name) => /^[0-9a-f]{32}/.test(name))).toEqual([]);
});

test.each([
  ['SIGINT', 130],
  ['SIGKILL', null],
] as const)('a build that hangs ends with tspm at %s, and all it started too', async (signal, status) => {
  const told = join(sandbox.root, 'started');
  rmSync(told, { force: true });
  const during = [
    'child = subprocess.Popen(["sleep", "1000"])',
    `open(${JSON.stringify(`${told}.new`)}, "w").write("%d %d" % (os.getpid(), child.pid))`,
    `os.rename(${JSON.stringify(`${told}.new`)}, ${JSON.stringify(told)})`,
    'signal.pause()',
  ].join('\n');
  const { projectOf } = await placeWith({ name: 'forge', version: '1.0', during });
  const project = projectOf('forge');
  const child = spawn(nodeUnderTest, [cliPath, 'lock'], { cwd: project.folder, env: project.env, stdio: 'ignore' });
  const ended = once(child, 'close');
  await expect.poll(() => existsSync(told), { timeout: 60_000 }).toBe(true);
  child.kill(signal);
  expect((await ended)[0]).toBe(status);
  const pids = readFileSync(told, 'utf8').split(' ').map(Number);
  await expect.poll(() => pids.filter(isRunning), { timeout: 60_000 }).toEqual([]);
  expect(project.exists('pdm.lock')).toBe(false);
});

test.each([
  ['another version', { wheelVersion: '2.0' }, 'the wheel that came out is forge-2.0-py3-none-any.whl'],
  [
    'a backend that is not there',
    { files: { 'build-tools/backend.py': undefined } },
    'its backend backend cannot be loaded',
  ],
  ['exit', { during: 'sys.exit("that is all")' }, "build_wheel called exit with 'that is all'"],
  ['a crash', { during: 'os._exit(3)' }, 'build_wheel ended with exit status 3'],
  ['a wish of itself', { buildRequires: ['forge'] }, 'building it requires forge 1.0, which requires forge 1.0'],
  [
    'a path out of the tree',
    { files: { 'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["../x"]\n' } },
    'names a backend-path outside of the sources: ../x',
  ],
] as const)('%s is refused', async (_, plan, message) => {
  const { projectOf } = await placeWith({ name: 'forge', version: '1.0', ...plan });
  const { status, stderr } = await projectOf('forge').tspm(['lock']);
  expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  expect(stderr).toContain('TSPM_BUILD_FAILED');
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
