import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { readRecordedFiles } from '../../../src/installer/recorded-files.ts';
import { verifyEnvironment } from '../../../src/installer/verify/environment.ts';
import { runPython } from '../../support/python.ts';
import type { WheelSpec } from '../../support/wheel.ts';
import { TestProject, type SyncOptions } from './project.ts';

const WHEELS: readonly WheelSpec[] = [
  {
    name: 'whole',
    version: '1',
    files: {
      'whole/__init__.py': 'def main(): pass\n',
      'whole/sub/mod.py': 'x = 1\n',
      'whole/sub/empty.txt': '',
      'single.py': 'y = 2\n',
      'whole.pth': '# nothing\n',
      'whole-1.data/data/share/whole/readme': 'read me\n',
      'whole-1.data/headers/whole.h': '#define WHOLE\n',
      'whole-1.data/platlib/whole_platform/__init__.py': '',
      'whole-1.dist-info/licenses/LICENSE': 'free\n',
    },
    scripts: { 'whole-tool': '#!python\nprint(1)\n', 'whole-shell': '#!/bin/sh\necho 1\n' },
    entryPoints: { whole: 'whole:main' },
  },
  { name: 'space-a', version: '1', files: { 'space/a.py': 'a = 1\n', 'space/data/a.txt': 'a' } },
  { name: 'space-b', version: '1', files: { 'space/b.py': 'b = 1\n', 'space/data/b.txt': 'b' } },
];

const METHODS: readonly { readonly title: string; readonly options: SyncOptions }[] = [
  { title: 'symlink', options: { method: 'symlink' } },
  { title: 'hardlink', options: { method: 'hardlink' } },
  { title: 'copy', options: { method: 'copy' } },
  { title: 'pth', options: { method: 'pth' } },
  { title: 'archive without a store', options: { method: 'copy', archives: true } },
];

/** `kind path` of every problem. */
async function problemsOf(project: TestProject): Promise<string[]> {
  const { distributions, strays } = await verifyEnvironment(project.paths.base, project.store);
  return [...distributions.flatMap(({ problems }) => problems), ...strays].map(({ kind, path }) => `${kind} ${path}`);
}

/** What lies at a path, so that it can be put back. */
function remember(path: string): () => void {
  const link = lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  const real = realpathSync(path);
  const [content, { mode, mtime }] = [readFileSync(real), statSync(real)];
  return () => {
    if (link !== undefined || !lstatSync(path, { throwIfNoEntry: false })?.isFile())
      rmSync(path, { force: true, recursive: true });
    if (link !== undefined) symlinkSync(link, path);
    if (existsSync(real)) chmodSync(real, 0o644);
    writeFileSync(real, content);
    chmodSync(real, mode);
    utimesSync(real, mtime, mtime);
  };
}

function replace(path: string, content: Uint8Array | string): void {
  const { mode, mtime } = statSync(path);
  chmodSync(path, 0o644);
  writeFileSync(path, content);
  chmodSync(path, mode);
  utimesSync(path, mtime, mtime);
}

const MUTATIONS: Readonly<Record<string, (path: string) => void>> = {
  'a byte is flipped': (path) => {
    const content = readFileSync(path);
    content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1;
    replace(path, content.length === 0 ? 'x' : content);
  },
  'a byte is added': (path) => replace(path, Buffer.concat([readFileSync(path), Buffer.from('\n')])),
  'it is emptied': (path) => replace(path, statSync(path).size === 0 ? 'x' : ''),
  'it is deleted': (path) => rmSync(path),
  'its x bit is turned': (path) => chmodSync(path, statSync(path).mode ^ 0o111),
  'it is a link to nothing': (path) => {
    rmSync(path);
    symlinkSync('/nowhere/at/all', path);
  },
  'it is a link to other bytes': (path) => {
    rmSync(path);
    symlinkSync('/etc/hostname', path);
  },
  'it is a link to an equal copy': (path) => {
    const copy = `${mkdtempSync(join(tmpdir(), 'tspm-test-'))}/copy`;
    onTestFinished(() => rmSync(dirname(copy), { recursive: true }));
    writeFileSync(copy, readFileSync(path), { mode: statSync(path).mode });
    rmSync(path);
    symlinkSync(copy, path);
  },
  'it is a link to itself': (path) => {
    rmSync(path);
    symlinkSync(basename(path), path);
  },
  'it is a pipe that nobody writes to': (path) => {
    rmSync(path);
    execFileSync('mkfifo', [path]);
  },
  'it is a folder': (path) => {
    rmSync(path);
    mkdirSync(path);
  },
};

/** Flags of byte code that Python never compares with its source (PEP 552). */
const UNCHECKED_HASH = 1;

