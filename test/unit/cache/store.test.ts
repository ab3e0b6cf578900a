import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { beforeEach, describe, expect, it } from 'vitest';

import { openStore, type PackageStore, type StoreEntry } from '../../../src/cache/store.ts';
import { clearStore, storeUsage } from '../../../src/cache/usage.ts';
import { verifyEntry } from '../../../src/cache/verify.ts';
import { isTspmError } from '../../../src/errors.ts';
import { readTree, scratchFolder } from '../../support/tree.ts';
import { buildWheel, type BuiltWheel } from '../../support/wheel.ts';

const DEMO = buildWheel({
  name: 'demo',
  version: '1.0',
  files: { 'demo/__init__.py': 'x = 1\n', 'demo/tool.sh': '#!/bin/sh\n' },
  executable: ['demo/tool.sh'],
});
const OTHER = buildWheel({ name: 'other', version: '2.0' });

let folder = '';
let cacheDir = '';
let store: PackageStore;

beforeEach(() => {
  folder = scratchFolder();
  cacheDir = join(folder, 'cache');
  store = openStore(cacheDir);
});

function download(wheel: BuiltWheel): string {
  const path = store.temporaryFile();
  writeFileSync(path, wheel.bytes, { flag: 'wx' });
  return path;
}

function add(wheel: BuiltWheel): Promise<StoreEntry> {
  const path = join(folder, wheel.filename);
  writeFileSync(path, wheel.bytes);
  return store.addEntry(path, wheel.filename, wheel.sha256);
}

function staging(): string[] {
  const path = join(cacheDir, 'staging-v1');
  return existsSync(path) ? readdirSync(path).filter((name) => name !== 'CACHEDIR.TAG') : [];
}

