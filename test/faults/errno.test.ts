/**
 * Every call that changes a file fails in turn: the command ends with one clear line or goes on without it, nothing of the user's is lost,
 * and the same command works afterwards. A sample by default, another one for each seed; TSPM_TEST_FULL=1 takes every call with every error.
 */
import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PENDING_RECORD } from '../../src/project/pending-record.ts';
import { type CallPoint, canInject, changingCalls, isBelow, runWithFault } from '../support/call-faults.ts';
import { publishScenes, Scene, SCENES, type SceneSpec, type Snapshot } from '../support/fault-scenes.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { type RunResult, Sandbox } from '../support/tspm.ts';

const ERRORS = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EMFILE', 'EXDEV', 'ESTALE', 'EIO'] as const;
/** What the error line says of each. */
const REASONS: Readonly<Record<string, RegExp>> = {
  ENOSPC: /no space/u,
  EDQUOT: /quota/u,
  EROFS: /read-only/u,
  EACCES: /permission/u,
  EMFILE: /too many open files/u,
  EXDEV: /another file system/u,
  ESTALE: /stale/u,
  EIO: /input\/output error/u,
};
const isFull = process.env['TSPM_TEST_FULL'] === '1';
const SAMPLE = Number(process.env['TSPM_TEST_SAMPLE'] ?? 2);
const seed = Number(process.env['TSPM_TEST_SEED'] ?? 5);
const only = process.env['TSPM_TEST_SCENE'];
const every = isFull || process.env['TSPM_TEST_SAMPLE'] !== undefined;
/** Those that a run looks at. */
const CHOSEN = SCENES.filter(({ name }, index) => {
  return only === undefined ? every || index % 3 === seed % 3 : name === only;
});
const report = process.env['TSPM_TEST_REPORT'];

let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer({ format: 'json' });
  publishScenes(server);
});

afterAll(() => server.close());

describe.skipIf(!canInject)(`a failing call (skipped without strace; seed ${seed})`, () => {
  test.each(CHOSEN.map((spec) => [spec.name, spec] as const))(
    'of %s',
    async (_, spec) => {
      const scene = await Scene.make(spec, new Sandbox(), server);
      const before = scene.snapshot();
      const points = await changingCalls(scene.undisturbed, scene.root);
      const after = scene.snapshot();
      expect(points.length).toBeGreaterThan(1);
      const problems: string[] = [];
      let count = 0;
      let missed = 0;
      for (const { at, error } of chosen(spec, points)) {
        const found = await oneFault(scene, { at, error, before, after });
        if (found === 'missed') {
          missed += 1;
          continue;
        }
        count += 1;
        if (found.length > 0) {
          problems.push(`${error} ${String(at.when)} ${at.line}\n    ${found.join('\n    ')}`);
          if (report !== undefined) appendFileSync(report, `${spec.name}: ${problems.at(-1)}\n`);
        }
      }
      if (report !== undefined)
        appendFileSync(
          report,
          `== ${spec.name}: ${points.length} calls, ${count} faults, ${missed} missed, ${problems.length} problems\n`,
        );
      expect(problems).toEqual([]);
    },
    3_600_000,
  );
});

interface Trial {
  readonly at: CallPoint;
  readonly error: string;
  readonly before: Snapshot;
  readonly after: Snapshot;
}

function* chosen(spec: SceneSpec, points: readonly CallPoint[]): Generator<{ at: CallPoint; error: string }> {
  const all = points.flatMap((at) => errorsOf(at.call).map((error) => ({ at, error })));
  if (isFull) return yield* all;
  let state = seed + spec.name.length * 7919;
  for (let taken = 0; taken < SAMPLE; taken++) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const found = all[state % all.length];
    if (found !== undefined) yield found;
  }
}

/** Those that the call can have. */
function errorsOf(call: string): readonly string[] {
  if (call === 'openat') return ERRORS.filter((error) => error !== 'EXDEV');
  const without = call === 'rename' || call === 'link' || call === 'copy_file_range' ? ['EMFILE'] : ['EMFILE', 'EXDEV'];
  const own = ERRORS.filter((error) => !without.includes(error));
  if (call === 'link') return [...own, 'EPERM', 'EMLINK'];
  if (call === 'unlink' || call === 'rmdir') return own.filter((error) => error !== 'ENOSPC' && error !== 'EDQUOT');
  return own;
}

