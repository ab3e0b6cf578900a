import { describe, expect, it } from 'vitest';
import {
  defaultStrategy,
  preferredVersions,
  reusableCandidates,
  type LockRequest,
} from '../../../src/app/lock-request.ts';
import type { LockedPackage, Lockfile } from '../../../src/lockfile/model.ts';

const old: Lockfile = {
  groups: ['default'],
  strategy: ['cross_platform', 'inherit_metadata', 'static_urls'],
  lockVersion: '4.5.0',
  contentHash: undefined,
  targets: [],
  packages: ['alpha', 'beta'].map((name) => ({ name, version: '1.0', dependencies: [], files: [] })),
};

function request(more: Partial<LockRequest>): LockRequest {
  return { groups: ['default'], old, update: new Set(), strategy: [], ...more };
}

/** The entries that count. */
function lockedIn(more: Partial<LockRequest>): readonly LockedPackage[] {
  return request(more).old?.packages ?? [];
}

describe.each<[string, Partial<LockRequest>, readonly string[], readonly string[]]>([
  ['nothing moves', {}, ['alpha 1.0', 'beta 1.0'], ['alpha', 'beta']],
  ['one package moves', { update: new Set(['alpha']) }, ['beta 1.0'], ['beta']],
  ['everything moves', { update: 'all' }, [], []],
  ['there is no lock', { old: undefined }, [], []],
  ['files are asked for again', { refetch: true }, ['alpha 1.0', 'beta 1.0'], []],
  ['installed versions go first', { installed: new Map([['beta', '0.9']]) }, ['alpha 1.0', 'beta 0.9'], []],
])('when %s', (_, more, preferred, reused) => {
  it('prefers versions accordingly', () => {
    expect([...preferredVersions(request(more), lockedIn(more))].map((pair) => pair.join(' '))).toEqual(preferred);
  });

  it('asks the sources for all but what the lock answers', () => {
    expect([...reusableCandidates(request(more), lockedIn(more)).keys()]).toEqual(reused);
  });
});

it('keeps the flags of the old lock but cross_platform, which newer locks do not name', () => {
  expect(defaultStrategy(old)).toEqual(['inherit_metadata', 'static_urls']);
  expect(defaultStrategy({ ...old, strategy: undefined })).toEqual(['inherit_metadata']);
  expect(defaultStrategy(undefined)).toEqual(['inherit_metadata']);
});