describe('addEntry', () => {
  it('unpacks a wheel once, read-only, with its manifest beside it', async () => {
    const entry = await add(DEMO);
    const shard = DEMO.sha256.slice(0, 2);
    expect(entry.directory).toBe(join(cacheDir, 'store-v1', shard, DEMO.sha256, 'tree'));
    const tree = readTree(entry.directory);
    expect(tree['demo/__init__.py']).toBe('444 x = 1\n');
    expect(tree['demo/tool.sh']).toBe('555 #!/bin/sh\n');
    expect(Object.keys(tree).sort()).toEqual(entry.manifest.files.map((file) => file.path).sort());
    expect(readdirSync(dirname(entry.directory))).toEqual(['manifest.json', 'tree']);
    expect(statSync(join(entry.directory, 'demo')).mode & 0o777).toBe(0o755);
    expect(staging()).toEqual([]);
    expect(openStore(cacheDir).findEntry(DEMO.sha256)).toEqual(entry);
  });

  it('gives the entry that is there without looking at the wheel', async () => {
    const entry = await add(DEMO);
    expect(await store.addEntry('/nowhere', DEMO.filename, DEMO.sha256)).toEqual(entry);
  });

  it('does the work once when asked twice at once', async () => {
    const [a, b] = await Promise.all([add(DEMO), add(DEMO)]);
    expect(a).toBe(b);
  });

  it('keeps wheels of one name apart by their digest', async () => {
    const rebuilt = buildWheel({ name: 'demo', version: '1.0', files: { 'demo/__init__.py': 'x = 2\n' } });
    expect(rebuilt.filename).toBe(DEMO.filename);
    const [one, two] = [await add(DEMO), await add(rebuilt)];
    expect(readTree(one.directory)['demo/__init__.py']).toBe('444 x = 1\n');
    expect(readTree(two.directory)['demo/__init__.py']).toBe('444 x = 2\n');
  });

  it('replaces the kept wheel, so that no bytes are there twice', async () => {
    const kept = store.keepWheel(download(DEMO), DEMO.sha256);
    await store.addEntry(kept, DEMO.filename, DEMO.sha256, { justHashed: true });
    expect(store.findWheel(DEMO.sha256)).toBeUndefined();
    expect(storeUsage(cacheDir)).toMatchObject({ entries: { count: 1 }, wheels: { count: 0 } });
  });

  it('drops a wheel kept beside an entry', async () => {
    await add(DEMO);
    store.keepWheel(download(DEMO), DEMO.sha256);
    await store.addEntry('/nowhere', DEMO.filename, DEMO.sha256);
    expect(store.findWheel(DEMO.sha256)).toBeUndefined();
  });

  it('refuses a file with another digest and leaves nothing', async () => {
    const path = join(folder, 'w.whl');
    writeFileSync(path, OTHER.bytes);
    await expect(store.addEntry(path, DEMO.filename, DEMO.sha256)).rejects.toMatchObject({
      code: 'TSPM_HASH_MISMATCH',
      message: `${DEMO.filename}: sha256 is ${OTHER.sha256}, expected ${DEMO.sha256}`,
    });
    expect(store.findEntry(DEMO.sha256)).toBeUndefined();
    expect(staging()).toEqual([]);
    expect(existsSync(path)).toBe(true);
  });

  it('removes a kept wheel that is damaged, so that it is fetched again', async () => {
    const kept = store.keepWheel(download(DEMO), DEMO.sha256);
    chmodSync(kept, 0o644);
    truncateSync(kept, 100);
    await expect(store.addEntry(kept, DEMO.filename, DEMO.sha256)).rejects.toMatchObject({
      code: 'TSPM_HASH_MISMATCH',
    });
    expect(store.findWheel(DEMO.sha256)).toBeUndefined();
  });

  it('leaves nothing when the wheel is refused half way', async () => {
    const bad = buildWheel({
      name: 'demo',
      version: '1.0',
      record: (text) => text.replace(/(METADATA,sha256=)[^,]*/u, `$1${'A'.repeat(43)}`),
    });
    await expect(add(bad)).rejects.toMatchObject({ code: 'TSPM_HASH_MISMATCH' });
    expect(store.findEntry(bad.sha256)).toBeUndefined();
    expect(staging()).toEqual([]);
  });

  it('removes what runs left in staging more than a day ago, and nothing else', async () => {
    const old = store.temporaryFile();
    const recent = store.temporaryFile();
    const foreign = join(cacheDir, 'staging-v1', 'notes');
    for (const path of [old, recent, foreign]) writeFileSync(path, '');
    const longAgo = Date.now() / 1000 - 25 * 60 * 60;
    for (const path of [old, foreign]) utimesSync(path, longAgo, longAgo);
    await add(DEMO);
    expect([old, recent, foreign].map((path) => existsSync(path))).toEqual([false, true, true]);
  });
});

describe('a damaged entry counts as absent and is replaced', () => {
  const damages: readonly (readonly [string, (entry: string) => void])[] = [
    ['an empty directory', (entry) => rmSync(entry, { recursive: true })],
    ['no manifest', (entry) => rmSync(join(entry, 'manifest.json'))],
    ['half a manifest', (entry) => truncateSync(join(entry, 'manifest.json'), 50)],
    ['an empty manifest', (entry) => truncateSync(join(entry, 'manifest.json'), 0)],
    ['no tree', (entry) => rmSync(join(entry, 'tree'), { recursive: true })],
    [
      'the manifest of another wheel',
      (entry) => {
        const path = join(entry, 'manifest.json');
        const text = readFileSync(path, 'utf8').replace(DEMO.sha256, OTHER.sha256);
        rmSync(path);
        writeFileSync(path, text);
      },
    ],
    [
      'a file in its place',
      (entry) => {
        rmSync(entry, { recursive: true });
        writeFileSync(entry, 'x');
      },
    ],
    [
      'a dangling link in its place',
      (entry) => {
        rmSync(entry, { recursive: true });
        symlinkSync('/nowhere', entry);
      },
    ],
  ];

  it.each(damages)('%s', async (_, damage) => {
    const first = await add(DEMO);
    const wanted = readTree(first.directory);
    damage(dirname(first.directory));
    expect(store.findEntry(DEMO.sha256)).toBeUndefined();
    const entry = await add(DEMO);
    expect(readTree(entry.directory)).toEqual(wanted);
    expect(await verifyEntry(entry, { content: true })).toEqual([]);
    expect(staging()).toEqual([]);
  });
});

