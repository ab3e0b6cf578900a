/** A sync without Node that comes to an end it did not plan: what was decided is finished by whoever comes next. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canInject, changingCalls, runWithFault } from '../support/call-faults.ts';
import { pythonIdent } from '../support/catalogue.ts';
import { Scene } from '../support/fault-scenes.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { KILL_SCENES, publishKillScenes } from '../support/kill-scenes.ts';
import { Sandbox } from '../support/tspm.ts';

let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer({ format: 'json' });
  publishKillScenes(server);
});

afterAll(() => server.close());

describe.skipIf(!canInject)('killed before a rename (skipped without strace)', () => {
  test('the next command that uses the packages finds all or nothing of them', async () => {
    const spec = KILL_SCENES.find(({ name }) => name === 'sync by a recipe, symlink');
    if (spec === undefined) throw new Error('no such scene');
    const scene = await Scene.make(spec, new Sandbox(), server);
    const points = await changingCalls(scene.undisturbed, scene.root);
    const base = scene.project.path('__pypackages__', pythonIdent());
    const found: string[] = [];
    for (const at of points.filter(({ call, line }) => call === 'rename' && line.includes(`"${base}`))) {
      scene.restore();
      const { hits } = await runWithFault(scene.start, { fault: { at, what: 'signal=SIGKILL' }, root: scene.root });
      expect(hits).toHaveLength(1);
      await scene.project.ok(['run', 'python', '-c', '']);
      const [commands, distributions] = ['bin', 'lib'].map((name) => listed(join(base, name)).length > 0);
      found.push(`${String(commands)} ${String(distributions)}`);
    }
    expect([...new Set(found)].sort()).toEqual(['false false', 'true true']);
  });
});

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
