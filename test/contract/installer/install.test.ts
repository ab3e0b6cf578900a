import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { syncStampHolds } from '../../../src/installer/stamp.ts';
import { rewriteShebangs, syncEnvironment } from '../../../src/installer/sync.ts';
import { readWorkingSet } from '../../../src/installer/working-set.ts';
import { parseRecord } from '../../../src/packaging/record.ts';
import { runProgram, runPython, testPython } from '../../support/python.ts';
import { scratchFolder } from '../../support/tree.ts';
import { buildWheel, type WheelSpec } from '../../support/wheel.ts';
import { TestProject, type SyncOptions } from './project.ts';

const FULL: WheelSpec = {
  name: 'Full.Kit',
  version: '1.0',
  files: {
    'full_kit/__init__.py':
      'from .inner.deep import answer\n\ndef main():\n    print("launched", answer)\n    return 3\n',
    'full_kit/inner/__init__.py': '',
    'full_kit/inner/deep.py': 'answer = 42\n',
    'full_kit/data.txt': 'data\n',
    'full_kit/tool.sh': '#!/bin/sh\necho tool\n',
    'single_kit.py': 'import full_kit\n',
    'full_kit_paths.pth': 'extra_kit\n',
    'extra_kit/extra_module.py': 'loaded = True\n',
    'Full.Kit-1.0.data/purelib/kit_more.py': 'more = 1\n',
    'Full.Kit-1.0.data/headers/kit.h': '#define KIT 1\n',
    'Full.Kit-1.0.data/data/share/kit/readme': 'readme\n',
    'Full.Kit-1.0.dist-info/licenses/LICENSE': 'free\n',
  },
  scripts: {
    'kit-script': '#!pythonw -E\r\nprint("script")\r\n',
    'kit-shell': '#!/bin/sh\necho shell\n',
    kit: 'never installed\n',
  },
  entryPoints: { kit: 'full_kit:main', 'kit-dotted': 'full_kit:main.__call__' },
  executable: ['full_kit/tool.sh'],
};

const METHODS: readonly { readonly title: string; readonly options: SyncOptions }[] = [
  { title: 'symlink', options: { method: 'symlink' } },
  { title: 'hardlink', options: { method: 'hardlink' } },
  { title: 'copy', options: { method: 'copy' } },
  { title: 'pth', options: { method: 'pth' } },
  { title: 'archive without a store', options: { method: 'copy', archives: true } },
];