async function oneFault(scene: Scene, { at, error, before, after }: Trial): Promise<string[] | 'missed'> {
  const { project, spec } = scene;
  scene.restore();
  const result = await runWithFault(scene.start, { fault: { at, what: `error=${error}` }, root: scene.root });
  // Not one of ours: a message between threads, whose failure ends Node, or a part of the program.
  if (!result.hits.every((line) => isBelow(line, scene.root))) return 'missed';
  const problems = outcomeProblems(result, error, scene.root);
  const now = scene.snapshot();
  if (now.pyproject !== before.pyproject && now.pyproject !== after.pyproject)
    problems.push('pyproject.toml is neither old nor new');
  if (now.lock !== before.lock && now.lock !== after.lock) problems.push('the lock is neither old nor new');
  problems.push(...scene.emptyFiles().map((path) => `${path} is empty`));
  // What was copied because a link was refused is right, though not the same.
  const isCopied = result.status === 0 && (at.call === 'link' || at.call === 'symlink');
  if (mustSucceed(at.call, error) && result.status !== 0) problems.push(`status ${result.status}: ${result.stderr}`);
  if (result.status === 0 && !isCopied)
    problems.push(...difference(now, after).map((text) => `after the success: ${text}`));
  const isOpen = now.pyproject === before.pyproject && !project.exists(PENDING_RECORD);
  const next = isOpen ? spec.args : (spec.next ?? spec.args);
  const again = await project.tspm(next);
  if (again.status !== 0) problems.push(`the retry ends with ${again.status}: ${again.stderr}`);
  else if (!isCopied) problems.push(...difference(scene.snapshot(), after).map((text) => `after the retry: ${text}`));
  else problems.push(...(await verified(scene)));
  problems.push(
    ...scene
      .leftovers()
      .filter((path) => !mayStay(path, at.call))
      .map((path) => `left: ${path}`),
  );
  return problems;
}

/** Links that are refused become copies, and an exchange two renames; a network file system that lost a handle is asked again. */
function mustSucceed(call: string, error: string): boolean {
  if (call === 'renameat2') return true;
  return (call === 'link' && ['EXDEV', 'EPERM', 'EMLINK'].includes(error)) || (call === 'rename' && error === 'ESTALE');
}

/** A file in the staging area of the cache that could not be deleted: that is done when a day has passed. */
function mayStay(path: string, call: string): boolean {
  return call === 'unlink' && /\/staging-v1\/[^/]+\.lock(?:\.[0-9a-f]+)?$/u.test(path);
}

async function verified({ project }: Scene): Promise<string[]> {
  const { status, stdout } = await project.tspm(['verify']);
  return status === 0 ? [] : [`verify ends with ${status}: ${stdout}`];
}

function outcomeProblems({ status, stdout, stderr }: RunResult, error: string, root: string): string[] {
  const problems: string[] = [];
  if (/^\s+at /mu.test(stderr) || stderr.includes('bug in tspm')) problems.push(`a stack: ${stderr}`);
  if (status === 0) return problems;
  if (status !== 1) problems.push(`status ${status}: ${stdout}${stderr}`);
  const lines = stderr.split('\n').filter((line) => line.startsWith('error:'));
  const [line = ''] = lines;
  if (lines.length !== 1) problems.push(`${lines.length} error lines: ${stderr}`);
  if (!/ \[TSPM_(?:IO|STORE|BUSY)\]$/u.test(line)) problems.push(`no code: ${line}`);
  if (!line.includes(root)) problems.push(`no path: ${line}`);
  if (!(REASONS[error] ?? /./u).test(line)) problems.push(`no reason: ${line}`);
  return problems;
}

function difference(found: Snapshot, wanted: Snapshot): string[] {
  const names = new Set([...Object.keys(found.packages), ...Object.keys(wanted.packages)]);
  const packages = [...names].filter((name) => found.packages[name] !== wanted.packages[name]);
  return [
    ...(found.pyproject === wanted.pyproject ? [] : ['pyproject.toml differs']),
    ...(found.lock === wanted.lock ? [] : ['the lock differs']),
    ...(JSON.stringify(found.config) === JSON.stringify(wanted.config) ? [] : ['the configuration differs']),
    ...packages.map(
      (name) => `${name}: ${found.packages[name]?.slice(0, 60)} in place of ${wanted.packages[name]?.slice(0, 60)}`,
    ),
  ];
}
