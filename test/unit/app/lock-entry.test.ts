import { describe, expect, it } from 'vitest';
import { filesOfVersion, lockEntry } from '../../../src/app/lock-entry.ts';
import type { Artifact, Listing } from '../../../src/index/model.ts';
import { tryParseWheelFilename } from '../../../src/packaging/filename.ts';
import { ALWAYS } from '../../../src/packaging/marker-set.ts';
import { parseMetadata } from '../../../src/packaging/metadata.ts';
import { parsePythonRange } from '../../../src/packaging/python-range.ts';
import { compareVersions, parseVersion } from '../../../src/packaging/version.ts';
import type { ResolvedPackage } from '../../../src/resolver/model.ts';

function artifact(filename: string, version: string, more: Partial<Artifact> = {}): Artifact {
  const wheel = tryParseWheelFilename(filename);
  return {
    filename,
    url: `https://example.org/${filename}`,
    hashes: {},
    requiresPython: undefined,
    yanked: false,
    size: undefined,
    uploadTime: undefined,
    metadata: 'unknown',
    source: 'main',
    kind: wheel === undefined ? 'sdist' : 'wheel',
    version: parseVersion(version),
    wheel,
    ...more,
  };
}

function resolvedAs(version: string, more: Partial<ResolvedPackage> = {}): ResolvedPackage {
  return {
    key: 'demo',
    extras: [],
    writtenExtras: [],
    release: undefined,
    direct: undefined,
    version: parseVersion(version),
    metadata: parseMetadata(`Metadata-Version: 2.1\nName: Demo\nVersion: ${version}\nSummary: S\n`),
    dependencies: [],
    groups: ['default'],
    needed: ALWAYS,
    wordings: [],
    ...more,
  };
}

const plain = { files: [], direct: undefined, keepsLocal: false };

describe('lockEntry', () => {
  it('has no key for what there is nothing to say of', () => {
    expect(lockEntry(resolvedAs('1.0'), plain)).toEqual({
      name: 'demo',
      version: '1.0',
      summary: 'S',
      groups: ['default'],
      dependencies: [],
      files: [],
    });
  });

  it('leaves the local part out unless a requirement pins it', () => {
    expect(lockEntry(resolvedAs('1.0+cu121'), plain).version).toBe('1.0');
    expect(lockEntry(resolvedAs('1.0+cu121'), { ...plain, keepsLocal: true }).version).toBe('1.0+cu121');
  });

  it('holds the plain package of one with extras to the version it locks', () => {
    const resolved = resolvedAs('1.0+cu121', { extras: ['gpu'], dependencies: ['demo==1.0+cu121', 'cuda==1.0+cu121'] });
    expect(lockEntry(resolved, plain).dependencies).toEqual(['cuda==1.0+cu121', 'demo==1.0']);
  });

  it('tells where a package from an address is from, and pins to that', () => {
    const { metadata, version } = resolvedAs('1.0+cu121');
    const url = 'https://example.org/demo-1.0+cu121-py3-none-any.whl';
    const direct = { version, metadata, url, place: { url }, files: [] };
    const resolved = resolvedAs('1.0+cu121', { extras: ['gpu'], dependencies: ['demo==1.0+cu121'] });
    expect(lockEntry(resolved, { ...plain, direct })).toMatchObject({
      version: '1.0',
      url,
      dependencies: [`demo @ ${url}`],
    });
  });

  it.each([
    ['>=3.8', '>=3.9', '>=3.8'],
    [undefined, '>=3.9', '>=3.9'],
    [undefined, ' 3 ', '>=3,<4'],
    ['', '>=3.9', undefined],
    [undefined, 'python 3', undefined],
    ['>=3.6.*', '>=3.9', '>=3.6'],
    ['>=2.7,!=3.0*', undefined, '!=3.0.*,>=2.7'],
    ['>=3.6<4', undefined, '<4,>=3.6'],
  ])('requires-python of the index %j and of the package %j: %j', (listed, own, expected) => {
    const wheel = artifact('demo-1.0-py3-none-any.whl', '1.0', { requiresPython: listed });
    const release = { version: parseVersion('1.0'), artifacts: [wheel] };
    const metadata = parseMetadata(`Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Python: ${own}\n`);
    expect(lockEntry(resolvedAs('1.0', { release, metadata }), plain).requiresPython).toBe(expected);
  });
});

describe('filesOfVersion', () => {
  const artifacts = [
    artifact('demo-1.0-py3-none-any.whl', '1.0'),
    artifact('demo-1.0.tar.gz', '1.0'),
    artifact('demo-1.0-cp38-cp38-win_amd64.whl', '1.0'),
    artifact('demo-1.0-cp310-cp310-win_amd64.whl', '1.0'),
    artifact('demo-1.0-py2-none-any.whl', '1.0'),
    artifact('demo-1.0+cpu-py3-none-any.whl', '1.0+cpu'),
    artifact('demo-1.0-1-py3-none-any.whl', '1.0', { requiresPython: '<3.9' }),
    artifact('demo-2.0-py3-none-any.whl', '2.0'),
  ];
  const listing: Listing = {
    kind: 'found',
    name: 'demo',
    releases: ['1.0', '1.0+cpu', '2.0'].map((text) => {
      const version = parseVersion(text);
      return { version, artifacts: artifacts.filter((one) => compareVersions(one.version, version) === 0) };
    }),
  };

  const target = { python: parsePythonRange('>=3.9') };

  it('takes the version with its local variants, without files for other Pythons', () => {
    const files = filesOfVersion(listing, resolvedAs('1.0'), { target, isPinnedLocal: false });
    expect(files.map(({ filename }) => filename)).toEqual([
      'demo-1.0-py3-none-any.whl',
      'demo-1.0.tar.gz',
      'demo-1.0-cp310-cp310-win_amd64.whl',
      'demo-1.0+cpu-py3-none-any.whl',
    ]);
  });

  it('takes only the files of the local variant that is pinned', () => {
    const files = filesOfVersion(listing, resolvedAs('1.0+cpu'), { target, isPinnedLocal: true });
    expect(files.map(({ filename }) => filename)).toEqual(['demo-1.0+cpu-py3-none-any.whl']);
  });

  it('says when the package has gone from its sources', () => {
    const absent: Listing = { kind: 'absent', name: 'demo', asked: ['main'] };
    expect(() => filesOfVersion(absent, resolvedAs('1.0'), { target, isPinnedLocal: false })).toThrow(
      /demo is in no source any more/,
    );
  });
});