describe.each(METHODS)('installing by $title', ({ options }) => {
  test('imports, commands, data and metadata are found by Python', async () => {
    const project = new TestProject();
    await project.sync([FULL], options);
    const { lib, bin, base, include } = project.paths;
    const code = `import full_kit, single_kit, kit_more, extra_module, importlib.metadata as m
d = m.distribution("full.kit"); print(full_kit.answer, kit_more.more, extra_module.loaded, d.version, d.read_text("INSTALLER"), end="")`;
    expect(runPython(code, lib)).toBe('42 1 True 1.0 tspm');
    expect(() => runProgram(join(bin, 'kit'), [])).toThrow(
      expect.objectContaining({ status: 3, stdout: 'launched 42\n' }),
    );
    expect(runProgram(join(bin, 'kit-script'), [])).toBe('script');
    expect(runProgram(join(bin, 'kit-shell'), [])).toBe('shell');
    expect(runProgram(join(lib, 'full_kit/tool.sh'), [])).toBe('tool');
    expect(readFileSync(join(include, 'Full.Kit/kit.h'), 'utf8')).toBe('#define KIT 1\n');
    expect(readFileSync(join(base, 'share/kit/readme'), 'utf8')).toBe('readme\n');
    expect(readFileSync(join(bin, 'kit-script'), 'utf8')).toBe(`#!${testPython()}\nprint("script")\r\n`);
    expect(recordFaults(project, 'Full.Kit-1.0.dist-info')).toEqual([]);
  });

  test('the same tree comes again after everything was deleted', async () => {
    const project = new TestProject();
    await project.sync([FULL], options);
    const first = project.tree();
    rmSync(join(project.root, '__pypackages__'), { recursive: true });
    await project.sync([FULL], options);
    expect(project.tree()).toEqual(first);
    expect(readFileSync(join(project.root, '__pypackages__/.gitignore'), 'utf8')).toBe('*\n!.gitignore\n');
  });

  test('an update leaves nothing of the old version, a removal nothing at all', async () => {
    const project = new TestProject();
    await project.sync([FULL], options);
    runPython('import full_kit', project.paths.lib);
    const next = { ...FULL, version: '2.0', files: { 'full_kit.py': 'answer = 43\ndef main(): pass\n' }, scripts: {} };
    expect(await project.sync([next], options)).toMatchObject({
      update: [{ name: 'Full.Kit', version: '2.0', from: '1.0' }],
    });
    const fresh = new TestProject();
    await fresh.sync([next], options);
    // Byte code that Python wrote for the old version is gone too, so the trees are the same but for the store they link to.
    expect(project.tree()).toEqual(fresh.tree());
    await project.sync([], { ...options, removals: ['full-kit'] });
    expect(project.tree()).toEqual({ 'bin/': '/', 'include/': '/', 'lib/': '/' });
  });

  test('a second sync changes nothing and asks for no source', async () => {
    const project = new TestProject();
    await project.sync([FULL], { ...options, inputs: 'digest' });
    const before = statSync(join(project.paths.base, '.tspm/state.json')).mtimeMs;
    expect(syncStampHolds(project.paths, 'digest')).toBe(1);
    const again = await syncEnvironment({
      paths: project.paths,
      interpreter: { executable: testPython(), ident: '3.11' },
      wanted: [
        {
          key: 'full-kit',
          name: 'Full.Kit',
          version: '1.0',
          sha256s: [],
          requested: false,
          versionIsExactLocal: false,
        },
      ],
      sources: () => Promise.reject(new Error('asked')),
      method: options.method ?? 'symlink',
      removals: 'none',
      reinstall: false,
      reporter: { emit: () => {} },
      concurrency: 1,
      inputs: 'digest',
    });
    expect(again).toEqual({ add: [], update: [], remove: [], unchanged: 1 });
    expect(statSync(join(project.paths.base, '.tspm/state.json')).mtimeMs).toBe(before);
    expect(syncStampHolds(project.paths, 'other')).toBeUndefined();
  });

  test('what lies directly in lib or bin comes again when somebody deleted it', async () => {
    const project = new TestProject();
    await project.sync([FULL], { ...options, inputs: 'digest' });
    const whole = project.tree();
    for (const folder of [project.paths.lib, project.paths.bin]) {
      for (const name of readdirSync(folder)) {
        rmSync(join(folder, name), { recursive: true });
        expect([name, syncStampHolds(project.paths, 'digest')]).toEqual([name, undefined]);
        await project.sync([FULL], { ...options, inputs: 'digest' });
        expect(project.tree()).toEqual(whole);
      }
    }
  });

  test('what was forgotten is installed anew, because nothing else tells which wheel it came from', async () => {
    const project = new TestProject();
    await project.sync([FULL], options);
    const before = project.tree();
    rmSync(join(project.paths.base, '.tspm'), { recursive: true });
    expect(await project.sync([FULL], options)).toMatchObject({ update: [{ name: 'Full.Kit' }], add: [], remove: [] });
    expect(project.tree()).toEqual(before);
    const { distributions } = readWorkingSet(project.paths.base);
    expect(distributions).toMatchObject([{ intact: true, state: { key: 'full-kit' } }]);
    expect(await project.sync([FULL], options)).toMatchObject({ update: [], unchanged: 1 });
  });

  test('files that belong to nobody stay, also inside folders of a package', async () => {
    const project = new TestProject();
    await project.sync([FULL], { ...options, method: 'copy' });
    writeFileSync(join(project.paths.lib, 'full_kit/mine.txt'), 'mine');
    writeFileSync(join(project.paths.bin, 'my-tool'), 'mine');
    await project.sync([], { ...options, removals: ['full-kit'] });
    expect(project.tree()).toEqual({ 'bin/my-tool': '644 mine', 'include/': '/', 'lib/full_kit/mine.txt': '644 mine' });
  });

  test('a project that was moved keeps working', async () => {
    const project = new TestProject();
    await project.sync([{ ...FULL, entryPoints: { kit: 'full_kit:main' } }], options);
    const moved = join(scratchFolder(), 'moved project');
    cpSync(project.root, moved, { recursive: true, verbatimSymlinks: true });
    rmSync(project.root, { recursive: true });
    const kit = join(moved, '__pypackages__/3.11/bin/kit');
    expect(() => runProgram(kit, [])).toThrow(expect.objectContaining({ status: 3, stdout: 'launched 42\n' }));
    symlinkSync(kit, join(moved, 'kit-link'));
    expect(() => runProgram(join(moved, 'kit-link'), [])).toThrow(expect.objectContaining({ stdout: 'launched 42\n' }));
  });
});

