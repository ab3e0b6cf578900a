/** Python imports a package while it is updated: the old one or the new one, and no moment without either. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canInject } from '../support/call-faults.ts';
import { publish, pythonIdent } from '../support/catalogue.ts';
import { diskOperations } from '../support/disk-log.ts';
import { DiskModel } from '../support/disk-model.ts';
import { Scene, type SceneSpec } from '../support/fault-scenes.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { testPython } from '../support/python.ts';
import { type Project, Sandbox } from '../support/tspm.ts';

let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer({ format: 'json' });
  publish(
    server,
    ['1.0', '2.0'].map((version) => ({
      name: 'pack',
      version,
      files: {
        'pack/__init__.py': `v = "${version}"\n`,
        'pack/part.py': `v = "${version}"\n`,
        'single.py': `v = "${version}"\n`,
      },
    })),
  );
});

afterAll(() => server.close());

/** `pack` 1.0 is installed, and 2.0 is in the lock. */
async function outdated(project: Project): Promise<void> {
  const text = project.read('pyproject.toml').replace('"alpha"', '"pack==1.0"');
  project.write('pyproject.toml', text);
  await project.ok(['install']);
  project.write('pyproject.toml', text.replace('pack==1.0', 'pack==2.0'));
  await project.ok(['lock']);
}

function sceneOf(method: SceneSpec['method']): Promise<Scene> {
  return Scene.make({ name: method, args: ['sync'], method, prepare: outdated }, new Sandbox(), server);
}

describe.skipIf(!canInject)('between any two operations of an update (skipped without strace)', () => {
  test.each(['symlink', 'pth', 'hardlink', 'copy', 'off'] as const)(
    'by %s, package and module are always there',
    async (method) => {
      const scene = await sceneOf(method);
      const disk = new DiskModel(scene.root);
      const lib = scene.project.path('__pypackages__', pythonIdent(), 'lib');
      const folder = (): string => disk.read(`${lib}/00-tspm-pack.pth`)?.trimEnd() ?? lib;
      const version = (path: string): string => /"(.*)"/u.exec(disk.read(`${folder()}/${path}`) ?? '')?.[1] ?? 'absent';
      const look = (): string =>
        version('pack/__init__.py') === 'absent' && version('pack/part.py') === 'absent'
          ? 'absent'
          : `${version('pack/__init__.py')} ${version('pack/part.py')}`;
      const seen = { pack: [look()], single: [version('single.py')] };
      for (const operation of await diskOperations(scene.startOf(['sync']), scene.root)) {
        disk.apply(operation);
        if (seen.pack.at(-1) !== look()) seen.pack.push(look());
        if (seen.single.at(-1) !== version('single.py')) seen.single.push(version('single.py'));
      }
      expect(seen).toEqual({ pack: ['1.0 1.0', '2.0 2.0'], single: ['1.0', '2.0'] });
    },
  );
});

test.each(['symlink', 'pth', 'hardlink', 'off'] as const)(
  'a Python that imports in a loop during an update by %s never fails',
  async (method) => {
    const scene = await sceneOf(method);
    const lib = scene.project.path('__pypackages__', pythonIdent(), 'lib');
    const python = spawn(testPython(), ['-IB', '-c', LOOP, lib], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(python, 'close');
    let output = '';
    python.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await once(python.stdout, 'data');
    await scene.project.ok(['sync']);
    python.stdin.end();
    await ended;
    const seen = output.trimEnd().split('\n');
    expect([seen[0], seen.at(-1)]).toEqual(['1.0 1.0', '2.0 2.0']);
    // The two are replaced one after the other.
    expect(seen.filter((pair) => !/^[12]\.0 [12]\.0$/u.test(pair))).toEqual([]);
  },
);

/** Starts anew again and again, as far as imports go, and prints what it saw whenever that is another thing. */
const LOOP = `
import importlib, os, site, sys, threading
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
before, last = list(sys.path), None
def look():
    sys.path[:] = before
    for name in ("pack", "single"):
        sys.modules.pop(name, None)
    sys.path_importer_cache.clear()
    site.addsitedir(sys.argv[1])
    import pack, single
    return pack.v, single.v
done = False
while not done:
    done = stop.is_set()
    try:
        seen = "%s %s" % look()
    except ImportError as error:
        seen = repr(error)
    if seen != last:
        print(seen, flush=True)
        last = seen
`;
