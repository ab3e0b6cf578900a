/** One cache for several users: shared by a group, whatever the umask; made by an administrator; on another file system than the projects. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { cliPath, nodeUnderTest, runCommand, Sandbox, type Project, type RunResult } from '../support/tspm.ts';
import { dropPackages, onlySource, problems, projectText, runCode } from '../support/workspace.ts';

const SETPRIV = 'setpriv';
const GROUP = 47_000;
const [FIRST, SECOND] = [47_001, 47_002];
/** Other users can run neither what lies in root's home nor what only root may become. */
const python = '/usr/bin/python3';
const others = process.getuid?.() === 0 && existsSync(python) && runsAs(FIRST);
const sandbox = new Sandbox({ PDM_PYTHON: others ? python : process.env['PDM_PYTHON'] });
const cli = join(sandbox.root, 'dist/tspm.js');
let server: IndexServer;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  const names = ['one', 'two', 'three'];
  publish(
    server,
    names.map((name) => ({ name, version: '1.0', files: { [`${name}/__init__.py`]: `name = "${name}"\n` } })),
  );
  chmodSync(sandbox.root, 0o755);
  cpSync(dirname(cliPath), dirname(cli), { recursive: true });
  spawnSync('chmod', ['-R', 'a+rX', dirname(cli)]);
});

afterAll(() => server.close());

describe.skipIf(!others)('several users', () => {
  test('a cache that a group may write to is open to the group, also under umask 077', async () => {
    const cache = cacheOf(FIRST, 0o2770);
    const first = newProject(FIRST, cache, ['one', 'two']);
    const second = newProject(SECOND, cache, ['one', 'two', 'three']);
    for (const project of [first, second]) {
      expect((await project.run(['install'], '077')).status).toBe(0);
      const run = await project.run(['run', 'python', '-c', 'import one, two; print(one.name)'], '077');
      expect([run.stdout, problems(run)]).toEqual(['one\n', []]);
    }
    expect(closedToGroup(cache)).toEqual([]);
    // The byte code of the first one is closed to the second.
    expect((await second.run(['verify'], '077')).stdout).toMatch(/all as locked\n$/u);
    for (const project of [first, second]) dropPackages(project.project);
    const cleared = await second.run(['cache', 'clear', 'packages'], '077');
    expect([cleared.status, cleared.stdout]).toEqual([0, '3 packages are removed\n']);
    expect((await first.run(['install'], '077')).status).toBe(0);
  });

  test('a cache of an administrator is used as it is; what it lacks is named', async () => {
    const cache = cacheOf(FIRST, 0o755);
    const admin = newProject(FIRST, cache, ['one', 'two']);
    expect((await admin.run(['install'], '022')).status).toBe(0);
    for (const method of ['symlink', 'hardlink', 'pth']) {
      const user = newProject(SECOND, cache, ['one', 'two'], method);
      expect((await user.run(['install'], '022')).status).toBe(0);
      const run = await user.run(['run', 'python', '-c', 'import one, two; print(two.name)'], '022');
      expect([run.stdout, problems(run)]).toEqual(['two\n', []]);
    }
    const more = await newProject(SECOND, cache, ['three']).run(['install'], '022');
    expect([more.status, problems(more).at(-1)]).toEqual([
      1,
      expect.stringMatching(/^error: cannot write in the cache directory .*permission denied.*\[TSPM_STORE\]$/),
    ]);
  });
});

test.skipIf(!existsSync('/dev/shm') || statSync('/dev/shm').dev === statSync(sandbox.root).dev)(
  'on another file system links work, and hard links become copies, which is said once',
  async () => {
    const cache = mkdtempSync('/dev/shm/tspm-test-');
    onTestFinished(() => rmSync(cache, { recursive: true, force: true }));
    for (const method of ['symlink', 'hardlink']) {
      const { project } = newProject(undefined, cache, ['one', 'two'], method);
      const { stderr } = await project.ok(['install'], { env: { PDM_CACHE_DIR: cache } });
      const notes = stderr.split('\n').filter((line) => line.includes('the cache is on another file system'));
      expect(notes).toHaveLength(method === 'hardlink' ? 1 : 0);
      expect(await runCode(project, 'import one, two; print(one.name, two.name)')).toBe('one two');
    }
  },
);

interface UsersProject {
  readonly project: Project;
  /** Runs tspm as the user, in the common group. */
  run(args: readonly string[], umask: string): Promise<RunResult>;
}

function newProject(
  uid: number | undefined,
  cache: string,
  dependencies: readonly string[],
  method = 'symlink',
): UsersProject {
  const project = sandbox.project(
    `project ${(count += 1)}`,
    projectText({ dependencies, sources: [onlySource(server.simple)] }),
  );
  project.write('pdm.toml', `[install]\ncache = true\ncache_method = "${method}"\n`);
  const home = project.path('home');
  mkdirSync(home);
  if (uid !== undefined)
    for (const path of [project.folder, home, ...readdirSync(project.folder).map((name) => project.path(name))])
      chownSync(path, uid, uid);
  const env = { ...project.env, HOME: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, PDM_CACHE_DIR: cache };
  return {
    project,
    run: (args, umask) =>
      runCommand(
        'sh',
        ['-c', `umask ${umask}; exec "$@"`, 'sh', SETPRIV, ...userFlags(uid ?? 0), nodeUnderTest, cli, ...args],
        {
          cwd: project.folder,
          env,
        },
      ),
  };
}

function userFlags(uid: number): string[] {
  return [`--reuid=${uid}`, `--regid=${uid}`, `--groups=${uid},${GROUP}`, '--'];
}

function runsAs(uid: number): boolean {
  return spawnSync(SETPRIV, [...userFlags(uid), nodeUnderTest, '-e', '']).status === 0;
}

function cacheOf(uid: number, mode: number): string {
  const path = join(sandbox.root, `cache ${(count += 1)}`);
  mkdirSync(path);
  chownSync(path, uid, GROUP);
  chmodSync(path, mode);
  return path;
}

/** Files and folders of a cache that the group could not read, or not remove; byte code aside, which Python writes. */
function closedToGroup(cache: string): string[] {
  const paths = readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter(
    (path) => !path.includes('__pycache__'),
  );
  return paths.filter((path) => {
    const { mode, gid } = statSync(join(cache, path));
    const needed = (mode & 0o170000) === 0o040000 ? 0o070 : 0o040;
    return gid !== GROUP || (mode & needed) !== needed;
  });
}
