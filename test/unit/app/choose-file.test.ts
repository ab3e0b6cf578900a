import { describe, expect, it } from 'vitest';
import { chooseFile, hashOf, tagRanks } from '../../../src/app/choose-file.ts';
import { lockedFilename } from '../../../src/lockfile/model.ts';
import type { LockedFile, LockedPackage } from '../../../src/lockfile/model.ts';

const interpreter = { implementation: 'cpython', versionText: '3.11.7' };
const ranks = tagRanks([
  'cp311-cp311-manylinux_2_28_x86_64',
  'cp311-cp311-manylinux_2_17_x86_64',
  'cp311-abi3-manylinux_2_17_x86_64',
  'py3-none-any',
]);
const digest = (letter: string) => letter.repeat(64);

function locked(files: readonly LockedFile[], version = '1.0'): LockedPackage {
  return { name: 'demo', version, dependencies: [], files };
}

function chosen(...names: readonly string[]): string {
  const files = names.map((file) => ({ file, hash: `sha256:${digest('a')}` }));
  return chooseFile(locked(files), ranks, interpreter).filename;
}

describe('chooseFile', () => {
  it('takes the best tag, whatever the order of the lock', () => {
    const any = 'demo-1.0-py3-none-any.whl';
    const old = 'demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl';
    const recent = 'demo-1.0-cp311-cp311-manylinux_2_28_x86_64.whl';
    expect(chosen(any, old, recent)).toBe(recent);
    expect(chosen(recent, any, old)).toBe(recent);
    expect(chosen(any, 'demo-1.0-cp39-abi3-manylinux_2_17_x86_64.whl')).toBe(any);
  });

  it('ranks a compressed set of tags by its best one', () => {
    const both = 'demo-1.0-cp311-cp311-manylinux_2_5_x86_64.manylinux_2_28_x86_64.whl';
    expect(chosen('demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl', both)).toBe(both);
  });

  it('lets the highest local version win over the tag', () => {
    const local = 'demo-1.0+cu121-py3-none-any.whl';
    expect(chosen('demo-1.0-cp311-cp311-manylinux_2_28_x86_64.whl', local)).toBe(local);
  });

  it('takes the local version that is locked, whatever others the lock lists', () => {
    const files = ['demo-1.0+cpu-py3-none-any.whl', 'demo-1.0+cu121-1-py3-none-any.whl', 'demo-1.0-py3-none-any.whl'];
    const pinned = locked(
      files.map((file) => ({ file, hash: `sha256:${digest('a')}` })),
      '1.0+cpu',
    );
    expect(chooseFile(pinned, ranks, interpreter).filename).toBe(files[0]);
  });

  it('compares build numbers as numbers, any of them above none', () => {
    const tenth = 'demo-1.0-10-py3-none-any.whl';
    expect(chosen('demo-1.0-py3-none-any.whl', 'demo-1.0-9-py3-none-any.whl', tenth)).toBe(tenth);
  });

  it('never takes a file without a strong digest, nor a source archive', () => {
    const weak = { file: 'demo-1.0-cp311-cp311-manylinux_2_28_x86_64.whl', hash: `md5:${'a'.repeat(32)}` };
    const strong = { file: 'demo-1.0-py3-none-any.whl', hash: `sha384:${'b'.repeat(96)}` };
    const sdist = { file: 'demo-1.0.tar.gz', hash: `sha256:${digest('c')}` };
    expect(chooseFile(locked([weak, sdist, strong]), ranks, interpreter)).toEqual({
      kind: 'wheel',
      filename: 'demo-1.0-py3-none-any.whl',
      hashes: { sha384: 'b'.repeat(96) },
      url: undefined,
      path: undefined,
      size: undefined,
    });
  });

  it('refuses every wheel where no-binary leaves archives alone', () => {
    const files = [{ file: 'demo-1.0-py3-none-any.whl', hash: `sha256:${digest('a')}` }];
    expect(() => chooseFile(locked(files), ranks, interpreter, 'archives')).toThrow(
      'no-binary rules the wheels of demo 1.0 out, and the lock has no source archive of it',
    );
    expect(chooseFile(locked(files), ranks, interpreter, 'wheels').filename).toBe('demo-1.0-py3-none-any.whl');
  });

  it('names the tags there are when none fits', () => {
    expect(() => chosen('demo-1.0-cp312-cp312-win_amd64.whl', 'demo-1.0-cp310-cp310-win_amd64.whl')).toThrow(
      /no wheel of demo 1\.0 fits cpython 3\.11\.7: it has cp310-cp310-win_amd64, cp312-cp312-win_amd64; wanted cp311-cp311-manylinux_2_28_x86_64/,
    );
  });

  it('takes an archive where no wheel fits, and where no-binary leaves nothing else', () => {
    const archives = ['demo-1.0.zip', 'demo-1.0.tar.gz', 'demo-1.0-cp312-cp312-win_amd64.whl'];
    const files = archives.map((file) => ({ file, hash: `sha256:${digest('a')}` }));
    const found = chooseFile(locked(files), ranks, interpreter);
    expect([found.kind, found.filename]).toEqual(['archive', 'demo-1.0.tar.gz']);
    const wheel = { file: 'demo-1.0-py3-none-any.whl', hash: `sha256:${digest('b')}` };
    expect(chooseFile(locked([...files, wheel]), ranks, interpreter).kind).toBe('wheel');
    expect(chooseFile(locked([...files, wheel]), ranks, interpreter, 'archives').kind).toBe('archive');
  });

  it('tells a source archive alone from no files at all', () => {
    const archive = { file: 'demo-1.0.tar.gz', hash: `sha256:${digest('a')}` };
    expect(() => chooseFile(locked([archive]), ranks, interpreter, 'wheels')).toThrow(
      /only published as a source archive, which only-binary rules out/,
    );
    expect(() => chosen('demo-1.0.tar.lz')).toThrow(/only published as demo-1.0.tar.lz, which cannot be installed/);
    expect(() => chosen()).toThrow(/has no files in the lock/);
  });
});

describe('lockedFilename', () => {
  it.each([
    [{ file: 'a-1.whl', url: 'https://x/b-1.whl' }, 'a-1.whl'],
    [{ url: 'https://x/y/a-1%2Bcpu-py3-none-any.whl?token=1#sha256=0' }, 'a-1+cpu-py3-none-any.whl'],
    [{ url: 'https://x/a-1%252B.whl' }, 'a-1%2B.whl'],
    [{ url: 'https://x/a-%zz.whl' }, 'a-%zz.whl'],
  ])('%j', (file, name) => {
    expect(lockedFilename({ ...file, hash: '' })).toBe(name);
  });
});

it('reads a hash without algorithm as sha256', () => {
  expect(hashOf({ hash: digest('a') })).toEqual({ sha256: digest('a') });
  expect(hashOf({ hash: 'sha512:ff' })).toEqual({ sha512: 'ff' });
});
