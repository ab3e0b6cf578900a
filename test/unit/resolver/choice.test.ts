import { describe, expect, it } from 'vitest';
import { type Registry, direct, proofIn, runIn, versionsIn } from './registry.ts';

describe('choice of versions', () => {
  it('takes the newest that satisfies every requirement line', async () => {
    const registry = {
      alpha: { '1.0': ['beta>=1', 'beta<2'], '0.9': [] },
      beta: { '1.0': [], '1.5': [], '2.0': [] },
      gamma: { '1.0': [] },
    };
    expect(await versionsIn(registry, ['alpha'])).toEqual({ alpha: '1.0', beta: '1.5' });
  });

  it('backtracks to an older version, in one more attempt', async () => {
    const registry = {
      alpha: { '1.0': [], '2.0': ['core<2'] },
      beta: { '0.9': ['core>=2'], '1.0': ['core>=2'] },
      core: { '1.0': [], '1.1': [], '2.0': [] },
    };
    const { outcome } = await runIn(registry, ['alpha', 'beta']);
    expect(outcome).toMatchObject({ kind: 'solved', stats: { attempts: 2, conflicts: 1 } });
    expect(await versionsIn(registry, ['alpha', 'beta'])).toEqual({ alpha: '1.0', beta: '1.0', core: '2.0' });
  });

  it('orders versions by PEP 440 and admits local versions', async () => {
    const registry = { torch: { '1.9': [], '1.10': [], '1.10+cu118': [], '1.10+cu121': [], '1!0.1': [] } };
    expect(await versionsIn(registry, ['torch<1!0'])).toEqual({ torch: '1.10+cu121' });
    expect(await versionsIn(registry, ['torch==1.10+cu118'])).toEqual({ torch: '1.10+cu118' });
    expect(await versionsIn(registry, ['torch'])).toEqual({ torch: '1!0.1' });
    expect(await versionsIn(registry, ['torch===1.9'])).toEqual({ torch: '1.9' });
  });

  it('tries the locked version first and gives it up without a fuss', async () => {
    const registry = { alpha: { '1.0': [], '2.0': [], '3.0': [] }, beta: { '1.0': ['alpha>=2'] } };
    expect(await versionsIn(registry, ['alpha'], { preferences: { alpha: '2.0' } })).toEqual({ alpha: '2.0' });
    const kept = await versionsIn(registry, ['beta', 'alpha'], { preferences: { alpha: '1.0' } });
    expect(kept).toEqual({ alpha: '3.0', beta: '1.0' });
  });

  it('takes the lowest version of what the project names when asked to', async () => {
    const registry = { alpha: { '1.0': ['beta>=1'], '2.0': ['beta>=1'] }, beta: { '1.0': [], '2.0': [] } };
    expect(await versionsIn(registry, ['alpha>=1'], { minimalDirect: true })).toEqual({ alpha: '1.0', beta: '2.0' });
  });

  it('replaces every requirement on a name by its override', async () => {
    const registry = { alpha: { '1.0': ['core>=2'] }, core: { '1.0': { python: '>=3.12' }, '2.0': [] } };
    expect(await versionsIn(registry, ['alpha', 'core>1'], { overrides: { core: '==1.0' } })).toEqual({
      alpha: '1.0',
      core: '1.0',
    });
  });

  it('drops requirements of packages on excluded names, not those of the project', async () => {
    const registry = {
      alpha: { '1.0': ['core>=2', 'core[fast]'] },
      core: { '1.0': ['x; extra == "fast"'] },
      x: { '1': [] },
    };
    expect(await versionsIn(registry, ['alpha'], { excludes: ['core', 'core[fast]'] })).toEqual({ alpha: '1.0' });
    expect(await versionsIn(registry, ['alpha', 'core'], { excludes: ['core', 'core[fast]'] })).toEqual({
      alpha: '1.0',
      core: '1.0',
    });
    expect(await versionsIn(registry, ['alpha'], { excludes: ['core'] })).toHaveProperty('core');
  });

  it('takes the one candidate of a direct reference, whose version others judge', async () => {
    const url = 'https://files.example/beta-1.0.whl';
    const options = { direct: new Map([['beta', direct('beta', '1.0', { url, requires: ['gamma'] })]]) };
    const registry = { alpha: { '1.0': ['beta>=1'], '2.0': ['beta>=2'] }, gamma: { '3.0': [] } };
    expect(await versionsIn(registry, [`beta @ ${url}`, 'alpha'], options)).toEqual({
      alpha: '1.0',
      beta: '1.0',
      gamma: '3.0',
    });
  });

  it('accepts the reference of a package when the project gives the same one', async () => {
    const url = 'https://files.example/beta-1.0.whl';
    const options = { direct: new Map([['beta', direct('beta', '1.0', { url })]]) };
    const registry = { alpha: { '1.0': [`beta @ https://user:secret@files.example/beta-1.0.whl#sha256=0`] } };
    expect(await versionsIn(registry, ['alpha', `beta @ ${url}`], options)).toEqual({ alpha: '1.0', beta: '1.0' });
    const other = { alpha: { '1.0': ['beta @ https://elsewhere.example/beta-1.0.whl'] } };
    expect(await proofIn(other, ['alpha', `beta @ ${url}`], options)).toMatchInlineSnapshot(
      `"Because your project depends on alpha and alpha 1.0 depends on beta @ https://elsewhere.example/beta-1.0.whl while it comes from https://files.example/beta-1.0.whl, resolution failed."`,
    );
  });

  it('ignores a requirement on the project itself, which no index has', async () => {
    const registry = { plugin: { '1.0': ['My_Project>=5', 'core'] }, core: { '1.0': [] } };
    expect(await versionsIn(registry, ['plugin'], { projectName: 'my-project' })).toEqual({
      plugin: '1.0',
      core: '1.0',
    });
  });

  it('gives the groups of an own extra to the group that names it', async () => {
    const registry = { core: { '1.0': [] } };
    const { outcome } = await runIn(registry, { web: ['core'], all: ['demo[web]'] }, { projectName: 'demo' });
    expect(outcome.kind === 'solved' && outcome.packages.map(({ key, groups }) => [key, groups])).toEqual([
      ['core', ['all', 'web']],
    ]);
  });

  it('drops a requirement on itself that holds and rules out a version for one that does not', async () => {
    const registry = { alpha: { '1.0': ['alpha>=1'], '2.0': ['alpha<2'] } };
    expect(await versionsIn(registry, ['alpha'])).toEqual({ alpha: '1.0' });
    expect(await proofIn(registry, ['alpha>1'])).toMatchInlineSnapshot(
      `"Because your project depends on alpha>1 and alpha 2.0 depends on alpha<2, another version of itself, resolution failed."`,
    );
  });

  it('follows circles of dependencies', async () => {
    const registry = { alpha: { '1.0': ['beta'] }, beta: { '1.0': ['gamma'] }, gamma: { '1.0': ['alpha'] } };
    expect(await versionsIn(registry, ['alpha'])).toEqual({ alpha: '1.0', beta: '1.0', gamma: '1.0' });
  });
});

