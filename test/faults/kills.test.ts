/**
 * The built command line is killed at every call that changes a file, and at random times: the next command finishes or drops the change, and
 * nothing is half there. A sample by default; TSPM_TEST_FULL=1 kills at every call.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CallPoint, canInject, changingCalls, runWithFault } from '../support/call-faults.ts';
import { Scene } from '../support/fault-scenes.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { openJudge } from '../support/kill-judge.ts';
import { KILL_SCENES, type KillScene, publishKillScenes } from '../support/kill-scenes.ts';
import { cliPath, nodeUnderTest, Sandbox } from '../support/tspm.ts';

const isFull = process.env['TSPM_TEST_FULL'] === '1';
/** Kills of a scene; undefined takes every call of every scene. */
const sample = isFull ? undefined : Number(process.env['TSPM_TEST_SAMPLE'] ?? 6);
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
      const calls = await changingCalls(scene.project, spec.args, scene.root);
      const points = [...new Map(calls.map((point) => [`${point.call} ${point.when}`, point])).values()];
      scene.restore();
      const judge = await openJudge(scene, spec);
      const judged = async (title: string): Promise<void> => {
        const found = [...judge.atOnce(), ...(await judge.afterwards())];
        problems.push(...found.map((text) => `${title}\n    ${text}`));
      };
      const problems: string[] = [];
      let [kills, randomKills] = [0, 0];
      for (const point of chosen(points)) {
        scene.restore();
        const fault = { at: point, what: 'signal=SIGKILL' };
        const { signal } = await runWithFault(scene.project, spec.args, { fault, root: scene.root });
        if (signal !== 'SIGKILL') continue;
        kills += 1;
        await judged(`${point.call} ${point.when} ${point.line}`);
      }
      for (let count = 0; count < Math.ceil(kills / 10); count++) {
        scene.restore();
        const time = Math.random() * judge.milliseconds;
        await killedAfter(scene, time);
        randomKills += 1;
        await judged(`after ${time} ms`);
      }
      if (report !== undefined)
        appendFileSync(
          report,
          [
            `== ${spec.name}: ${points.length} points (${calls.length} calls), ${kills} kills and ${randomKills} at random times, ${problems.length} problems`,
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