describe('findOutline', () => {
  it('gives what is told as a whole, and the rest by its files', async () => {
    const entry = await add(OTHER);
    const found = store.findOutline(OTHER.sha256);
    expect(found?.directory).toBe(entry.directory);
    expect(found?.outline.folders.map(({ name }) => name)).toEqual(['other']);
    expect(found?.outline.manifest.files.map(({ path }) => path)).not.toContain('other/__init__.py');
    expect(found?.whole()).toEqual(entry);
  });

  it('finds none where no folder is plain, and none of an entry that was made before there were any', async () => {
    await add(DEMO);
    expect(store.findOutline(DEMO.sha256)).toBeUndefined();
    rmSync(join(dirname((await add(OTHER)).directory), 'outline.txt'));
    expect(store.findOutline(OTHER.sha256)).toBeUndefined();
    expect(store.findEntry(OTHER.sha256)).toBeDefined();
  });

  it.each<[string, (entry: string) => void]>([
    ['the outline is cut short', (entry) => truncateSync(join(entry, 'outline.txt'), 100)],
    ['the manifest is cut short', (entry) => truncateSync(join(entry, 'manifest.json'), 100)],
    ['the manifest is gone', (entry) => rmSync(join(entry, 'manifest.json'))],
    ['the tree is gone', (entry) => rmSync(join(entry, 'tree'), { recursive: true })],
  ])('finds none when %s', async (_, damage) => {
    const entry = dirname((await add(OTHER)).directory);
    expect(store.findOutline(OTHER.sha256)).toBeDefined();
    damage(entry);
    expect(store.findOutline(OTHER.sha256)).toBeUndefined();
  });

  it('says how to mend an entry whose manifest was changed', async () => {
    const manifest = join(dirname((await add(OTHER)).directory), 'manifest.json');
    const found = store.findOutline(OTHER.sha256);
    chmodSync(manifest, 0o644);
    writeFileSync(manifest, '{'.repeat(statSync(manifest).size));
    expect(() => found?.whole()).toThrow(expect.objectContaining({ code: 'TSPM_STORE' }));
    expect(() => found?.whole()).toThrow(/manifest cannot be read/);
  });
});

describe('keepWheel', () => {
  it('moves a download to its place, read-only', () => {
    const path = download(DEMO);
    const kept = store.keepWheel(path, DEMO.sha256);
    expect(kept).toBe(join(cacheDir, 'wheels-v1', DEMO.sha256.slice(0, 2), `${DEMO.sha256}.whl`));
    expect(readFileSync(kept).equals(DEMO.bytes)).toBe(true);
    expect(statSync(kept).mode & 0o777).toBe(0o444);
    expect(store.findWheel(DEMO.sha256)).toBe(kept);
    expect(staging()).toEqual([]);
  });

  it('takes the place of one that is there', () => {
    store.keepWheel(download(DEMO), DEMO.sha256);
    expect(store.keepWheel(download(DEMO), DEMO.sha256)).toBe(store.findWheel(DEMO.sha256));
  });

  it('moves across file systems', ({ skip }) => {
    const other = '/dev/shm';
    const apart = existsSync(other) && statSync(other).dev !== statSync(folder).dev;
    skip(!apart, `no second file system at ${other}`);
    const path = join(other, `tspm-test-${process.pid}.whl`);
    writeFileSync(path, DEMO.bytes);
    const kept = store.keepWheel(path, DEMO.sha256);
    expect(readFileSync(kept).equals(DEMO.bytes)).toBe(true);
    expect(existsSync(path)).toBe(false);
    expect(staging()).toEqual([]);
  });

  it('does not take a directory for a wheel', () => {
    mkdirSync(join(cacheDir, 'wheels-v1', DEMO.sha256.slice(0, 2), `${DEMO.sha256}.whl`), { recursive: true });
    expect(store.findWheel(DEMO.sha256)).toBeUndefined();
  });
});