describe('pre-releases', () => {
  const registry = {
    beta: { '1.0': [], '2.0b1': [], '2.0rc1': [] },
    alpha: { '1.0': ['beta>=2.0b1'] },
    only: { '0.1a1': [], '0.1a2': [] },
  };

  it.each([
    ['are passed over for a final one', ['beta'], {}, { beta: '1.0' }],
    ['are taken when nothing else fits', ['beta>1.0'], {}, { beta: '2.0rc1' }],
    ['are taken when there is nothing else at all', ['only'], {}, { only: '0.1a2' }],
    ['are asked for by a specifier that names one', ['beta>=1.0b1'], {}, { beta: '2.0rc1' }],
    ['are not asked for by an exclusion', ['beta!=2.0b1'], {}, { beta: '1.0' }],
    [
      'are taken from another package when its range holds nothing else',
      ['alpha'],
      {},
      { alpha: '1.0', beta: '2.0rc1' },
    ],
    ['are taken when the setting allows them', ['beta'], { allowPrereleases: true }, { beta: '2.0rc1' }],
    ['can be pinned whatever the setting', ['beta==2.0b1'], { allowPrereleases: false }, { beta: '2.0b1' }],
    [
      'are taken when the requirement says so',
      ['beta'],
      { allowPrereleases: false, rootPrereleases: true },
      { beta: '2.0rc1' },
    ],
    [
      'are not taken when the requirement refuses them',
      ['beta'],
      { allowPrereleases: true, rootPrereleases: false },
      { beta: '1.0' },
    ],
    ['stay when the lock has one', ['beta'], { preferences: { beta: '2.0b1' } }, { beta: '2.0b1' }],
  ] as const)('%s', async (_, roots, options, expected) => {
    expect(await versionsIn(registry, roots, options)).toEqual(expected);
  });

  it('are no way out when the setting forbids them', async () => {
    expect(await proofIn(registry, ['beta>1.0'], { allowPrereleases: false })).toMatchInlineSnapshot(
      `"Because your project depends on beta>1.0 and beta >=2.0b1 is a pre-release and pre-releases are disabled, resolution failed."`,
    );
  });
});

