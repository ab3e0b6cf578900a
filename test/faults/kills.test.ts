/**
 * The built command line is killed at every call that changes a file, and at random times: the next command finishes or drops the change, and
 * nothing is half there. A sample by default; TSPM_TEST_FULL=1 kills at every call.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRecord } from '../../src/packaging/record.ts';
import { pythonIdent } from '../support/catalogue.ts';
import { type CallPoint, canInject, changingCalls, runWithFault } from '../support/call-faults.ts';
import { Scene } from '../support/fault-scenes.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { KILL_SCENES, type KillScene, publishKillScenes } from '../support/kill-scenes.ts';
import { cliPath, nodeUnderTest, type Project, Sandbox } from '../support/tspm.ts';
import { dropPackages } from '../support/workspace.ts';

const isFull = process.env['TSPM_TEST_FULL'] === '1';
/** Kills of a scene; undefined takes every call of every scene. */
const sample = isFull ? undefined : Number(process.env['TSPM_TEST_SAMPLE'] ?? 8);
const seed = Number(process.env['TSPM_TEST_SEED'] ?? 1);
const only = process.env['TSPM_TEST_SCENE'];
const report = process.env['TSPM_TEST_REPORT'];

let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer({ format: 'json' });
  publishKillScenes(server);
});

afterAll(() => server.close());

describe.skipIf(!canInject)(`killed (skipped without strace; seed ${seed})`, () => {
  test.each(scenes().map((spec) => [spec.name, spec] as const))(
    '%s',
    async (_, spec) => {
      const scene = await Scene.make(spec, new Sandbox(), server);
      const judge = await openJudge(scene, spec);
      const points = judge.points;
      const problems: string[] = [];
      let [kills, randomKills] = [0, 0];
      for (const point of chosen(points)) {
        scene.restore();
        const fault = { at: point, what: 'signal=SIGKILL' };
        const { signal } = await runWithFault(scene.project, spec.args, { fault, root: scene.root });
        if (signal !== 'SIGKILL') continue;
        kills += 1;
        problems.push(
          ...(await judge.problems()).map((text) => `${point.call} ${point.when} ${point.line}\n    ${text}`),
        );
      }
      for (let count = 0; count < Math.ceil(kills / 10); count++) {
        scene.restore();
        const time = Math.random() * judge.milliseconds;
        await killedAfter(scene, time);
        randomKills += 1;
        problems.push(...(await judge.problems()).map((text) => `after ${time} ms\n    ${text}`));
      }
      if (report !== undefined)
        appendFileSync(
          report,
          [
            `== ${spec.name}: ${points.length} points (${judge.calls} calls), ${kills} kills and ${randomKills} at random times, ${problems.length} problems`,
            ...problems,
            '',
          ].join('\n'),
        );
      expect(problems).toEqual([]);
      expect(kills).toBeGreaterThan(0);
    },
    7_200_000,
  );
});

/** All, or those whose names begin with TSPM_TEST_SCENE, or one of each command and method. */
function scenes(): readonly KillScene[] {
  if (only !== undefined) return KILL_SCENES.filter(({ name }) => name.startsWith(only));
  if (isFull || process.env['TSPM_TEST_SAMPLE'] !== undefined) return KILL_SCENES;
  return KILL_SCENES.filter((_, index) => index % 5 === seed % 5);
}

function chosen(points: readonly CallPoint[]): readonly CallPoint[] {
  if (sample === undefined) return points;
  const random = generator();
  const picked = Array.from({ length: sample }, () => points[Math.floor(random() * points.length)]);
  return [...new Set(picked)].filter((point) => point !== undefined);
}

let state = seed;