describe('a cache that cannot be written', () => {
  it('is told by path, reason and what to do', async () => {
    writeFileSync(cacheDir, 'a file where the directory should be');
    const error: unknown = await add(DEMO).catch((thrown: unknown) => thrown);
    if (!isTspmError(error)) throw error;
    expect(error.code).toBe('TSPM_STORE');
    expect(error.message).toBe(
      `cannot write in the cache directory ${cacheDir}: a part of the path is not a directory`,
    );
    expect(error.hint).toContain('cache_dir');
    expect(() => store.temporaryFile()).toThrow(expect.objectContaining({ code: 'TSPM_STORE' }));
  });

  it('is read all the same', async () => {
    const entry = await add(DEMO);
    // Root may write anywhere, so what counts is that reading does not try.
    const before = readTree(cacheDir);
    const reader = openStore(cacheDir);
    expect(reader.findEntry(DEMO.sha256)).toEqual(entry);
    expect(reader.findEntry(OTHER.sha256)).toBeUndefined();
    expect(reader.findWheel(DEMO.sha256)).toBeUndefined();
    expect(readTree(cacheDir)).toEqual(before);
  });

  it('is not created by reading', () => {
    expect(store.findEntry(DEMO.sha256)).toBeUndefined();
    expect(store.findWheel(DEMO.sha256)).toBeUndefined();
    expect(existsSync(cacheDir)).toBe(false);
  });
});

describe('verifyEntry', () => {
  it('passes by the byte code that Python keeps', async () => {
    const entry = await add(DEMO);
    mkdirSync(join(entry.directory, 'demo/__pycache__'));
    writeFileSync(join(entry.directory, 'demo/__pycache__/__init__.cpython-311.pyc'), 'x');
    expect(await verifyEntry(entry, { content: true })).toEqual([]);
  });

  it('finds missing, changed and foreign files', async () => {
    const entry = await add(DEMO);
    const path = (name: string): string => join(entry.directory, name);
    rmSync(path('demo/tool.sh'));
    chmodSync(path('demo/__init__.py'), 0o644);
    appendFileSync(path('demo/__init__.py'), 'y = 2\n');
    writeFileSync(path('demo/zzz.py'), '');
    mkdirSync(path('empty'));
    expect(await verifyEntry(entry, { content: false })).toEqual([
      { path: 'demo/__init__.py', problem: 'changed' },
      { path: 'demo/tool.sh', problem: 'missing' },
      { path: 'demo/zzz.py', problem: 'foreign' },
      { path: 'empty', problem: 'foreign' },
    ]);
  });

  it('finds changed bytes behind an unchanged size and time by their content', async () => {
    const entry = await add(DEMO);
    const path = join(entry.directory, 'demo/__init__.py');
    const { mtimeMs } = statSync(path);
    chmodSync(path, 0o644);
    writeFileSync(path, 'x = 9\n');
    utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
    expect(await verifyEntry(entry, { content: false })).toEqual([]);
    expect(await verifyEntry(entry, { content: true })).toEqual([{ path: 'demo/__init__.py', problem: 'changed' }]);
    const signal = AbortSignal.abort(new Error('a signal'));
    await expect(verifyEntry(entry, { content: true, signal })).rejects.toThrow('a signal');
  });

  it('finds an outline that is not that of the manifest', async () => {
    const entry = await add(OTHER);
    const outline = join(dirname(entry.directory), 'outline.txt');
    expect(await verifyEntry(entry, { content: false })).toEqual([]);
    const text = readFileSync(outline, 'utf8');
    chmodSync(outline, 0o644);
    writeFileSync(outline, text.replace('sha256=', 'sha256=x'));
    expect(await verifyEntry(entry, { content: false })).toEqual([{ path: 'outline.txt', problem: 'changed' }]);
  });

  it('dropEntry makes room for a whole one', async () => {
    const entry = await add(DEMO);
    rmSync(join(entry.directory, 'demo/tool.sh'));
    await store.dropEntry(DEMO.sha256);
    await store.dropEntry(DEMO.sha256);
    expect(store.findEntry(DEMO.sha256)).toBeUndefined();
    expect(await verifyEntry(await add(DEMO), { content: true })).toEqual([]);
  });
});