describe('several distributions in one folder', () => {
  const part = (name: string, extra: WheelSpec['files'] = {}): WheelSpec => {
    return { name: `ns-${name}`, version: '1', files: { [`ns/${name}/__init__.py`]: `me = "${name}"\n`, ...extra } };
  };

  test.each(METHODS)(
    'a namespace of three wheels works, together and one after the other, by $title',
    async ({ options }) => {
      const parts = [part('a'), part('b'), part('c', { 'ns/a/plugin.py': 'me = "plugin"\n' })];
      const together = new TestProject();
      await together.sync(parts, options);
      const code = 'import ns.a, ns.b, ns.c, ns.a.plugin; print(ns.a.me, ns.b.me, ns.c.me, ns.a.plugin.me)';
      expect(runPython(code, together.paths.lib)).toBe('a b c plugin');
      const oneByOne = new TestProject();
      for (let count = 1; count <= parts.length; count++) await oneByOne.sync(parts.slice(0, count), options);
      expect(runPython(code, oneByOne.paths.lib)).toBe('a b c plugin');
      expect(withoutByteCode(oneByOne.tree())).toEqual(withoutByteCode(together.tree()));
      await oneByOne.sync([], { removals: ['ns-c', 'ns-a'] });
      expect(runPython('import ns.b; print(ns.b.me, list(ns.__path__) != [])', oneByOne.paths.lib)).toBe('b True');
      expect(existsSync(join(oneByOne.paths.lib, 'ns/a'))).toBe(false);
      await oneByOne.sync([], { removals: ['ns-b'] });
      expect(oneByOne.tree()).toEqual({ 'bin/': '/', 'include/': '/', 'lib/': '/' });
    },
  );

  test('one wheel alone is linked as a folder, and a neighbour makes the folder real', async () => {
    const project = new TestProject();
    await project.sync([part('a')]);
    expect(Object.keys(project.tree())).toContain('lib/ns');
    await project.sync([part('a'), part('b')]);
    expect(project.tree()).toMatchObject({
      'lib/ns/a': expect.stringMatching(/^-> .*ns\/a$/u),
      'lib/ns/b': expect.stringMatching(/^->/u),
    });
  });

  test('a file may be shared when its content is the same, and goes with the last owner', async () => {
    const shared = { 'nv/__init__.py': '' };
    const [one, two] = [part('one', { ...shared, 'nv/one.py': '' }), part('two', { ...shared, 'nv/two.py': '' })];
    const project = new TestProject();
    await project.sync([one]);
    await project.sync([one, two]);
    await project.sync([one], { removals: ['ns-two'] });
    // As when the cache is pruned: what stays does not lead into the entry of what went.
    await project.store.dropEntry(buildWheel(two).sha256);
    expect(runPython('import nv, nv.one; print(nv.__file__ is not None)', project.paths.lib)).toBe('True');
    await project.store.dropEntry(buildWheel(one).sha256);
    await project.sync([one, two], { reinstall: true });
    expect(runPython('import nv.one, nv.two; print("both")', project.paths.lib)).toBe('both');
    await project.sync([], { removals: ['ns-one', 'ns-two'] });
    expect(project.tree()).toEqual({ 'bin/': '/', 'include/': '/', 'lib/': '/' });
  });

  test.each(METHODS)(
    'different content at one path is refused before anything changes, by $title',
    async ({ options }) => {
      const project = new TestProject();
      await project.sync([part('a', { 'common.py': 'a\n' })], options);
      const before = project.tree();
      const clash = project.sync([part('a', { 'common.py': 'a\n' }), part('b', { 'common.py': 'b\n' })], options);
      await expect(clash).rejects.toMatchObject({
        code: 'TSPM_FILE_CONFLICT',
        message: 'ns-a 1 and ns-b 1 both have lib/common.py, with different content',
      });
      const nested = project.sync([part('a', { 'common.py': 'a\n' }), part('b', { 'common.py/x.py': 'b\n' })], options);
      await expect(nested).rejects.toMatchObject({ code: 'TSPM_FILE_CONFLICT' });
      expect(project.tree()).toEqual(before);
      expect(existsSync(join(project.paths.base, '.tspm/staging'))).toBe(false);
    },
  );

  test('a file may move from one distribution to another in one sync', async () => {
    const project = new TestProject();
    await project.sync([part('a', { 'moving/x.py': 'old = 1\n' }), part('b')]);
    const after = [
      { ...part('a'), version: '2' },
      { ...part('b', { 'moving/x.py': 'new = 1\n', 'moving/y.py': '' }), version: '2' },
    ];
    await project.sync(after);
    expect(runPython('import moving.x; print(moving.x.new)', project.paths.lib)).toBe('1');
    await project.sync([
      { ...part('a', { 'moving.py': 'plain = 1\n' }), version: '3' },
      { ...part('b'), version: '3' },
    ]);
    expect(runPython('import moving; print(moving.plain)', project.paths.lib)).toBe('1');
  });
});

