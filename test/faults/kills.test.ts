/**
 * The built command line is killed at every call that changes a file, and at random times: the next command finishes or drops the change, and
 * nothing is half there. A sample by default; TSPM_TEST_FULL=1 kills at every call.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controlPaths } from '../../src/installer/environment.ts';
import { type CallPoint, canInject, changingCalls, runWithFault } from '../support/call-faults.ts';
import { pythonIdent } from '../support/catalogue.ts';
import { Scene } from '../support/fault-scenes.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { openJudge } from '../support/kill-judge.ts';
import { KILL_SCENES, type KillScene, publishKillScenes } from '../support/kill-scenes.ts';
import { Sandbox } from '../support/tspm.ts';

const isFull = process.env['TSPM_TEST_FULL'] === '1';
/** Kills of a scene; undefined takes every call of every scene. */
const sample = isFull ? undefined : Number(process.env['TSPM_TEST_SAMPLE'] ?? 6);
/** Kills that must hit several threads at work, in a scene that has them. */
const together = Math.ceil((sample ?? 60) / 3);
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
      const calls = await changingCalls(scene.undisturbed, scene.root);
      const points = [...new Map(calls.map((point) => [`${point.call} ${point.when}`, point])).values()];
      scene.restore();
      const judge = await openJudge(scene, spec);
      const control = controlPaths(scene.project.path('__pypackages__', pythonIdent()));
      const judged = async (title: string): Promise<void> => {
        const found = [...judge.atOnce(), ...(await judge.afterwards())];
        problems.push(...found.map((text) => `${title}\n    ${text}`));
      };
      const problems: string[] = [];
      const count = { kills: 0, ofSeveral: 0, random: 0, early: 0 };
      const killAt = async (point: CallPoint): Promise<void> => {
        scene.restore();
        const fault = { at: point, what: 'signal=SIGKILL' };
        const { hits, threads } = await runWithFault(scene.start, { fault, root: scene.root });
        if (hits.length === 0) return;
        count.kills += 1;
        if (threads > 1 && point.call === spec.sharedCall) count.ofSeveral += 1;
        await judged(`${point.call} ${point.when} ${point.line}`);
      };
      const shared = points.filter(({ call }) => call === spec.sharedCall);
      for (const point of chosen(points, shared.length === 0 ? sample : together)) await killAt(point);
      // How early a further thread begins differs, and with it how many calls the first one makes alone.
      for (let tries = 4 * together; count.ofSeveral < together && tries > 0; tries--)
        for (const point of chosen(shared, 1)) await killAt(point);
      for (; count.random < Math.ceil(count.kills / 10); count.random++) {
        scene.restore();
        const time = (Math.random() * judge.milliseconds) / (shared.length === 0 ? 1 : 2);
        await killedAfter(scene, time, shared.length === 0 ? undefined : control.staging);
        if (existsSync(control.staging) && !existsSync(control.journal)) count.early += 1;
        await judged(`after ${time} ms`);
      }
      if (report !== undefined)
        appendFileSync(
          report,
          [
            `== ${spec.name}: ${points.length} points (${calls.length} calls), ${count.kills} kills (${count.ofSeveral} of several threads that bring files) and ${count.random} at random times (${count.early} before the journal), ${problems.length} problems`,
            ...problems,
            '',
          ].join('\n'),
        );
      expect(problems).toEqual([]);
      expect(count.kills).toBeGreaterThan(0);
      expect(count.ofSeveral).toBeGreaterThanOrEqual(shared.length > 0 && availableParallelism() > 1 ? 1 : 0);
    },
    7_200_000,
  );
});

/** All, or those whose names begin with TSPM_TEST_SCENE, or one of each command and method and one with threads. */
function scenes(): readonly KillScene[] {
  if (only !== undefined) return KILL_SCENES.filter(({ name }) => name.startsWith(only));
  if (isFull || process.env['TSPM_TEST_SAMPLE'] !== undefined) return KILL_SCENES;
  const alone = KILL_SCENES.filter(({ sharedCall }) => sharedCall === undefined);
  const helped = KILL_SCENES.filter(({ sharedCall }) => sharedCall !== undefined);
  return [...alone.filter((_, at) => at % 5 === seed % 5), ...helped.filter((_, at) => at === seed % helped.length)];
}

function chosen(points: readonly CallPoint[], count: number | undefined): readonly CallPoint[] {
  if (count === undefined) return points;
  const random = generator();
  const picked = Array.from({ length: count }, () => points[Math.floor(random() * points.length)]);
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

/** Kills the command and what it started after a time, which begins when `sign` is there. */
async function killedAfter({ project, start }: Scene, milliseconds: number, sign = project.folder): Promise<void> {
  const { command, cwd, env } = start;
  const [program = '', ...words] = command;
  const child = spawn(program, words, { cwd, env, stdio: 'ignore', detached: true });
  const ended = once(child, 'close');
  while (!existsSync(sign) && child.exitCode === null) await turn();
  await Promise.race([wait(milliseconds), ended]);
  if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  await ended;
}
