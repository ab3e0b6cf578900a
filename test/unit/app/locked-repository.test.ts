import { describe, expect, it } from 'vitest';
import { lockedRepository, type LockedCandidate } from '../../../src/app/locked-repository.ts';
import type { LockedPackage } from '../../../src/lockfile/model.ts';
import { parseRequirement } from '../../../src/packaging/requirement.ts';

const entry = (name: string, more: Partial<LockedPackage> = {}): LockedPackage => ({
  name,
  version: '1.0',
  dependencies: [],
  files: [{ file: `${name}-1.0-py3-none-any.whl`, hash: 'sha256:00' }],
  ...more,
});

function candidate(...entries: readonly LockedPackage[]): LockedCandidate | undefined {
  return lockedRepository(entries).get('web');
}

describe('lockedRepository', () => {
  it('lists the locked version alone, with the files whose names can be read', () => {
    const files = ['web-1.0-py3-none-any.whl', 'web-1.0.tar.gz', 'web.exe'].map((file) => ({ file, hash: '' }));
    const found = candidate(entry('web', { files, requiresPython: '>=3.9', summary: 'S' }));
    expect(found?.listing.kind === 'found' && found.listing.releases).toMatchObject([
      {
        version: { text: '1.0' },
        artifacts: [
          { filename: 'web-1.0-py3-none-any.whl', kind: 'wheel', requiresPython: '>=3.9', source: 'lock' },
          { filename: 'web-1.0.tar.gz', kind: 'sdist', wheel: undefined },
        ],
      },
    ]);
    expect(found?.metadata).toMatchObject({ name: 'web', version: '1.0', summary: 'S', requiresPython: '>=3.9' });
  });

  it('puts the extra marker back, around markers and behind addresses', () => {
    const found = candidate(
      entry('web', { dependencies: ['base>=1'] }),
      entry('web', {
        extras: ['fast'],
        dependencies: [
          'web==1.0',
          'plain<2',
          'choice; python_version < "3.11" or os_name == "nt"',
          'placed @ https://example.org/placed-1-py3-none-any.whl',
        ],
      }),
    );
    expect(found?.metadata.providesExtra).toEqual(['fast']);
    expect(found?.extras).toEqual(new Set(['fast']));
    const lines = found?.metadata.requiresDist ?? [];
    expect(lines[0]).toBe('base>=1');
    const holds = (os: string, python: string, extra: string) =>
      lines
        .map((line) => parseRequirement(line))
        .filter(({ marker }) => marker?.evaluate({ os_name: os, python_version: python }, { extra }) !== false)
        .map(({ key }) => key);
    expect(holds('posix', '3.12', '')).toEqual(['base']);
    expect(holds('nt', '3.10', '')).toEqual(['base']);
    expect(holds('nt', '3.12', 'fast')).toEqual(['base', 'plain', 'choice', 'placed']);
    expect(holds('posix', '3.12', 'fast')).toEqual(['base', 'plain', 'placed']);
  });

  it.each<[string, readonly LockedPackage[]]>([
    ['an address', [entry('web', { url: 'https://x/web-1.0-py3-none-any.whl' })]],
    ['a path', [entry('web', { path: './web' })]],
    ['a checkout', [entry('web', { vcs: { kind: 'git', url: 'https://x/web.git' } })]],
    ['two versions', [entry('web'), entry('web', { version: '2.0' })]],
    ['an extra in another version', [entry('web'), entry('web', { version: '2.0', extras: ['fast'] })]],
    ['entries that mix two extras', [entry('web'), entry('web', { extras: ['fast', 'tls'] })]],
    ['an extra without the plain entry', [entry('web', { extras: ['fast'] })]],
    [
      'an extra that another entry asks for and no entry has',
      [
        entry('web'),
        entry('user', { url: 'https://x/u.whl', dependencies: ['-e git+https://x#egg=b[c]', 'web[fast]>=1'] }),
      ],
    ],
    ['a requirement nobody can read', [entry('web', { dependencies: ['jinja2[i18n]>=>3'] })]],
    ['a version nobody can read', [entry('web', { version: 'newest' })]],
  ])('leaves out a package with %s, and no other', (_, entries) => {
    const repository = lockedRepository([...entries, entry('other')]);
    expect([...repository.keys()]).toEqual(['other']);
  });
});