describe('what lies in the way', () => {
  const simple: WheelSpec = { name: 'simple', version: '1' };

  test('links into a store that was emptied are made again', async () => {
    const project = new TestProject();
    await project.sync([simple, FULL]);
    const before = project.tree();
    rmSync(project.store.cacheDir, { recursive: true });
    expect(await project.sync([simple, FULL])).toMatchObject({ update: [{ name: 'Full.Kit' }, { name: 'simple' }] });
    expect(project.tree()).toEqual(before);
  });

  test('a dangling link at a place that is needed is replaced, a link to a folder refused', async () => {
    const project = new TestProject();
    await project.sync([]);
    mkdirSync(project.paths.lib, { recursive: true });
    symlinkSync('/nowhere/at/all', join(project.paths.lib, 'simple'));
    symlinkSync('/nowhere/at/all', join(project.paths.lib, 'single_kit.py'));
    await project.sync([simple, FULL], { method: 'copy' });
    expect(runPython('import simple, single_kit; print("ok")', project.paths.lib)).toBe('ok');
    const other = new TestProject();
    mkdirSync(other.paths.lib, { recursive: true });
    symlinkSync(scratchFolder(), join(other.paths.lib, 'simple'));
    await expect(other.sync([simple], { method: 'copy' })).rejects.toMatchObject({ code: 'TSPM_FILE_CONFLICT' });
  });

  test('half of a package that no RECORD lists is taken over', async () => {
    const project = new TestProject();
    mkdirSync(join(project.paths.lib, 'full_kit/inner'), { recursive: true });
    writeFileSync(join(project.paths.lib, 'full_kit/inner/deep.py'), 'answer = 0\n');
    mkdirSync(join(project.paths.lib, 'Full.Kit-1.0.dist-info'));
    writeFileSync(
      join(project.paths.lib, 'Full.Kit-1.0.dist-info/METADATA'),
      'Metadata-Version: 2.1\nName: Full.Kit\nVersion: 1.0\n',
    );
    expect(await project.sync([FULL])).toMatchObject({ update: [{ name: 'Full.Kit' }] });
    expect(runPython('import full_kit; print(full_kit.answer)', project.paths.lib)).toBe('42');
  });

  test('RECORD rows that lead outside delete nothing there', async () => {
    const project = new TestProject();
    await project.sync([simple], { method: 'copy' });
    const victim = join(project.root, 'victim.txt');
    writeFileSync(victim, 'keep');
    const folder = join(scratchFolder(), 'target');
    mkdirSync(folder);
    writeFileSync(join(folder, 'inside.txt'), 'keep');
    symlinkSync(folder, join(project.paths.lib, 'linked'));
    const record = join(project.paths.lib, 'simple-1.dist-info/RECORD');
    writeFileSync(
      record,
      `${readFileSync(record, 'utf8')}../../../victim.txt,,\n${victim},,\nlinked/inside.txt,,\n../.tspm/state.json,,\n`,
    );
    await project.sync([], { removals: ['simple'] });
    expect(readFileSync(victim, 'utf8')).toBe('keep');
    expect(readFileSync(join(folder, 'inside.txt'), 'utf8')).toBe('keep');
    expect(existsSync(join(project.paths.base, '.tspm/state.json'))).toBe(true);
  });

  test('a project that cannot be written to is named, and is good enough when nothing has to change', async () => {
    const paths = {
      base: '/sys/kernel/x/3.11',
      lib: '/sys/kernel/x/3.11/lib',
      bin: '/sys/kernel/x/3.11/bin',
      include: '/sys/kernel/x/3.11/include',
    };
    const request = {
      paths,
      interpreter: { executable: testPython(), ident: '3.11' },
      method: 'copy',
      removals: 'none',
      reinstall: false,
      concurrency: 1,
    } as const;
    const rest = { sources: () => Promise.reject(new Error('asked')), reporter: { emit: () => {} } };
    const wanted = [
      { key: 'simple', name: 'simple', version: '1', sha256s: [], requested: false, versionIsExactLocal: false },
    ];
    await expect(syncEnvironment({ ...request, ...rest, wanted })).rejects.toMatchObject({
      code: 'TSPM_IO',
      message: expect.stringContaining('/sys/kernel/x'),
    });
    expect(await syncEnvironment({ ...request, ...rest, wanted: [] })).toMatchObject({ unchanged: 0 });
  });
});

