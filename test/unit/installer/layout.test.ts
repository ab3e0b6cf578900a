import { describe, expect, test } from 'vitest';

import type { PathKind } from '../../../src/installer/files.ts';
import { layOut, type IncomingWheel, type LayoutRequest } from '../../../src/installer/layout.ts';
import type { Treatment } from '../../../src/installer/scheme.ts';

describe('folders linked as a whole', () => {
  test('the highest folder that one wheel has alone', () => {
    expect(folders({ a: ['pkg/x.py', 'pkg/sub/y.py', 'top.py'] })).toEqual({ a: ['lib/pkg'] });
    expect(folders({ a: ['ns/a/x.py', 'ns/a/deep/y.py'], b: ['ns/b.py', 'ns/c/z.py'] })).toEqual({
      a: ['lib/ns/a'],
      b: ['lib/ns/c'],
    });
  });

  test.each<[Treatment]>([['program'], ['library'], ['script'], ['own']])('not with a %s below', (treatment) => {
    expect(folders({ a: ['pkg/x.py', 'pkg/pure/y.py', { path: 'pkg/native/z', treatment }] })).toEqual({
      a: ['lib/pkg/pure'],
    });
  });

  test('not where something is left out, such as byte code or RECORD', () => {
    const wheel = incoming('a', ['pkg/x.py', 'pkg/sub/y.py', 'a-1.dist-info/METADATA']);
    const skipped = ['lib/pkg/__pycache__/x.pyc', 'lib/a-1.dist-info/RECORD'];
    const layout = layOut(request({ incoming: [{ ...wheel, placed: { ...wheel.placed, skipped } }] }));
    expect(layout.wheels[0]?.folders.map(({ target }) => target)).toEqual(['lib/pkg/sub']);
  });

  test('not where files come from two places of the wheel', () => {
    const wheel = incoming('a', ['pkg/x.py', { path: 'pkg/y.py', source: 'a-1.data/purelib/pkg/y.py' }]);
    expect(layOut(request({ incoming: [wheel] })).wheels[0]?.folders).toEqual([]);
  });

  test('neither lib itself, nor bin, nor data folders', () => {
    const files = [{ path: 'x', target: 'bin/sub/x' }, { path: 'y', target: 'share/kit/y' }, 'top.py'];
    expect(folders({ a: files })).toEqual({ a: [] });
  });

  test('a header folder is linked with its own source', () => {
    const wheel = incoming('a', [{ path: 'a-1.data/headers/h/x.h', target: 'include/a/h/x.h' }]);
    const [layout] = layOut(request({ incoming: [wheel] })).wheels;
    expect(layout?.folders).toEqual([{ target: 'include/a', source: 'a-1.data/headers' }]);
  });

  test('not where a real folder stays', () => {
    const kinds = { lib: 'directory', 'lib/pkg': 'directory' } as const;
    expect(folders({ a: ['pkg/x.py', 'pkg/sub/y.py'] }, kinds)).toEqual({ a: ['lib/pkg/sub'] });
  });

  test('only without modules where Python could not keep their byte code', () => {
    const files = ['pkg/x.py', 'pkg/data/deep/y.txt', 'pkg/sub/z.py', 'pkg/sub/data/w.txt'];
    const wheel = { ...incoming('a', files), keepsByteCode: false };
    expect(layOut(request({ incoming: [wheel] })).wheels[0]).toMatchObject({
      folders: [{ target: 'lib/pkg/data' }, { target: 'lib/pkg/sub/data' }],
      files: [{ target: 'lib/pkg/x.py' }, { target: 'lib/pkg/sub/z.py' }],
    });
  });

  test('not for a wheel that cannot be linked', () => {
    const wheel = { ...incoming('a', ['pkg/x.py']), linksFolders: false };
    expect(layOut(request({ incoming: [wheel] })).wheels[0]).toMatchObject({
      folders: [],
      files: [{ target: 'lib/pkg/x.py' }],
    });
  });
});

describe('links that must become folders', () => {
  const kept = {
    key: 'k',
    label: 'k 1',
    incoming: false,
    files: ['lib/ns/k.py', 'lib/ns/sub/k.py', 'lib/ns/own/deep/k.py'].map(undigested),
  };

  test('the parts that stay whole are linked, the shared ones opened', () => {
    const layout = layOut(
      request({ incoming: [incoming('a', ['ns/sub/a.py'])], kept: [kept], kinds: { 'lib/ns': 'link' } }),
    );
    expect(layout.expansions).toEqual([
      { key: 'k', folder: 'lib/ns', links: ['lib/ns/k.py', 'lib/ns/sub/k.py', 'lib/ns/own'] },
    ]);
  });

  test.each<[PathKind, string]>([
    ['link', 'a symbolic link that tspm did not make'],
    ['file', 'a file that no distribution recorded'],
  ])('a foreign %s is refused', (kind, text) => {
    const wheel = { ...incoming('a', ['ns/a.py']), linksFolders: false };
    expect(() => layOut(request({ incoming: [wheel], kinds: { 'lib/ns': kind } }))).toThrow(text);
  });

  test('a dangling one is nobody’s', () => {
    const wheel = { ...incoming('a', ['ns/a.py']), linksFolders: false };
    expect(layOut(request({ incoming: [wheel], kinds: { 'lib/ns': 'dangling' } })).expansions).toEqual([]);
  });
});

