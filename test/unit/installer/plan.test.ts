import { describe, expect, test } from 'vitest';

import { planSync, type PlanRequest } from '../../../src/installer/plan.ts';
import type { DistributionState } from '../../../src/installer/state.ts';
import type { WantedDistribution } from '../../../src/installer/wanted.ts';
import type { InstalledDistribution } from '../../../src/installer/working-set.ts';
import { formatDirectUrl, type DirectUrl } from '../../../src/packaging/direct-url.ts';

const archive = (url: string, sha256?: string): DirectUrl => {
  return { url, subdirectory: undefined, source: { kind: 'archive', hashes: sha256 === undefined ? {} : { sha256 } } };
};
const folder = (editable: boolean): DirectUrl => {
  return { url: 'file:///src', subdirectory: undefined, source: { kind: 'directory', editable } };
};
const commit = (commitId: string): DirectUrl => {
  const source = { kind: 'vcs', vcs: 'git', commitId, requestedRevision: 'main' } as const;
  return { url: 'https://user:secret@host/repo.git', subdirectory: undefined, source };
};

describe('a wanted distribution that is installed', () => {
  const cases: readonly (readonly [string, boolean, Partial<InstalledDistribution>, Partial<WantedDistribution>])[] = [
    ['same version', false, {}, {}],
    ['same version, other spelling', false, { version: '1.0.0' }, {}],
    ['other version', true, { version: '1.1' }, {}],
    ['installed has a local part, the lock has none', false, { version: '1.0+cu118' }, {}],
    [
      'other local part than the lock',
      true,
      { version: '1.0+cu118' },
      { version: '1.0+cu121', versionIsExactLocal: true },
    ],
    ['local part missing', true, {}, { version: '1.0+cu121', versionIsExactLocal: true }],
    ['same local part', false, { version: '1.0+cu121' }, { version: '1.0+cu121', versionIsExactLocal: true }],
    ['versions that are none', false, { version: 'odd' }, { version: 'odd' }],
    ['damaged', true, { intact: false }, {}],
    ['wheel of an allowed digest', false, { state: stateOf({ sha256: 'aa' }) }, { sha256s: ['bb', 'aa'] }],
    ['wheel of another digest', true, { state: stateOf({ sha256: 'aa' }) }, { sha256s: ['bb'] }],
    ['any digest allowed', false, { state: stateOf({ sha256: 'aa' }) }, {}],
    ['another link method', true, { state: stateOf({ method: 'copy' }) }, {}],
    ['wanted from a URL, installed from an index', true, {}, { directUrl: archive('https://h/a.whl') }],
    [
      'same URL',
      false,
      { directUrl: formatDirectUrl(archive('https://h/a.whl')) },
      { directUrl: archive('https://h/a.whl') },
    ],
    [
      'other URL',
      true,
      { directUrl: formatDirectUrl(archive('https://h/b.whl')) },
      { directUrl: archive('https://h/a.whl') },
    ],
    [
      'same URL, digest no longer allowed',
      true,
      { directUrl: formatDirectUrl(archive('https://h/a.whl', 'aa')) },
      { directUrl: archive('https://h/a.whl'), sha256s: ['bb'] },
    ],
    ['a local folder', true, { directUrl: formatDirectUrl(folder(false)) }, { directUrl: folder(false) }],
    ['editable, wanted from an index', false, { directUrl: formatDirectUrl(folder(true)), version: '9' }, {}],
    [
      'same commit, credentials not recorded',
      false,
      { directUrl: formatDirectUrl(commit('c1')) },
      { directUrl: commit('c1') },
    ],
    ['other commit', true, { directUrl: formatDirectUrl(commit('c1')) }, { directUrl: commit('c2') }],
    ['unreadable direct_url.json', true, { directUrl: '{' }, { directUrl: archive('https://h/a.whl') }],
  ];

  test.each(cases)('%s: updated is %s', (_, updated, installed, wanted) => {
    const plan = planSync(request({ installed: [installedOf(installed)], wanted: [wantedOf(wanted)] }));
    expect(plan.update).toHaveLength(updated ? 1 : 0);
    expect(plan.unchanged).toHaveLength(updated ? 0 : 1);
    expect(plan.keep).toHaveLength(updated ? 0 : 1);
  });

  test('--reinstall updates it whatever it is', () => {
    expect(
      planSync(request({ installed: [installedOf({})], wanted: [wantedOf({})], reinstall: true })).update,
    ).toHaveLength(1);
  });

  test('two installations of one name are both replaced', () => {
    const installed = [installedOf({ distInfo: 'demo-0.9.dist-info', version: '0.9' }), installedOf({})];
    expect(planSync(request({ installed, wanted: [wantedOf({})] })).update).toEqual([
      { wanted: wantedOf({}), installed },
    ]);
  });
});

describe('removals', () => {
  const installed = [installedOf({ key: 'b', name: 'b' }), installedOf({ key: 'a', name: 'a' }), installedOf({})];

  test('named keys go, sorted, unless they are wanted or not installed', () => {
    const plan = planSync(request({ installed, wanted: [wantedOf({})], removals: ['b', 'a', 'demo', 'absent'] }));
    expect(plan.remove.map((item) => item.key)).toEqual(['a', 'b']);
    expect(plan.keep.map((item) => item.key)).toEqual(['demo']);
  });

  test('nothing goes without removals, and new ones are added in order', () => {
    const plan = planSync(request({ installed: [], wanted: [wantedOf({ key: 'z' }), wantedOf({ key: 'y' })] }));
    expect(plan.add.map(({ wanted }) => wanted.key)).toEqual(['y', 'z']);
    expect(planSync(request({ installed, wanted: [] })).keep).toEqual(installed);
  });
});

function request(parts: Partial<PlanRequest>): PlanRequest {
  return { installed: [], wanted: [], method: 'symlink', removals: 'none', reinstall: false, ...parts };
}

function wantedOf(parts: Partial<WantedDistribution>): WantedDistribution {
  return {
    key: 'demo',
    name: 'demo',
    version: '1.0',
    sha256s: [],
    requested: false,
    versionIsExactLocal: false,
    ...parts,
  };
}

function installedOf(parts: Partial<InstalledDistribution>): InstalledDistribution {
  return {
    key: 'demo',
    name: 'demo',
    version: '1.0',
    distInfo: 'demo-1.0.dist-info',
    form: 'wheel',
    intact: true,
    directUrl: undefined,
    requested: false,
    state: undefined,
    ...parts,
  };
}

function stateOf(parts: Partial<DistributionState>): DistributionState {
  return {
    key: 'demo',
    name: 'demo',
    version: '1.0',
    distInfo: 'demo-1.0.dist-info',
    sha256: 'aa',
    method: 'symlink',
    onPath: undefined,
    executable: undefined,
    names: undefined,
    requested: false,
    directUrl: undefined,
    record: { size: 0, mtime: '0', sha256: '' },
    ...parts,
  };
}
