import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { runProgram, runPython } from '../../support/python.ts';
import { compileTree, hasCompiler } from '../../support/shared-object.ts';
import { scratchFolder } from '../../support/tree.ts';
import type { WheelSpec } from '../../support/wheel.ts';
import { TestProject, type SyncOptions } from './project.ts';

const RUNTIME = 'nvidia/runtime/lib/libruntime.so.1';
const BLAS = 'nvidia/blas/lib/libblas.so.1';
const TORCH = 'torchlike/lib/libtorchlike.so';
const FAR = `/dev/shm/tspm-native-${process.pid}`;

const METHODS: readonly { readonly title: string; readonly far?: boolean; readonly options: SyncOptions }[] = [
  { title: 'symlink', options: { method: 'symlink' } },
  { title: 'symlink from another file system', far: true, options: { method: 'symlink' } },
  { title: 'hardlink', options: { method: 'hardlink' } },
  { title: 'pth', options: { method: 'pth' } },
  { title: 'pth to another file system', far: true, options: { method: 'pth' } },
  { title: 'copy', options: { method: 'copy' } },
  { title: 'archive without a store', options: { method: 'copy', archives: true } },
];

/** A program that prints the file at `../share/where.txt`, seen from argv[0]. */
const LOCATOR = `#include <libgen.h>
#include <stdio.h>
int main(int argc, char **argv) {
  char path[4096], text[64] = "";
  snprintf(path, sizeof path, "%s/../share/where.txt", dirname(argv[0]));
  FILE *file = fopen(path, "r");
  if (!file || !fgets(text, sizeof text, file)) return 1;
  puts(text);
  return 0;
}
`;
const CALLS_RUNTIME = 'int runtime(void); int main(void) { return runtime() == 7 ? 0 : 1; }\n';

/** Two wheels of a CUDA-like stack that share `nvidia/`, one that finds them as torch does, and one with libraries of its own. */
function stack(): readonly WheelSpec[] {
  const built = compileTree(scratchFolder(), {
    [RUNTIME]: { source: 'int runtime(void) { return 7; }\n' },
    [BLAS]: {
      source: 'int runtime(void); int blas(void) { return 10 * runtime(); }\n',
      needs: [RUNTIME],
      rpath: '$ORIGIN:$ORIGIN/../../runtime/lib',
    },
    'nvidia/blas/bin/locate': { source: LOCATOR, program: true },
    'nvidia/blas/bin/linked': {
      source: CALLS_RUNTIME,
      program: true,
      needs: [RUNTIME],
      rpath: '$ORIGIN/../../runtime/lib',
    },
    [TORCH]: {
      source: 'int blas(void); int torchlike(void) { return 1 + blas(); }\n',
      needs: [BLAS],
      rpath: '$ORIGIN:$ORIGIN/../../nvidia/blas/lib',
    },
    // It finds its own wheel's library only, which however finds others by the path that this one leads to.
    'torchlike/ops/_ops.so': {
      source: 'int torchlike(void); int ops(void) { return 1 + torchlike(); }\n',
      needs: [TORCH],
      rpath: '$ORIGIN/../lib',
    },
    'tool/data/bin/locate': { source: LOCATOR, program: true },
    'arrays.libs/libown-1234.so': { source: 'int own(void) { return 5; }\n' },
    'arrays/core/_m.so': {
      source: 'int own(void); int m(void) { return own(); }\n',
      needs: ['arrays.libs/libown-1234.so'],
      rpath: '$ORIGIN/../../arrays.libs',
    },
  });
  const pick = (prefix: string): Record<string, Uint8Array> =>
    Object.fromEntries(Object.entries(built).filter(([path]) => path.startsWith(prefix)));
  const tag = 'cp311-cp311-linux_x86_64';
  return [
    { name: 'nvidia-runtime', version: '1', tag, files: { 'nvidia/__init__.py': '', ...pick('nvidia/runtime/') } },
    {
      name: 'nvidia-blas',
      version: '1',
      tag,
      files: { 'nvidia/__init__.py': '', 'nvidia/blas/share/where.txt': 'here', ...pick('nvidia/blas/') },
      executable: ['nvidia/blas/bin/locate', 'nvidia/blas/bin/linked'],
    },
    {
      name: 'torchlike',
      version: '1',
      tag,
      files: {
        'torchlike/__init__.py': 'import ctypes\nfrom pathlib import Path\nroot = Path(__file__).resolve().parent\n',
        'torchlike/nn/__init__.py':
          'from pathlib import Path\ndata = (Path(__file__).resolve().parent / "data.txt").read_text()\n',
        'torchlike/nn/data.txt': 'weights',
        ...pick('torchlike/'),
      },
    },
    {
      name: 'tool',
      version: '1',
      tag,
      files: { 'tool/__init__.py': '', 'tool/data/share/where.txt': 'recorded', ...pick('tool/') },
      executable: ['tool/data/bin/locate'],
    },
    { name: 'arrays', version: '1', tag, files: { 'arrays/__init__.py': '', ...pick('arrays') } },
    ...['a', 'b', 'c'].map((part) => ({
      name: `space-${part}`,
      version: '1',
      files: { [`space/${part}/__init__.py`]: `name = "${part}"\n`, [`space/${part}/data.txt`]: part },
    })),
  ];
}