/** Numbers from 0 to 1, the same for a seed. */
function generator(): () => number {
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

async function killedAfter({ project, spec }: Scene, milliseconds: number): Promise<void> {
  const child = spawn(nodeUnderTest, [cliPath, ...spec.args], {
    cwd: project.folder,
    env: project.env,
    stdio: 'ignore',
  });
  const ended = once(child, 'close');
  await Promise.race([wait(milliseconds), ended]);
  child.kill('SIGKILL');
  await ended;
}

/** Work in progress is swept after a day; a page of the cache by whoever writes it next; what was to become a lock by the next change. */
const REPLACED_LATER = /\/staging-v1\/|-v1\/(?:\w\w\/)?[0-9a-f]{62,64}\.\w+\.tmp$|\/\.tspm\/lock\.[0-9a-f]+$/u;

interface Judge {
  readonly points: readonly CallPoint[];
  readonly calls: number;
  readonly milliseconds: number;
  /** What is wrong after a kill, and after the next command. */
  problems(): Promise<string[]>;
}

/** Project file and lock, and the packages that may go with them. */
interface Side {
  readonly pyproject: string;
  readonly lock: string | undefined;
  readonly trees: readonly Readonly<Record<string, string>>[];
}

/** Runs the command undisturbed, and installs what it begins and ends with afresh. */
async function openJudge(scene: Scene, spec: KillScene): Promise<Judge> {
  const { project } = scene;
  const before = { ...filesOf(project), tree: packagesSeen(project) };
  const all = await changingCalls(project, spec.args, scene.root);
  const names = readdirSync(project.folder);
  scene.restore();
  const started = performance.now();
  await project.ok(spec.args);
  const milliseconds = performance.now() - started;
  if (spec.next.join() !== spec.args.join()) await project.ok(spec.next);
  const after = { ...filesOf(project), tree: packagesSeen(project) };
  const sides: Side[] = [];
  for (const { tree, ...files } of [before, after])
    sides.push({ ...files, trees: [tree, await freshTree(scene, files)] });
  return {
    points: [...new Map(all.map((point) => [`${point.call} ${point.when}`, point])).values()],
    calls: all.length,
    milliseconds,
    problems: () => problemsAfterKill(scene, spec, { sides, names }),
  };
}

async function freshTree(scene: Scene, { pyproject, lock }: Omit<Side, 'trees'>): Promise<Record<string, string>> {
  const { project } = scene;
  if (lock === undefined) return {};
  scene.restore();
  project.write('pyproject.toml', pyproject);
  project.write('pdm.lock', lock);
  dropPackages(project);
  await project.ok(['sync']);
  return packagesSeen(project);
}

async function problemsAfterKill(
  scene: Scene,
  spec: KillScene,
  { sides, names }: { readonly sides: readonly Side[]; readonly names: readonly string[] },
): Promise<string[]> {
  const { project } = scene;
  const found: string[] = [];
  const cut = filesOf(project);
  if (sides.every(({ pyproject }) => pyproject !== cut.pyproject)) found.push('pyproject.toml is neither old nor new');
  if (sides.every(({ lock }) => lock !== cut.lock)) found.push('the lock is neither old nor new');
  // A cache that is cleared takes away what projects link to.
  if (spec.args[0] !== 'cache') found.push(...visibleFaults(project).map((text) => `seen, but not complete: ${text}`));
  const next = await project.tspm(spec.next);
  if (next.status !== 0) return [...found, `the next command ends with ${next.status}: ${next.stderr}`];
  const now = filesOf(project);
  const side = sides.find(({ pyproject, lock }) => pyproject === now.pyproject && lock === now.lock);
  if (side === undefined) found.push('pyproject.toml and the lock are of different times');
  const tree = packagesSeen(project);
  const [first = [], ...others] = (side?.trees ?? []).map((wanted) => differences(tree, wanted));
  if (others.every((other) => other.length > 0)) found.push(...first);
  found.push(...scene.leftovers().flatMap((path) => (REPLACED_LATER.test(path) ? [] : [`left: ${path}`])));
  found.push(
    ...readdirSync(project.folder).flatMap((name) => (names.includes(name) ? [] : [`new in the project: ${name}`])),
  );
  for (const { status, stdout, stderr } of await Promise.all([
    project.tspm(['verify']),
    project.tspm(['cache', 'verify']),
  ])) {
    if (status !== 0) found.push(`verify ends with ${status}: ${stdout}${stderr}`);
  }
  return found;
}

function filesOf(project: Project): Omit<Side, 'trees'> {
  return {
    pyproject: project.read('pyproject.toml'),
    lock: project.exists('pdm.lock') ? project.read('pdm.lock') : undefined,
  };
}

/** Packages as programs see them: contents by path, links followed; byte code and tspm's own files aside. */
function packagesSeen(project: Project): Record<string, string> {
  const tree: Record<string, string> = {};
  const visit = (folder: string, prefix: string): void => {
    for (const name of readdirSync(folder).sort()) {
      const [path, shown] = [join(folder, name), `${prefix}${name}`];
      if (name === '__pycache__' || name === '.tspm') continue;
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined) tree[shown] = 'a link that leads nowhere';
      else if (found.isDirectory()) visit(path, `${shown}/`);
      else tree[shown] = `${(found.mode & 0o100) === 0 ? '' : 'x '}${readFileSync(path, 'latin1')}`;
    }
  };
  if (project.exists('__pypackages__')) visit(project.path('__pypackages__'), '');
  return tree;
}

/**
 * What a distribution that can be seen lacks. Not counted: its `.pth` files, which come last of all; a neighbour's folder that is turned from a link
 * into a real one, absent between two renames; and RECORD itself, which may be the older one while REQUESTED is replaced.
 */
function visibleFaults(project: Project): string[] {
  const lib = project.path('__pypackages__', pythonIdent(), 'lib');
  if (!existsSync(lib)) return [];
  const infos = readdirSync(lib).filter((name) => name.endsWith('.dist-info'));
  return infos.flatMap((info) =>
    parseRecord(readFileSync(join(lib, info, 'RECORD'), 'utf8')).flatMap(({ path, hash }) => {
      if (
        hash === undefined ||
        path.endsWith('.pth') ||
        path.startsWith('both/') ||
        path.startsWith('ns/') ||
        path.endsWith('/REQUESTED')
      )
        return [];
      const file = join(lib, path);
      if (statSync(file, { throwIfNoEntry: false }) === undefined) return [`${info}: ${path} is missing`];
      const digest = createHash('sha256').update(readFileSync(file)).digest('base64url');
      return digest === hash.digest ? [] : [`${info}: ${path} is another`];
    }),
  );
}

function differences(tree: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): string[] {
  const paths = [...new Set([...Object.keys(tree), ...Object.keys(wanted)])].filter(
    (path) => tree[path] !== wanted[path],
  );
  return paths.map((path) => `${path}: ${tree[path]?.slice(0, 60)} in place of ${wanted[path]?.slice(0, 60)}`);
}