describe('small changes', () => {
  test('REQUESTED follows the project, with RECORD, as in a fresh installation', async () => {
    const project = new TestProject();
    await project.sync([FULL]);
    const before = project.tree();
    await project.sync([FULL], { wanted: { 'full-kit': { requested: true } } });
    const fresh = new TestProject();
    await fresh.sync([FULL], { wanted: { 'full-kit': { requested: true } } });
    expect(project.tree()).toEqual(fresh.tree());
    expect(recordFaults(project, 'Full.Kit-1.0.dist-info')).toEqual([]);
    await project.sync([FULL]);
    expect(project.tree()).toEqual(before);
  });

  test('another interpreter goes into the commands and RECORD, and foreign files stay as they are', async () => {
    const project = new TestProject();
    await project.sync([FULL]);
    const own = join(project.paths.bin, 'own-tool');
    writeFileSync(own, `#!${testPython()}\nprint("own")\n`, { mode: 0o755 });
    const interpreter = join(scratchFolder(), 'with blank', 'python3');
    mkdirSync(join(interpreter, '..'));
    symlinkSync(testPython(), interpreter);
    await rewriteShebangs({ paths: project.paths, interpreter, reporter: { emit: () => {} } });
    const text = readFileSync(join(project.paths.bin, 'kit'), 'utf8');
    expect(text.split('\n').slice(0, 3)).toEqual(['#!/bin/sh', `'''exec' '${interpreter}' "$0" "$@"`, "' '''"]);
    expect(() => runProgram(join(project.paths.bin, 'kit'), [])).toThrow(
      expect.objectContaining({ stdout: 'launched 42\n' }),
    );
    expect(runProgram(join(project.paths.bin, 'kit-script'), [])).toBe('script');
    expect(readFileSync(own, 'utf8')).toBe(`#!${testPython()}\nprint("own")\n`);
    expect(recordFaults(project, 'Full.Kit-1.0.dist-info')).toEqual([]);
    await rewriteShebangs({ paths: project.paths, interpreter: testPython(), reporter: { emit: () => {} } });
    const fresh = new TestProject();
    await fresh.sync([FULL]);
    rmSync(own);
    expect(withoutByteCode(project.tree())).toEqual(fresh.tree());
  });

  test('a copied project is recognised although all times changed', async () => {
    const project = new TestProject();
    await project.sync([FULL], { method: 'copy', inputs: 'digest' });
    const aside = `${project.root}-aside`;
    renameSync(project.root, aside);
    cpSync(aside, project.root, { recursive: true });
    expect(syncStampHolds(project.paths, 'digest')).toBeUndefined();
    expect(await project.sync([FULL], { method: 'copy', inputs: 'digest' })).toMatchObject({
      unchanged: 1,
      update: [],
    });
    expect(syncStampHolds(project.paths, 'digest')).toBe(1);
  });

  test('a cancelled sync changes nothing and leaves no staging behind', async () => {
    const project = new TestProject();
    await project.sync([FULL]);
    const before = project.tree();
    const abort = new AbortController();
    const next = { ...FULL, version: '2.0' };
    const sync = project.sync([next, { name: 'late', version: '1' }], {
      signal: abort.signal,
      concurrency: 1,
      reporter: { emit: () => abort.abort() },
    });
    await expect(sync).rejects.toMatchObject({ code: 'TSPM_INTERRUPTED' });
    expect(project.tree()).toEqual(before);
    expect(existsSync(join(project.paths.base, '.tspm/staging'))).toBe(false);
    expect(existsSync(join(project.paths.base, '.tspm/lock'))).toBe(false);
  });
});

