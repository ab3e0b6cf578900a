import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

import { contestedPaths, planDiscards, type Outgoing } from '../../../src/installer/discard.ts';
import { scratchFolder } from '../../support/tree.ts';

test('a folder with nothing else goes whole, byte code included', () => {
  const base = tree([
    'lib/a/x.py',
    'lib/a/__pycache__/x.cpython-311.pyc',
    // Python was killed while it wrote it.
    'lib/a/__pycache__/x.cpython-311.pyc.140076344630512',
    'lib/a/sub/y.py',
    'lib/a-1.dist-info/RECORD',
  ]);
  expect(
    planDiscards(base, [outgoing('a', ['lib/a/x.py', 'lib/a/sub/y.py', 'lib/a-1.dist-info/RECORD'])], new Set()),
  ).toEqual({
    byKey: new Map([['a', ['lib/a-1.dist-info', 'lib/a']]]),
    shared: [],
    thinned: [],
  });
});

test('what nobody recorded stays, with the folders above it', () => {
  const base = tree([
    'lib/a/x.py',
    'lib/a/mine.txt',
    'lib/a/sub/y.py',
    'lib/a/__pycache__/x.cpython-311.opt-1.pyc',
    'lib/a/__pycache__/mine.cpython-311.pyc',
  ]);
  const found = planDiscards(base, [outgoing('a', ['lib/a/x.py', 'lib/a/sub/y.py'])], new Set());
  expect(found.byKey.get('a')).toEqual([
    'lib/a-1.dist-info',
    'lib/a/__pycache__/x.cpython-311.opt-1.pyc',
    'lib/a/sub',
    'lib/a/x.py',
  ]);
  expect(found.thinned).toEqual(['lib/a/__pycache__', 'lib/a']);
});

test('top-level modules take their byte code along', () => {
  const base = tree([
    'lib/six.py',
    'lib/six.pyc',
    'lib/__pycache__/six.cpython-311.pyc',
    'lib/__pycache__/other.cpython-311.pyc',
  ]);
  const found = planDiscards(base, [outgoing('six', ['lib/six.py'])], new Set());
  expect(found.byKey.get('six')).toEqual([
    'lib/six-1.dist-info',
    'lib/__pycache__/six.cpython-311.pyc',
    'lib/six.py',
    'lib/six.pyc',
  ]);
});

test('scripts that others import take their byte code along', () => {
  const base = tree(['bin/tool.py', 'bin/__pycache__/tool.cpython-311.pyc']);
  const found = planDiscards(base, [outgoing('tool', ['bin/tool.py'])], new Set());
  expect(found.byKey.get('tool')).toEqual(['lib/tool-1.dist-info', 'bin/__pycache__', 'bin/tool.py']);
});

test('a file that a staying distribution lists stays; one of two leaving ones goes', () => {
  const base = tree(['lib/nv/__init__.py', 'lib/nv/a.py', 'lib/nv/b.py']);
  const [a, b] = [
    outgoing('a', ['lib/nv/__init__.py', 'lib/nv/a.py']),
    outgoing('b', ['lib/nv/__init__.py', 'lib/nv/b.py']),
  ];
  const kept = new Set(['lib/nv/__init__.py', 'lib/nv/b.py']);
  expect(planDiscards(base, [a], kept)).toMatchObject({
    byKey: new Map([['a', ['lib/a-1.dist-info', 'lib/nv/a.py']]]),
    thinned: ['lib/nv'],
  });
  expect(planDiscards(base, [a, b], new Set())).toMatchObject({ shared: ['lib/nv'], thinned: [] });
});

test('a linked folder goes as the link it is, unless a staying distribution has files in it', () => {
  const base = tree(['store/ns/a.py', 'lib/.keep']);
  symlinkSync(join(base, 'store/ns'), join(base, 'lib/ns'));
  const a = outgoing('a', ['lib/ns/a.py']);
  expect(planDiscards(base, [a], new Set()).byKey.get('a')).toEqual(['lib/a-1.dist-info', 'lib/ns']);
  expect(planDiscards(base, [a], new Set(['lib/ns/k.py'])).byKey.get('a')).toEqual(['lib/a-1.dist-info']);
});

test('commands, headers and data go, and the folders of the layout stay', () => {
  const base = tree(['bin/cmd', 'include/a/x.h', 'share/doc/a/readme', 'share/mine', 'lib/x.py']);
  const paths = ['bin/cmd', 'include/a/x.h', 'share/doc/a/readme', 'lib/x.py', 'lib/missing.py'];
  const found = planDiscards(base, [outgoing('a', paths)], new Set());
  expect(found.byKey.get('a')).toEqual(['lib/a-1.dist-info', 'bin/cmd', 'include/a', 'lib/x.py', 'share/doc']);
});

test('contested is what another distribution comes to, above or below', () => {
  const byKey = new Map([['a', ['lib/a-1.dist-info', 'lib/pkg', 'lib/mod.py', 'lib/own']]]);
  const discards = { byKey, shared: [], thinned: [] };
  const coming = (key: string, path: string): { key: string; files: { path: string }[] } => ({
    key,
    files: [{ path }],
  });
  expect(contestedPaths(discards, [coming('b', 'lib/pkg/new.py')])).toEqual(['lib/a-1.dist-info', 'lib/pkg']);
  expect(contestedPaths(discards, [coming('b', 'lib/mod.py/x.py')])).toEqual(['lib/a-1.dist-info', 'lib/mod.py']);
  expect(contestedPaths(discards, [coming('b', 'lib/own')])).toEqual(['lib/a-1.dist-info', 'lib/own']);
  expect(contestedPaths(discards, [coming('a', 'lib/own/x'), coming('b', 'lib/else')])).toEqual([]);
});

function tree(files: readonly string[]): string {
  const base = scratchFolder();
  for (const file of files) {
    mkdirSync(dirname(join(base, file)), { recursive: true });
    writeFileSync(join(base, file), '');
  }
  return base;
}

function outgoing(key: string, paths: readonly string[]): Outgoing {
  return { key, distInfo: `${key}-1.dist-info`, paths };
}