describe.each(METHODS)('verify by $title', ({ options }) => {
  async function install(): Promise<TestProject> {
    const project = new TestProject();
    await project.sync(WHEELS, options);
    runPython('import whole.sub.mod, single, space.a, space.b', project.paths.lib);
    return project;
  }

  test('nothing is wrong after a sync and an import, and a signal ends it', async () => {
    const project = await install();
    expect(await problemsOf(project)).toEqual([]);
    const verified = verifyEnvironment(project.paths.base, project.store, AbortSignal.abort(new Error('a signal')));
    await expect(verified).rejects.toThrow('a signal');
  });

  test('nothing is wrong when another cache is set, which does not know the wheels', async () => {
    const project = await install();
    const { distributions, strays } = await verifyEnvironment(project.paths.base, new TestProject().store);
    expect([...distributions.flatMap(({ problems }) => problems), ...strays]).toEqual([]);
  });

  test('each mutation of each file is found, and nothing else is told', async () => {
    const project = await install();
    const { base } = project.paths;
    const paths = ['whole', 'space_a', 'space_b'].flatMap((name) => {
      return (readRecordedFiles(base, `${name}-1.dist-info`) ?? []).map(({ path }) => path);
    });
    expect(paths.length).toBeGreaterThan(15);
    for (const path of paths) {
      for (const [title, mutate] of Object.entries(MUTATIONS)) {
        const restore = remember(join(base, path));
        mutate(join(base, path));
        const found = await problemsOf(project);
        restore();
        expect(found.length, `${path}: ${title}`).toBeGreaterThan(0);
      }
    }
    expect(await problemsOf(project)).toEqual([]);
  }, 120_000);

  test('what nobody recorded is found: files, links, folders of a package, .pth files', async () => {
    const project = await install();
    const { base, lib } = project.paths;
    for (const path of [
      'lib/evil.py',
      'lib/evil.pth',
      'bin/evil',
      'include/evil.h',
      'share/evil',
      'lib/space/evil.so',
      'top',
      'lib/evil/deep/x.py',
    ]) {
      mkdirSync(dirname(join(base, path)), { recursive: true });
      writeFileSync(join(base, path), '');
      expect(await problemsOf(project)).toEqual([`extra ${path}`]);
      rmSync(join(base, path));
    }
    // Python imports an empty folder, too.
    expect(await problemsOf(project)).toEqual(['extra lib/evil/deep']);
    rmSync(join(lib, 'evil'), { recursive: true });
    symlinkSync('/etc', join(lib, 'linked'));
    expect(await problemsOf(project)).toEqual(['extra lib/linked']);
    rmSync(join(lib, 'linked'));
  });

  test('what is put into a linked folder, or into an entry on the import path, is found', async () => {
    const project = await install();
    const inside = runPython('import whole; print(whole.__path__[0])', project.paths.lib);
    writeFileSync(join(inside, 'evil.py'), '');
    expect(await problemsOf(project)).toEqual([expect.stringMatching(/^extra .*whole\/evil\.py$/u)]);
  });

  test('a folder that became a file or a link to itself is missing with all its files, a RECORD of zero bytes is told', async () => {
    const project = await install();
    const { base, lib } = project.paths;
    const whole = join(lib, 'space');
    renameSync(whole, join(base, 'aside'));
    for (const spoil of [() => writeFileSync(whole, ''), () => symlinkSync('space', whole)]) {
      spoil();
      const found = await problemsOf(project);
      expect(found).toEqual(expect.arrayContaining(['missing lib/space/a.py', 'missing lib/space/data/b.txt']));
      rmSync(whole);
    }
    renameSync(join(base, 'aside'), whole);
    replace(join(lib, 'whole-1.dist-info/RECORD'), Buffer.alloc(100));
    expect(await problemsOf(project)).toContain('missing lib/whole-1.dist-info/RECORD');
  });

  test('stale byte code is found, and byte code without a source', async () => {
    const project = await install();
    const { lib } = project.paths;
    const cached = runPython('import single, sys; print(single.__cached__)', lib);
    const good = readFileSync(cached);
    for (const [at, value] of [
      [8, 1],
      [12, 1],
      [4, UNCHECKED_HASH],
    ] as const) {
      const bad = Buffer.from(good);
      bad.writeUInt32LE(value, at);
      writeFileSync(cached, bad);
      expect(await problemsOf(project)).toEqual([expect.stringMatching(/^stale .*single/u)]);
    }
    writeFileSync(cached, good.subarray(0, 10));
    expect(await problemsOf(project)).toEqual([expect.stringMatching(/^stale .*single/u)]);
    renameSync(cached, cached.replace('single', 'gone'));
    expect(await problemsOf(project)).toEqual([expect.stringMatching(/^stale .*gone/u)]);
  });

  test('a RECORD that was rewritten to fit a change is found', async () => {
    const project = await install();
    const record = join(project.paths.lib, 'space_a-1.dist-info/RECORD');
    replace(record, readFileSync(record, 'utf8').replace(/^space\/data\/a\.txt,.*\n/mu, ''));
    expect(await problemsOf(project)).toContain('modified lib/space_a-1.dist-info/RECORD');
  });
});