describe('withdrawn versions', () => {
  const registry = {
    beta: { '1.0': [], '1.5': { yanked: 'broken' }, '2.0': [], '2.1': { yanked: '' } },
    alpha: { '1.0': ['beta==2.1'] },
  };

  it.each([
    ['are passed over', ['beta'], {}, { beta: '2.0' }],
    ['are taken when the project pins them', ['beta==1.5'], {}, { beta: '1.5' }],
    ['are not pinned by a prefix', ['beta<2,>=1'], {}, { beta: '1.0' }],
    ['are taken when a package pins them', ['alpha'], {}, { alpha: '1.0', beta: '2.1' }],
    ['stay when the lock has one', ['beta'], { preferences: { beta: '2.1' } }, { beta: '2.1' }],
    ['are taken when an override pins them', ['beta'], { overrides: { beta: '==1.5' } }, { beta: '1.5' }],
  ] as const)('%s', async (_, roots, options, expected) => {
    expect(await versionsIn(registry, roots, options)).toEqual(expected);
  });

  it('are pointed out when they are taken', async () => {
    const { events } = await runIn(registry, ['beta==1.5']);
    expect(events).toContainEqual({
      kind: 'note',
      level: 'warning',
      message: 'beta 1.5 was withdrawn from its index: broken',
    });
  });
});

describe('requires-python', () => {
  const registry = {
    beta: { '1.0': [], '2.0': { python: '>=3.8,<4.0' }, '3.0': { python: '>=3.11' } },
    capped: { '1.0': { python: '>=3.8' }, '2.0': { python: '>=3.8,<3.13' } },
    late: { '1.0': {}, '2.0': { metadataPython: '>=3.12' } },
  };

  it('must cover the whole target, an upper end of 4.0 counting as none', async () => {
    expect(await versionsIn(registry, ['beta'])).toEqual({ beta: '2.0' });
    expect(await versionsIn(registry, ['beta'], { python: '>=3.11,<3.13' })).toEqual({ beta: '3.0' });
  });

  it('counts an upper end as written', async () => {
    expect(await versionsIn(registry, ['capped'])).toEqual({ capped: '1.0' });
    expect(await versionsIn(registry, ['capped'], { python: '>=3.9,<3.13' })).toEqual({ capped: '2.0' });
  });

  it('needs to cover only the interpreters the requirement applies to', async () => {
    expect(await versionsIn(registry, ["beta; python_version >= '3.11'"])).toEqual({ beta: '3.0' });
    expect(await versionsIn(registry, ["beta; python_version >= '3.10'"])).toEqual({ beta: '2.0' });
  });

  it('is taken from the metadata when the index does not say', async () => {
    expect(await versionsIn(registry, ['late'])).toEqual({ late: '1.0' });
    expect(await proofIn(registry, ['late>1'])).toMatchInlineSnapshot(
      `"Because your project depends on late>1 and late 2.0 needs Python >=3.12 while the lock target is Python >=3.9, resolution failed."`,
    );
  });

  it('is noted once for each package with a newer version that was passed over', async () => {
    const { events } = await runIn(registry, ['beta', 'late', 'beta>=1']);
    expect(events.filter(({ kind }) => kind === 'note')).toEqual([
      {
        kind: 'note',
        level: 'warning',
        message: 'skipping beta 3.0 because it requires Python >=3.11 but the lock target is Python >=3.9',
      },
    ]);
  });
});

describe('extras in the markers of the project itself', () => {
  it('never hold', async () => {
    expect(await versionsIn({ alpha: { '1.0': [] } }, ['alpha; extra == "x"'])).toEqual({});
  });
});

describe('artifacts', () => {
  const registry: Registry = {
    beta: {
      '1.0': [],
      '2.0': { wheels: ['cp311-cp311-manylinux_2_17_x86_64', 'cp312-cp312-win_amd64'], archive: 'dynamic' },
      '3.0': { wheels: [], archive: 'static' },
    },
  };

  it('count whether wheels or a source archive', async () => {
    expect(await versionsIn(registry, ['beta'], { python: '>=3.11' })).toEqual({ beta: '3.0' });
    expect(await versionsIn(registry, ['beta<3'], { python: '>=3.11' })).toEqual({ beta: '2.0' });
    expect(await versionsIn(registry, ['beta<3'], { python: '==3.10.*' })).toEqual({ beta: '1.0' });
    expect(await versionsIn(registry, ['beta<3'], { python: '==3.11.*', platform: 'windows' })).toEqual({
      beta: '1.0',
    });
  });

  it('are handed on without those that do not fit', async () => {
    const { outcome } = await runIn(registry, ['beta<3'], { python: '==3.11.*', platform: 'manylinux_2_17_x86_64' });
    expect(
      outcome.kind === 'solved' && outcome.packages[0]?.release?.artifacts.map(({ filename }) => filename),
    ).toEqual(['beta-2.0-cp311-cp311-manylinux_2_17_x86_64.whl', 'beta-2.0.tar.gz']);
  });
});