describe('links and native files', () => {
  const program = readFileSync('/bin/true');
  const native: WheelSpec = {
    name: 'native',
    version: '1',
    tag: 'cp311-cp311-linux_x86_64',
    files: {
      'native/__init__.py': '',
      'native/pure/m.py': '',
      'native/lib/libx.so.1': program,
      'native/bin/true': program,
    },
    scripts: { 'native-true': program },
    executable: ['native/lib/libx.so.1', 'native/bin/true'],
  };

  test.skipIf(process.platform !== 'linux')(
    'programs are no symbolic links and lie in real folders; libraries that need nothing may be linked',
    async () => {
      const project = new TestProject();
      await project.sync([native]);
      const tree = project.tree();
      expect(tree['lib/native/pure']).toMatch(/^-> /u);
      expect(tree['lib/native/lib']).toMatch(/^-> /u);
      expect(tree['lib/native/bin/true']).toMatch(/^555 \x7fELF/u);
      expect(statSync(join(project.paths.lib, 'native/bin/true')).nlink).toBe(2);
      expect(runProgram(join(project.paths.bin, 'native-true'), [])).toBe('');
    },
  );

  test.skipIf(!existsSync('/dev/shm'))('hard links across file systems become copies, with one note', async () => {
    const root = join('/dev/shm', `tspm-test-${process.pid}`);
    try {
      const project = new TestProject();
      const far = new TestProject(root);
      await far.sync([FULL], { paths: project.paths, method: 'hardlink' });
      expect(statSync(join(project.paths.lib, 'full_kit/data.txt'))).toMatchObject({ nlink: 1, mode: 0o100644 });
      expect(far.events.filter((event) => event.kind === 'note')).toHaveLength(1);
      expect(recordFaults(project, 'Full.Kit-1.0.dist-info')).toEqual([]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

/** Rows of a RECORD that do not say what lies there. */
function recordFaults(project: TestProject, distInfo: string): string[] {
  const rows = parseRecord(readFileSync(join(project.paths.lib, distInfo, 'RECORD'), 'utf8'));
  return rows
    .filter(({ path, hash, size }) => {
      const content = readFileSync(join(project.paths.lib, path));
      if (path === `${distInfo}/RECORD`) return hash !== undefined;
      return createHash('sha256').update(content).digest('base64url') !== hash?.digest || content.length !== size;
    })
    .map(({ path }) => path);
}

function withoutByteCode(tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !path.includes('__pycache__')));
}

test('A67 code that runs at every start of Python is told, names on the path alone are not', async () => {
  const project = new TestProject();
  const files = { 'boot.pth': 'import boot\n', 'more.pth': 'extra\n', 'boot.py': '' };
  await project.sync([{ name: 'boot', version: '1', files }]);
  await project.sync([{ name: 'boot', version: '1', files }]);
  expect(project.events.flatMap((event) => (event.kind === 'note' ? [event.message] : []))).toEqual([
    'Python will run code at every start from boot.pth of boot 1',
  ]);
});

test.each([[[]], [['.gitignore.tspm-new']]])(
  'a __pypackages__ whose maker was killed before it had its .gitignore gets one: %s',
  async (left) => {
    const project = new TestProject();
    const home = join(project.root, '__pypackages__');
    mkdirSync(home);
    for (const name of left) writeFileSync(join(home, name), '');
    await project.sync([{ name: 'one', version: '1' }]);
    expect(readFileSync(join(home, '.gitignore'), 'utf8')).toBe('*\n!.gitignore\n');
    expect(readdirSync(home).filter((name) => name.startsWith('.gitignore'))).toEqual(['.gitignore']);
  },
);