describe('one path, two distributions', () => {
  test('same content is shared, other content refused with both names', () => {
    const shared = incoming('a', [{ path: 'nv/__init__.py', digest: 'same' }]);
    expect(() =>
      layOut(request({ incoming: [shared, incoming('b', [{ path: 'nv/__init__.py', digest: 'same' }])] })),
    ).not.toThrow();
    expect(() => layOut(request({ incoming: [shared, incoming('b', ['nv/__init__.py'])] }))).toThrow(
      expect.objectContaining({
        code: 'TSPM_FILE_CONFLICT',
        message: 'a 1 and b 1 both have lib/nv/__init__.py, with different content',
      }),
    );
  });

  test('names that other file systems hold for the same are refused with both names, unless their content is the same', () => {
    const refused = /^a 1 has lib\/Crypto\/x\.py and b 1 has lib\/crypto\/x\.py, which many file systems/;
    expect(() =>
      folders({ a: [{ path: 'Crypto/x.py', digest: 'one' }], b: [{ path: 'crypto/x.py', digest: 'two' }] }),
    ).toThrow(refused);
    expect(() =>
      folders({ a: [{ path: 'caf\u00e9.py', digest: 'one' }], b: [{ path: 'cafe\u0301.py', digest: 'two' }] }),
    ).toThrow(/many file systems/);
    const alike = {
      a: [{ path: 'Crypto/x.py', digest: 'one' }],
      b: [{ path: 'crypto/x.py', digest: 'one' }, 'crypto/y.py'],
    };
    expect(folders(alike)).toEqual({ a: ['lib/Crypto'], b: ['lib/crypto'] });
  });

  test('a file of one under which the other has files is refused', () => {
    expect(() => layOut(request({ incoming: [incoming('a', ['x']), incoming('b', ['x/y'])] }))).toThrow(
      'one as a file and the other as a folder',
    );
  });

  test('an installed file without a recorded digest is looked at, a deleted one is in nobody’s way', () => {
    const kept = { key: 'k', label: 'k 1', incoming: false, files: [undigested('lib/x.py')] };
    const wheel = incoming('a', [{ path: 'x.py', digest: 'on disk' }]);
    const kinds = { 'lib/x.py': 'file' } as const;
    expect(() => layOut(request({ incoming: [wheel], kept: [kept], kinds }))).not.toThrow();
    expect(() => layOut(request({ incoming: [incoming('a', ['x.py'])], kept: [kept], kinds }))).toThrow('k 1 and a 1');
    expect(() => layOut(request({ incoming: [incoming('a', ['x.py'])], kept: [kept] }))).not.toThrow();
  });

  test('two installed ones are not this run’s concern', () => {
    const kept = ['k', 'l'].map((key) => ({
      key,
      label: key,
      incoming: false,
      files: [{ path: 'lib/x.py', digest: key }],
    }));
    expect(() => layOut(request({ kept }))).not.toThrow();
  });
});

type FileSpec = string | { path: string; target?: string; source?: string; treatment?: Treatment; digest?: string };

function incoming(key: string, specs: readonly FileSpec[]): IncomingWheel {
  const files = specs.map((spec) => {
    const file = typeof spec === 'string' ? { path: spec } : spec;
    const target = file.target ?? `lib/${file.path}`;
    const shared = { size: 1, digest: file.digest ?? `${key}:${file.path}`, executable: false };
    return { ...shared, target, source: file.source ?? file.path, treatment: file.treatment ?? 'link' };
  });
  const claimed = files.map(({ target, digest }) => ({ path: target, digest }));
  const placed = { files, skipped: [], reaching: false, programs: false };
  return {
    key,
    label: `${key} 1`,
    incoming: true,
    files: claimed,
    placed,
    folders: [],
    linksFolders: true,
    keepsByteCode: true,
    onPath: false,
  };
}

function request(parts: Partial<LayoutRequest> & { kinds?: Readonly<Record<string, PathKind>> }): LayoutRequest {
  const kindOf = (path: string): PathKind => parts.kinds?.[path] ?? 'absent';
  const disk = { kindOf, isAbsent: (path: string) => kindOf(path) === 'absent', digestOf: () => 'on disk' };
  return { incoming: [], kept: [], disk, ...parts };
}

function folders(
  wheels: Readonly<Record<string, readonly FileSpec[]>>,
  kinds: Readonly<Record<string, PathKind>> = {},
): Record<string, string[]> {
  const layout = layOut(
    request({ incoming: Object.entries(wheels).map(([key, files]) => incoming(key, files)), kinds }),
  );
  return Object.fromEntries(layout.wheels.map(({ key, folders }) => [key, folders.map(({ target }) => target)]));
}

function undigested(path: string): { path: string; digest: undefined } {
  return { path, digest: undefined };
}