describe.skipIf(!hasCompiler)('native files by each method (skipped without gcc)', () => {
  let built: readonly WheelSpec[] | undefined;
  const wheels = (): readonly WheelSpec[] => (built ??= stack());
  afterAll(() => {
    rmSync(FAR, { recursive: true, force: true });
  });

  async function install(options: SyncOptions, far = false): Promise<TestProject> {
    const project = new TestProject();
    const store = far ? new TestProject(FAR) : project;
    await store.sync(wheels(), { ...options, paths: project.paths });
    return project;
  }

  const load = (lib: string, code: string): string => runPython(`import ctypes\n${code}`, lib);

  describe.each(METHODS)('$title', ({ options, far }) => {
    test('libraries find those of other wheels beside them, whoever opens them', async () => {
      const { lib } = (await install(options, far)).paths;
      expect(load(lib, `print(ctypes.CDLL(${JSON.stringify(join(lib, TORCH))}).torchlike())`)).toBe('71');
      expect(load(lib, `print(ctypes.CDLL(${JSON.stringify(join(lib, BLAS))}).blas())`)).toBe('70');
      const through = 'ctypes.CDLL(str(torchlike.root / "lib/libtorchlike.so")).torchlike()';
      expect(load(lib, `import torchlike; print(${through})`)).toBe('71');
      const ops = JSON.stringify(join(lib, 'torchlike/ops/_ops.so'));
      expect(load(lib, `print(ctypes.CDLL(${ops}).ops())`)).toBe('72');
      const own = 'ctypes.CDLL(arrays.__file__.replace("__init__.py", "core/_m.so"))';
      expect(load(lib, `import arrays; print(${own}.m())`)).toBe('5');
    });

    test('programs find files from argv[0] and libraries of other wheels', async () => {
      const { lib } = (await install(options, far)).paths;
      expect(runProgram(join(lib, 'nvidia/blas/bin/locate'), [])).toBe('here');
      expect(runProgram(join(lib, 'nvidia/blas/bin/linked'), [])).toBe('');
    });

    test('a package finds its program in RECORD', async () => {
      const { lib } = (await install(options, far)).paths;
      const code =
        'import importlib.metadata as m, subprocess\n' +
        '(program,) = [file.locate() for file in m.files("tool") if file.name == "locate"]\n' +
        'print(subprocess.run([program], stdout=subprocess.PIPE, check=True).stdout.decode())';
      expect(runPython(code, lib)).toBe('recorded');
    });

    test('modules find their data through their real path, and a namespace of three wheels is one', async () => {
      const { lib } = (await install(options, far)).paths;
      expect(runPython('import torchlike.nn as nn; print(nn.data)', lib)).toBe('weights');
      const code =
        'import space.a, space.b, space.c, importlib.resources as r\n' +
        'print(*(m.name + (r.files(m) / "data.txt").read_text() for m in (space.a, space.b, space.c)))';
      expect(runPython(code, lib)).toBe('aa bb cc');
    });

    test('wheels that come one by one load as those that came together', async () => {
      const project = new TestProject();
      const store = far === true ? new TestProject(FAR) : project;
      for (const wheel of [...wheels()].reverse()) await store.sync([wheel], { ...options, paths: project.paths });
      const { lib } = project.paths;
      expect(load(lib, `print(ctypes.CDLL(${JSON.stringify(join(lib, TORCH))}).torchlike())`)).toBe('71');
      expect(runPython('import space.a, space.b, space.c; print(space.b.name)', lib)).toBe('b');
      expect(runProgram(join(lib, 'nvidia/blas/bin/linked'), [])).toBe('');
    });
  });

  test('with symlinks, folders stay links where no library looks beyond its wheel', async () => {
    const tree = (await install({ method: 'symlink' })).tree();
    for (const folder of ['arrays', 'arrays.libs', 'nvidia/runtime', 'nvidia/blas/share', 'torchlike/nn']) {
      expect(tree[`lib/${folder}`]).toMatch(/^-> /u);
    }
    for (const path of [TORCH, BLAS, 'torchlike/__init__.py', 'torchlike/ops/_ops.so', 'nvidia/blas/bin/locate']) {
      expect(tree[`lib/${path}`]).not.toMatch(/^-> /u);
    }
  });
});
