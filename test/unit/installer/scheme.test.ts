import { describe, expect, test } from 'vitest';

import { placeWheel } from '../../../src/installer/scheme.ts';
import type { WheelFile, WheelManifest } from '../../../src/archive/wheel-manifest.ts';

describe('places', () => {
  test.each([
    ['pkg/mod.py', {}, 'lib/pkg/mod.py', 'link'],
    ['Foo_Bar-1.dist-info/METADATA', {}, 'lib/Foo_Bar-1.dist-info/METADATA', 'link'],
    // The signature of the wheel's own RECORD; pip keeps it, too.
    ['Foo_Bar-1.dist-info/RECORD.jws', {}, 'lib/Foo_Bar-1.dist-info/RECORD.jws', 'link'],
    ['Foo_Bar-1.data/purelib/a.py', {}, 'lib/a.py', 'link'],
    ['Foo_Bar-1.data/platlib/a.py', {}, 'lib/a.py', 'link'],
    ['Foo_Bar-1.data/scripts/tool', {}, 'bin/tool', 'script'],
    ['Foo_Bar-1.data/scripts/sub/tool', {}, 'bin/sub/tool', 'script'],
    ['Foo_Bar-1.data/scripts/elf', { native: true, executable: true }, 'bin/elf', 'program'],
    ['Foo_Bar-1.data/scripts/elf', { native: true }, 'bin/elf', 'script'],
    ['Foo_Bar-1.data/headers/x.h', {}, 'include/Foo_Bar/x.h', 'link'],
    ['Foo_Bar-1.data/data/share/x', {}, 'share/x', 'link'],
    ['pkg/run.sh', { executable: true }, 'lib/pkg/run.sh', 'program'],
    ['pkg/prog', { native: true }, 'lib/pkg/prog', 'program'],
    [
      'pkg/_m.cpython-311-x86_64-linux-gnu.so',
      { native: true, executable: true },
      'lib/pkg/_m.cpython-311-x86_64-linux-gnu.so',
      'library',
    ],
    ['pkg.libs/libx.so.1.2', { native: true }, 'lib/pkg.libs/libx.so.1.2', 'library'],
    ['pkg/libx.so', { native: true, confined: true }, 'lib/pkg/libx.so', 'link'],
    ['pkg/libx.so', { executable: true }, 'lib/pkg/libx.so', 'program'],
    ['boot.pth', {}, 'lib/boot.pth', 'own'],
    ['pkg/boot.pth', {}, 'lib/pkg/boot.pth', 'link'],
  ])('%s %o goes to %s as %s', (path, parts, target, treatment) => {
    expect(placeWheel(manifest(path, parts), []).files).toMatchObject([{ source: path, target, treatment }]);
  });

  test.each(['RECORD', 'INSTALLER', 'REQUESTED', 'direct_url.json', 'REFER_TO'])(
    '%s of a wheel is left out',
    (name) => {
      const placed = placeWheel(manifest(`Foo_Bar-1.dist-info/${name}`), []);
      expect(placed).toMatchObject({ files: [], skipped: [`lib/Foo_Bar-1.dist-info/${name}`] });
    },
  );

  test('byte code is left out, and scripts that an entry point replaces', () => {
    expect(placeWheel(manifest('pkg/__pycache__/m.cpython-311.pyc'), []).files).toEqual([]);
    for (const name of ['cmd', 'cmd.exe', 'cmd.pya', 'cmd-script.py', 'cmd-script.pyw']) {
      expect(placeWheel(manifest(`Foo_Bar-1.data/scripts/${name}`), ['cmd']).files).toEqual([]);
    }
    expect(placeWheel(manifest('Foo_Bar-1.data/scripts/cmd2'), ['cmd']).files).toHaveLength(1);
  });
});

describe('refused', () => {
  test.each([
    'Foo_Bar-1.data/scripts/python',
    'Foo_Bar-1.data/scripts/Python3.11',
    'Foo_Bar-1.data/scripts/python3.13t',
    'Foo_Bar-1.data/scripts/pypy3',
    'Foo_Bar-1.data/data/bin/python3',
    'Foo_Bar-1.data/data/pyvenv.cfg',
    'Foo_Bar-1.data/data/lib/sitecustomize.py',
    'Foo_Bar-1.data/data/lib/UserCustomize/__init__.py',
    'Foo_Bar-1.data/data/lib',
    'Foo_Bar-1.data/data/.tspm/state.json',
    'Foo_Bar-1.data/data/../../x',
    'Foo_Bar-1.data/data/lib/other-1.dist-info/METADATA',
    'Foo_Bar-1.data/purelib/other-1.dist-info/METADATA',
  ])('%s', (path) => {
    expect(() => placeWheel(manifest(path), [])).toThrow(expect.objectContaining({ code: 'TSPM_ARCHIVE_PATH' }));
  });

  test.each([
    ['one place', ['pkg/a.py', 'Foo_Bar-1.data/purelib/pkg/a.py'], []],
    ['one place through data', ['pkg/a.py', 'Foo_Bar-1.data/data/lib/pkg/a.py'], []],
    ['places that differ in case', ['pkg/a.py', 'Foo_Bar-1.data/platlib/PKG/a.py'], []],
    ['a file and a folder of one name', ['pkg', 'Foo_Bar-1.data/purelib/pkg/a.py'], []],
    ['a script and a command that differ in case', ['Foo_Bar-1.data/scripts/Run'], ['run']],
    ['two commands that differ in case', ['pkg/a.py'], ['run', 'RUN']],
  ])('%s', (_, paths, commands) => {
    const files = paths.flatMap((path) => manifest(path).files);
    expect(() => placeWheel({ ...manifest('x'), files }, commands)).toThrow(
      /Foo_Bar-1-py3-none-any\.whl: .*a place of two files/,
    );
  });

  test('an unknown scheme', () => {
    expect(() => placeWheel(manifest('Foo_Bar-1.data/weird/x'), [])).toThrow(
      expect.objectContaining({ code: 'TSPM_WHEEL_METADATA' }),
    );
  });

  test.each(['python-argcomplete-check', 'pythonize', 'python-config'])(
    'not the command %s, which shadows nothing',
    (name) => {
      expect(placeWheel(manifest(`Foo_Bar-1.data/scripts/${name}`), []).files).toHaveLength(1);
    },
  );
});

test('modules beside and above a library that looks beyond its wheel are no symbolic links', () => {
  const paths = ['pkg/__init__.py', 'pkg/data.txt', 'pkg/lib/a.py', 'pkg/pure/b.py', 'c.py'];
  const files = paths.flatMap((path) => manifest(path).files);
  const library = manifest('pkg/lib/x.so', { native: true });
  const treatments = placeWheel({ ...library, files: [...files, ...library.files] }, []).files.map(
    (file) => file.treatment,
  );
  expect(treatments).toEqual(['program', 'link', 'program', 'link', 'program', 'library']);
});

function manifest(path: string, parts: Partial<WheelFile> = {}): WheelManifest {
  const file = { path, size: 1, sha256: 'x', executable: false, native: false, ...parts };
  const about = {
    filename: 'Foo_Bar-1-py3-none-any.whl',
    name: 'foo-bar',
    version: '1',
    distInfo: 'Foo_Bar-1.dist-info',
  };
  return { format: 1, ...about, sha256: '', purelib: true, files: [file] };
}
