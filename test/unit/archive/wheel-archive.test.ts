import { createHash } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openWheel } from '../../../src/archive/wheel-archive.ts';
import { contentTime, type WheelManifest } from '../../../src/archive/wheel-manifest.ts';
import { readTree, scratchFolder } from '../../support/tree.ts';
import { buildWheel, type WheelSpec } from '../../support/wheel.ts';

const DEMO: WheelSpec = {
  name: 'Demo.Pkg',
  version: '1.0',
  files: {
    'demo/__init__.py': 'x = 1\n',
    'demo/tool.sh': '#!/bin/sh\n',
    'demo/lib.so': Buffer.from('\x7fELF\x02\x01\x01\0rest'),
  },
  executable: ['demo/tool.sh'],
  scripts: { run: '#!python\nprint(1)\n' },
  entryPoints: { demo: 'demo:main' },
};

interface Unpacked {
  readonly tree: Record<string, string>;
  readonly manifest: WheelManifest;
  readonly target: string;
  readonly warnings: readonly string[];
}

async function unpack(spec: WheelSpec, filename?: string): Promise<Unpacked> {
  const built = buildWheel(spec);
  const folder = scratchFolder();
  writeFileSync(join(folder, 'w'), built.bytes);
  const wheel = openWheel(join(folder, 'w'), filename ?? built.filename);
  try {
    const target = join(folder, 'target');
    const manifest = await wheel.extract(target);
    return { tree: readTree(target), manifest, target, warnings: wheel.warnings };
  } finally {
    wheel.close();
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('base64url');
}

describe('extract', () => {
  it('unpacks the layout of the wheel as it is', async () => {
    const { tree, manifest } = await unpack(DEMO);
    expect(Object.keys(tree)).toEqual([
      'Demo.Pkg-1.0.data/scripts/run',
      'Demo.Pkg-1.0.dist-info/METADATA',
      'Demo.Pkg-1.0.dist-info/RECORD',
      'Demo.Pkg-1.0.dist-info/WHEEL',
      'Demo.Pkg-1.0.dist-info/entry_points.txt',
      'demo/__init__.py',
      'demo/lib.so',
      'demo/tool.sh',
    ]);
    expect(tree['demo/__init__.py']).toBe('644 x = 1\n');
    expect(tree['demo/tool.sh']).toBe('755 #!/bin/sh\n');
    expect(tree['Demo.Pkg-1.0.data/scripts/run']).toBe('755 #!python\nprint(1)\n');
    const { sha256: digest } = buildWheel(DEMO);
    expect(manifest).toMatchObject({
      format: 1,
      filename: 'Demo.Pkg-1.0-py3-none-any.whl',
      sha256: digest,
      name: 'demo-pkg',
      version: '1.0',
      distInfo: 'Demo.Pkg-1.0.dist-info',
      purelib: true,
    });
  });

  it('describes each file, RECORD included', async () => {
    const { tree, manifest } = await unpack(DEMO);
    expect(manifest.files.map((file) => file.path).sort()).toEqual(Object.keys(tree));
    for (const file of manifest.files) {
      const [mode = '', content = ''] = /^(\d+) (.*)$/su.exec(tree[file.path] ?? '')?.slice(1) ?? [];
      expect(file).toEqual({
        path: file.path,
        size: content.length,
        sha256: sha256(content),
        executable: mode === '755',
        native: file.path === 'demo/lib.so',
      });
    }
  });

  it('gives files a time drawn from their content', async () => {
    const { target } = await unpack(DEMO);
    const time = statSync(join(target, 'demo/__init__.py')).mtimeMs / 1000;
    expect(time).toBe(contentTime(sha256('x = 1\n')));
    expect(time).toBeGreaterThan(Date.UTC(2001) / 1000);
    expect(time).toBeLessThan(Date.UTC(2011) / 1000);
  });

  it('streams members above 8 MiB', async () => {
    const big = Buffer.alloc(9_000_000, 'tspm ');
    const { tree, manifest } = await unpack({ ...DEMO, files: { 'demo/big.txt': big } });
    expect(tree['demo/big.txt']?.slice(4) === big.toString('latin1')).toBe(true);
    expect(manifest.files.find((file) => file.path === 'demo/big.txt')?.sha256).toBe(sha256(big.toString('latin1')));
  });

  it('verifies streamed members against RECORD too', async () => {
    const spec: WheelSpec = {
      ...DEMO,
      files: { 'demo/big.txt': Buffer.alloc(9_000_000, 'tspm ') },
      record: (text) => text.replace(/sha256=[^,]*/u, `sha256=${'A'.repeat(43)}`),
    };
    await expect(unpack(spec)).rejects.toMatchObject({
      code: 'TSPM_HASH_MISMATCH',
      message: expect.stringContaining('demo/big.txt'),
    });
  });

  it('leaves out byte code beside its source, and keeps the rest of __pycache__', async () => {
    const { tree, manifest } = await unpack({
      ...DEMO,
      files: {
        'demo/a.py': 'x\n',
        'demo/__pycache__/a.cpython-311.pyc': 'stale',
        'demo/__pycache__/a.cpython-311.opt-1.pyc': 'stale',
        'demo/__pycache__/b.cpython-311.pyc': 'no source',
        'demo/__pycache__/note.txt': 'text',
      },
      scripts: {},
      entryPoints: '',
    });
    const kept = Object.keys(tree).filter((path) => path.startsWith('demo/'));
    expect(kept).toEqual(['demo/__pycache__/b.cpython-311.pyc', 'demo/__pycache__/note.txt', 'demo/a.py']);
    expect(manifest.files.map((file) => file.path)).not.toContain('demo/__pycache__/a.cpython-311.pyc');
  });

  it('verifies the byte code it leaves out', async () => {
    const files = { 'demo/__pycache__/a.cpython-311.pyc': 'stale', 'demo/a.py': 'x\n' };
    const record = (text: string): string => text.replace(/sha256=[^,]*/u, `sha256=${'A'.repeat(43)}`);
    await expect(unpack({ ...DEMO, files, record })).rejects.toMatchObject({ code: 'TSPM_HASH_MISMATCH' });
  });

  it('refuses to write over anything', async () => {
    const folder = scratchFolder();
    const built = buildWheel(DEMO);
    writeFileSync(join(folder, 'w'), built.bytes);
    const wheel = openWheel(join(folder, 'w'), built.filename, built.sha256);
    const target = join(folder, 'target');
    await wheel.extract(target);
    await expect(wheel.extract(target)).rejects.toMatchObject({
      code: 'TSPM_IO',
      message: expect.stringContaining(target),
    });
    wheel.close();
  });
});

describe('what real wheels do is accepted', () => {
  const hex = (text: string): string =>
    text.replaceAll(
      /sha256=([^,]+)/gu,
      (_, digest: string) => `sha256=${Buffer.from(digest, 'base64url').toString('hex')}`,
    );
  const initHash = (algorithm: string): string =>
    `${algorithm}=${createHash(algorithm).update('x = 1\n').digest('base64url')}`;

  it.each<[string, Partial<WheelSpec>, string?]>([
    ['digests in hex', { record: hex }],
    ['a sha384 digest', { record: (text) => text.replace(/sha256=[^,]*/u, initHash('sha384')) }],
    ['a sha512 digest', { record: (text) => text.replace(/sha256=[^,]*/u, initHash('sha512')) }],
    ['RECORD with CRLF', { record: (text) => text.replaceAll('\n', '\r\n') }],
    ['a repeated line in RECORD', { record: (text) => `${text}${text}` }],
    [
      'signatures beside RECORD',
      { members: (members) => [...members, { name: 'Demo.Pkg-1.0.dist-info/RECORD.jws', data: '{}' }] },
    ],
    ['folder entries', { members: (members) => [{ name: 'demo/', data: '', method: 0 }, ...members] }],
    ['Root-Is-Purelib: True', { wheel: 'Wheel-Version: 1.0\nRoot-Is-Purelib: True\n' }],
    [
      'a WHEEL without tags of the file name',
      { wheel: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: cp39-cp39-linux_x86_64\n' },
    ],
    ['a normalised file name', {}, 'demo_pkg-1.0-py3-none-any.whl'],
    ['another spelling of the version', {}, 'demo_pkg-1.0.0-py3-none-any.whl'],
    ['a local version only in the file name', {}, 'demo_pkg-1.0+cu121-py3-none-any.whl'],
    ['METADATA 1.1', { metadata: 'Metadata-Version: 1.1\nName: demo-pkg\nVersion: 1.0\n' }],
    ['a .pth file', { files: { 'demo.pth': 'demo\n' } }],
    ['a sitecustomize below a package', { files: { 'demo/sitecustomize.py': '' } }],
  ])('%s', async (_, spec, filename) => {
    const { manifest } = await unpack({ ...DEMO, files: { 'demo/__init__.py': 'x = 1\n' }, ...spec }, filename);
    expect(manifest).toMatchObject({ name: 'demo-pkg', purelib: true });
  });

  it('but not a local version only in the metadata', async () => {
    const metadata = 'Metadata-Version: 2.1\nName: demo-pkg\nVersion: 1.0+cu121\n';
    await expect(unpack({ ...DEMO, metadata })).rejects.toMatchObject({ code: 'TSPM_WHEEL_METADATA' });
  });

  it('warns of a newer minor version of WHEEL or METADATA', async () => {
    const { warnings } = await unpack({
      ...DEMO,
      wheel: 'Wheel-Version: 1.9\nRoot-Is-Purelib: true\n',
      metadata: 'Metadata-Version: 2.9\nName: demo-pkg\nVersion: 1.0\n',
    });
    expect(warnings).toHaveLength(2);
  });

  it('takes the UTF-8 reading of an unmarked name where RECORD lists it', async () => {
    const unmarked = (spec: Partial<WheelSpec>): WheelSpec => ({
      ...DEMO,
      files: { 'demo/caf\u00e9.py': '' },
      members: (members) => members.map((member) => ({ ...member, name: Buffer.from(member.name) })),
      ...spec,
    });
    expect(Object.keys((await unpack(unmarked({}))).tree)).toContain('demo/caf\u00e9.py');
    const listed = (text: string): string => text.replace('caf\u00e9', 'caf\u251c\u2310');
    expect(Object.keys((await unpack(unmarked({ record: listed }))).tree)).toContain('demo/caf\u251c\u2310.py');
  });
});