describe('storeUsage and clearStore', () => {
  it('count things, bytes and inodes by kind', async () => {
    expect(storeUsage(cacheDir)).toEqual({
      entries: { count: 0, bytes: 0, inodes: 0 },
      wheels: { count: 0, bytes: 0, inodes: 0 },
      staging: { count: 0, bytes: 0, inodes: 0 },
    });
    const entry = await add(DEMO);
    store.keepWheel(download(OTHER), OTHER.sha256);
    const usage = storeUsage(cacheDir);
    const files = entry.manifest.files.reduce((sum, file) => sum + file.size, 0);
    const tag = statSync(join(cacheDir, 'store-v1/CACHEDIR.TAG')).size;
    const manifest = statSync(join(dirname(entry.directory), 'manifest.json')).size;
    expect(usage.entries).toEqual({ count: 1, bytes: files + manifest + tag, inodes: 5 + 2 + 4 + 2 });
    expect(usage.wheels).toEqual({ count: 1, bytes: OTHER.bytes.length + tag, inodes: 4 });
    expect(usage.staging.count).toBe(0);
  });

  it('removes the kinds asked for and leaves foreign files', async () => {
    await add(DEMO);
    store.keepWheel(download(OTHER), OTHER.sha256);
    const underWay = download(OTHER);
    const foreign = join(cacheDir, 'store-v1', DEMO.sha256.slice(0, 2), 'notes.txt');
    writeFileSync(foreign, 'mine');
    expect(await clearStore(cacheDir, 'wheels')).toBe(1);
    expect(store.findWheel(OTHER.sha256)).toBeUndefined();
    expect(store.findEntry(DEMO.sha256)).toBeDefined();
    expect(await clearStore(cacheDir, 'entries')).toBe(1);
    expect(store.findEntry(DEMO.sha256)).toBeUndefined();
    // What another process is making stays.
    expect(staging()).toEqual([basename(underWay)]);
    expect(readFileSync(foreign, 'utf8')).toBe('mine');
  });

  it('does not follow links', async () => {
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'precious'), 'x');
    const shard = join(cacheDir, 'store-v1', DEMO.sha256.slice(0, 2));
    mkdirSync(shard, { recursive: true });
    symlinkSync(outside, join(shard, DEMO.sha256));
    expect(await clearStore(cacheDir, 'entries')).toBe(1);
    expect(readdirSync(outside)).toEqual(['precious']);
  });

  it('leaves hard links that projects have', async () => {
    const entry = await add(DEMO);
    const linked = join(folder, 'linked.py');
    linkSync(join(entry.directory, 'demo/__init__.py'), linked);
    await clearStore(cacheDir, 'entries');
    expect(readFileSync(linked, 'utf8')).toBe('x = 1\n');
  });
});

it('takes only digests: another text is a bug of the caller', () => {
  for (const bad of ['', '../x', 'A'.repeat(64), `sha256:${'a'.repeat(64)}`]) {
    expect(() => store.findEntry(bad)).toThrow('64 lower-case hex digits');
  }
});
