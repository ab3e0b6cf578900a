/**
 * The power is cut after each operation of a run: replayed from a log of all its writes, with what was not synced lost. What has its final name
 * is whole, or its reader notices; and from a sample of the cuts the real command goes on.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canInject } from '../support/call-faults.ts';
import { type DiskOperation, diskOperations } from '../support/disk-log.ts';
import { DiskModel, type Hole } from '../support/disk-model.ts';
import { Scene } from '../support/fault-scenes.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { type Judge, openJudge } from '../support/kill-judge.ts';
import { KILL_SCENES, type KillScene, publishKillScenes } from '../support/kill-scenes.ts';
import { Sandbox } from '../support/tspm.ts';

const isFull = process.env['TSPM_TEST_FULL'] === '1';
const only = process.env['TSPM_TEST_SCENE'];
/** Cuts of a scene from which the command really goes on. */
const CUTS = 3;
const SAMPLE = new Set(['sync, off', 'add, symlink', 'update, copy', 'sync by a recipe, symlink']);

/**
 * Files that may have lost bytes, by how that is noticed: what has a check sum, is parsed as JSON, or has another digest than it should counts as
 * absent; installed files are compared with RECORD, by size, once after each start of the machine.
 */
const NOTICED: readonly (readonly [RegExp, string])[] = [
  [
    /\/cache\/(?:tspm\/(?:staging-v1|pages-v1|metadata-v1)|tspm-compiled-v1)\//u,
    'never taken without its check sum or digest',
  ],
  [
    /\/cache\/tspm\/(?:projects-v1|builds-v1|interpreters-v1)\/.*\.json(?:\.tmp)?$/u,
    'counts as absent where it is no JSON',
  ],
  [/CACHEDIR\.TAG$/u, 'means nothing to tspm'],
  [/\/__pypackages__\/\.gitignore(?:\.tspm-new)?$/u, 'means nothing to tspm'],
  [/\/project\/\.(?:tspm-pending\.json|.*\.tspm-new)$/u, 'taken only with the digests of the record'],
  [/\/\.tspm\/lock(?:\.|$)/u, 'whose holder cannot be read is taken over after a minute'],
  [/\/\.tspm\/(?:run|sync)(?:\.\d+\.tmp)?$/u, 'proves nothing without its digests, so Node is asked'],
  [/\/\.tspm\/(?:staging|trash)\//u, 'belongs to a change that is not decided, or is compared when it has come'],
  [/\/__pypackages__\/\d+\.\d+\/(?:lib|bin)\//u, 'compared with RECORD after the next start of the machine'],
];

let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer({ format: 'json' });
  publishKillScenes(server);
});

afterAll(() => server.close());

describe.skipIf(!canInject)('a power cut (skipped without strace)', () => {
  test.each(scenes().map((spec) => [spec.name, spec] as const))(
    '%s',
    async (_, spec) => {
      const scene = await Scene.make(spec, new Sandbox(), server);
      const disk = new DiskModel(scene.root);
      const operations = await diskOperations(scene.undisturbed, scene.root);
      scene.restore();
      const judge = await openJudge(scene, spec);
      expect(operations.filter(({ kind }) => kind === 'sync').length).toBeGreaterThan(0);
      const cuts = isFull ? operations.length : CUTS;
      const picked = new Set(
        Array.from({ length: cuts }, (_, at) => Math.floor(((at + 0.5) * operations.length) / cuts)),
      );
      expect(holesWithoutSync(scene, operations)).toBeGreaterThan(0);
      const problems: string[] = [];
      for (const [at, operation] of operations.entries()) {
        disk.apply(operation);
        const place = `after operation ${at} of ${operations.length}, ${operation.kind} ${operation.path}`;
        problems.push(...holesAt(disk, operation).map((text) => `${place}: ${text}`));
        if (picked.has(at)) problems.push(...(await cut(scene, { disk, judge })).map((text) => `${place}: ${text}`));
      }
      expect(problems).toEqual([]);
    },
    7_200_000,
  );
});

function scenes(): readonly KillScene[] {
  if (only !== undefined) return KILL_SCENES.filter(({ name }) => name.startsWith(only));
  return KILL_SCENES.filter(({ name }) => isFull || SAMPLE.has(name));
}

/** What is found when nothing is ever synced: without it nothing would be proved. */
function holesWithoutSync(scene: Scene, operations: readonly DiskOperation[]): number {
  scene.restore();
  const disk = new DiskModel(scene.root);
  for (const operation of operations) if (operation.kind !== 'sync') disk.apply(operation);
  return disk.holes().filter(isUnnoticed).length;
}

function isUnnoticed({ path }: Hole): boolean {
  return !NOTICED.some(([pattern]) => pattern.test(path));
}

function holesAt(disk: DiskModel, operation: DiskOperation): string[] {
  const holes = disk.holes().filter(isUnnoticed);
  const published =
    operation.kind === 'rename' && /\/store-v1\/..\/[0-9a-f]{64}$/u.test(operation.to) ? disk.loose(operation.to) : [];
  return [
    ...holes.map(({ path, size, kept }) => `${path} has ${kept} of ${size} bytes`),
    ...published.map((folder) => `the names in ${folder} were not synced before the entry got its own`),
  ];
}

/** The machine has started again, so whoever was at work is gone. */
async function cut(
  scene: Scene,
  { disk, judge }: { readonly disk: DiskModel; readonly judge: Judge },
): Promise<string[]> {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const other = randomUUID();
  disk.restore(scene.root, (kept) => Buffer.from(kept.toString('latin1').replaceAll(boot, other), 'latin1'));
  return (await judge.afterwards()).filter((text) => !text.startsWith('.gitignore: '));
}
