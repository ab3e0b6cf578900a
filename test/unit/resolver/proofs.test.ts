import { describe, expect, it } from 'vitest';
import { direct, proofIn, runIn } from './registry.ts';

describe('proofs in words', () => {
  it('two requirements of the project', async () => {
    expect(await proofIn({ alpha: { '1.0': [], '2.0': [] } }, ['alpha>=2', 'alpha<2'])).toMatchInlineSnapshot(
      `"Because your project depends on both alpha>=2 and alpha<2, resolution failed."`,
    );
  });

  it('a version that does not exist', async () => {
    expect(await proofIn({ alpha: { '1.0': [], '3.4.1': [], '4.0a1': [] } }, ['alpha >= 9'])).toMatchInlineSnapshot(
      `"Because no version of alpha matches >=9 (newest is 3.4.1) and your project depends on alpha >= 9, resolution failed."`,
    );
  });

  it('an unknown package', async () => {
    expect(await proofIn({}, ['alpa'])).toMatchInlineSnapshot(
      `"Because alpa was not found in any source (pypi) and your project depends on alpa, resolution failed."`,
    );
  });

  it('an unknown package that another one needs', async () => {
    const registry = { beta: { '1.0': ['gamma'], '1.1': ['gamma'] } };
    expect(await proofIn(registry, ['beta'])).toMatchInlineSnapshot(`
      "Because gamma was not found in any source (pypi) and every version of beta depends on gamma, beta cannot be used.
      So, because your project depends on beta, resolution failed."
    `);
  });

  it('a chain', async () => {
    const registry = {
      beta: { '2.0': [], '2.1': ['gamma>=4'] },
      gamma: { '3.0': [], '4.0': ['delta<1'] },
      delta: { '0.5': [], '0.6': [], '1.5': [] },
    };
    expect(await proofIn(registry, ['beta==2.1', 'delta>=1.5'])).toMatchInlineSnapshot(`
      "Because beta 2.1 depends on gamma>=4 which depends on delta<1, beta 2.1 requires delta <1.5.
      So, because your project depends on both beta==2.1 and delta>=1.5, resolution failed."
    `);
  });

  it('runs of versions', async () => {
    const registry = {
      beta: { '1.0': ['gamma<2'], '1.1': ['gamma<2'], '2.0': ['gamma>=4'], '2.1': ['gamma>=4'] },
      gamma: { '1.0': [], '3.0': [], '4.0': [] },
    };
    expect(await proofIn(registry, ['beta', 'gamma>=2,<4'])).toMatchInlineSnapshot(`
      "Because beta >=2.0 depends on gamma>=4 and beta <2.0 depends on gamma<2, every version of beta requires gamma 1.0 or 4.0.
      So, because your project depends on both beta and gamma>=2,<4, resolution failed."
    `);
  });

  it('two branches', async () => {
    const registry = {
      beta: { '1.0': ['left', 'right<2'], '2.0': ['left', 'right>=2'] },
      left: { '1.0': ['core<2'] },
      right: { '1.0': ['core>=2'], '2.0': ['delta>=2'] },
      core: { '1.0': [], '2.0': [] },
      delta: { '1.0': [], '2.0': ['core>=2'] },
    };
    expect(await proofIn(registry, ['beta'])).toMatchInlineSnapshot(`
      "Because beta 2.0 depends on right>=2 which depends on delta>=2, beta 2.0 requires delta 2.0.
      And because beta 1.0 depends on right<2 which depends on core>=2, every version of beta requires delta 2.0 or core 2.0.
      And because left 1.0 depends on core<2 and delta 2.0 depends on core>=2, beta and left 1.0 are incompatible.
      So, because your project depends on beta which depends on left, resolution failed."
    `);
  });

  it('a diamond', async () => {
    const registry = {
      alpha: { '1.0': ['core==1.0'] },
      beta: { '1.0': ['core==2.0'] },
      core: { '1.0': [], '2.0': [] },
    };
    expect(await proofIn(registry, ['alpha', 'beta'])).toMatchInlineSnapshot(`
      "Because alpha 1.0 depends on core==1.0 and beta 1.0 depends on core==2.0, alpha 1.0 and beta 1.0 are incompatible.
      So, because your project depends on both alpha and beta, resolution failed."
    `);
  });

  it('requires-python of every version', async () => {
    const registry = { beta: { '1.0': { python: '>=3.10' }, '2.0': { python: '>=3.10' } } };
    expect(await proofIn(registry, ['beta'])).toBe(
      'Because your project depends on beta and every version of beta needs Python >=3.10 while the lock target is Python >=3.9, resolution failed.',
    );
  });

  it('requires-python of the newer versions', async () => {
    const registry = { beta: { '1.0': [], '2.0': [], '3.0': { python: '>=3.11' } }, gamma: { '1.0': ['beta>2'] } };
    expect(await proofIn(registry, ['beta', 'gamma'])).toMatchInlineSnapshot(`
      "Because your project depends on gamma which depends on beta>2, your project requires beta 3.0.
      So, because beta 3.0 needs Python >=3.11 while the lock target is Python >=3.9, resolution failed."
    `);
  });

  it('no wheel for the interpreter', async () => {
    const wheels = ['cp311-cp311-manylinux_2_17_x86_64', 'cp312-cp312-manylinux_2_17_x86_64'];
    expect(await proofIn({ beta: { '1.4': { wheels } } }, ['beta'], { python: '==3.9.*' })).toMatchInlineSnapshot(
      `"Because your project depends on beta and beta 1.4 only has wheels for cp311-cp311 and cp312-cp312 while the lock target is Python ==3.9.*, resolution failed."`,
    );
  });

  it('no wheel for the platform', async () => {
    const wheels = ['cp311-cp311-win_amd64', 'cp312-cp312-macosx_11_0_arm64'];
    const platform = 'manylinux_2_17_x86_64';
    expect(await proofIn({ beta: { '1.4': { wheels } } }, ['beta'], { platform })).toMatchInlineSnapshot(
      `"Because your project depends on beta and beta 1.4 only has wheels for macosx_11_0_arm64 and win_amd64 while the lock target is manylinux_2_17_x86_64, resolution failed."`,
    );
  });

  it('source archives alone', async () => {
    expect(await proofIn({ beta: { '0.9': { wheels: [] } } }, ['beta'])).toMatchInlineSnapshot(
      `"Because your project depends on beta and beta 0.9 has to be built to learn its requirements, which tspm cannot do yet, resolution failed."`,
    );
  });

  it('withdrawn versions alone', async () => {
    const yanked = 'broken metadata';
    const registry = { beta: { '1.0': [], '2.0': { yanked }, '2.1': { yanked } } };
    expect(await proofIn(registry, ['beta>=2,<3'])).toMatchInlineSnapshot(
      `"Because your project depends on beta>=2,<3 and beta >=2.0 was withdrawn ("broken metadata") and is only chosen when pinned with ==, resolution failed."`,
    );
  });

  it('pre-releases alone, which are disabled', async () => {
    const registry = { beta: { '1.0': [], '2.0b1': [], '2.0rc1': [] } };
    expect(await proofIn(registry, ['beta>1'], { allowPrereleases: false })).toMatchInlineSnapshot(
      `"Because your project depends on beta>1 and beta >=2.0b1 is a pre-release and pre-releases are disabled, resolution failed."`,
    );
  });

  it('an extra', async () => {
    const registry = { beta: { '1.2': ['cuda-rt>=12; extra == "gpu"'] }, 'cuda-rt': { '11': [], '12': [] } };
    expect(await proofIn(registry, ['beta[gpu]', 'cuda-rt<12'])).toMatchInlineSnapshot(`
      "Because your project depends on cuda-rt<12 and beta[gpu] 1.2 depends on cuda-rt>=12, beta[gpu] 1.2 cannot be used.
      So, because your project depends on beta[gpu], resolution failed."
    `);
  });

  it('an extra that another package asks for', async () => {
    const registry = {
      alpha: { '1.0': ['beta[gpu]'] },
      beta: { '1.2': ['cuda-rt>=12; extra == "gpu"'] },
      'cuda-rt': { '11': [], '12': [] },
    };
    expect(await proofIn(registry, ['alpha', 'cuda-rt<12', 'beta==1.2'])).toMatchInlineSnapshot(`
      "Because alpha 1.0 depends on beta[gpu] and beta[gpu] 1.2 depends on cuda-rt>=12, alpha 1.0 with beta 1.2 requires cuda-rt 12.
      And because your project depends on alpha, beta 1.2 requires cuda-rt 12.
      So, because your project depends on both cuda-rt<12 and beta==1.2, resolution failed."
    `);
  });

  it('a reference in the metadata of an index', async () => {
    const registry = { alpha: { '3.0': ['beta @ https://user:secret@x.example/beta.whl'] } };
    expect(await proofIn(registry, ['alpha'])).toMatchInlineSnapshot(
      `"Because your project depends on alpha and alpha 3.0 depends on beta @ https://x.example/beta.whl, which only direct requirements may do, resolution failed."`,
    );
  });

  it('a direct reference that is too old', async () => {
    const url = 'https://x.example/beta-1.0.whl';
    const options = { direct: new Map([['beta', direct('beta', '1.0', { url })]]) };
    const registry = { alpha: { '3.0': ['beta>=2'] } };
    expect(await proofIn(registry, ['alpha', `beta @ ${url}`], options)).toMatchInlineSnapshot(`
      "Because beta from https://x.example/beta-1.0.whl has version 1.0 and alpha 3.0 depends on beta>=2, alpha 3.0 cannot be used.
      So, because your project depends on alpha, resolution failed."
    `);
  });

  it('an override', async () => {
    const registry = {
      alpha: { '3.0': ['beta>=2'] },
      beta: { '1.0': ['gamma>=2'], '2.0': [] },
      gamma: { '1.0': [], '2.0': [] },
    };
    expect(await proofIn(registry, ['alpha', 'gamma<2'], { overrides: { beta: '==1.0' } })).toMatchInlineSnapshot(`
      "Because alpha 3.0 depends on beta>=2 (replaced by the override beta==1.0) which depends on gamma>=2, alpha 3.0 requires gamma 2.0.
      So, because your project depends on both alpha and gamma<2, resolution failed."
    `);
    expect(await proofIn(registry, ['alpha'], { overrides: { beta: '>=9' } })).toMatchInlineSnapshot(`
      "Because no version of beta matches the override >=9 (newest is 2.0) and alpha 3.0 depends on beta>=2 (replaced by the override beta>=9), alpha 3.0 cannot be used.
      So, because your project depends on alpha, resolution failed."
    `);
  });

  it('a requirement that nothing can meet', async () => {
    expect(await proofIn({ alpha: { '3.0': ['beta>2,<1'] }, beta: { '1.0': [] } }, ['alpha'])).toMatchInlineSnapshot(
      `"Because your project depends on alpha and alpha 3.0 depends on beta>2,<1, which no version can satisfy, resolution failed."`,
    );
  });

  it('metadata that nobody can read', async () => {
    expect(await proofIn({ beta: { '1.1': ['%%%'] } }, ['beta'])).toMatchInlineSnapshot(
      `"Because your project depends on beta and beta 1.1 has metadata that cannot be read (requirement "%%%" must start with a name), resolution failed."`,
    );
    expect(await proofIn({ beta: { '1.1': { broken: 'METADATA is missing' } } }, ['beta'])).toMatchInlineSnapshot(
      `"Because your project depends on beta and beta 1.1 cannot be used (METADATA is missing), resolution failed."`,
    );
  });

  it('groups', async () => {
    const roots = { dev: ['core<2'], gpu: ['core>=2'] };
    expect(await proofIn({ core: { '1.0': [], '2.0': [] } }, roots)).toMatchInlineSnapshot(
      `"Because group "dev" depends on core<2 and group "gpu" depends on core>=2, the groups cannot be locked together."`,
    );
  });

  it('requirements for different interpreters, which one target cannot hold', async () => {
    const roots = ["core<2; python_version < '3.11'", "core>=2; python_version >= '3.11'"];
    expect(await proofIn({ core: { '1.0': [], '2.0': [] } }, roots)).toBe(
      `Because your project depends on both core<2; python_version < '3.11' and core>=2; python_version >= '3.11', resolution failed.`,
    );
  });

  it('many kinds of wheels, none of which fits', async () => {
    const versions = ['cp27', 'cp35', 'cp36', 'cp37', 'cp38'].map((tag, i) => [
      `1.${i}`,
      { wheels: [`${tag}-${tag}m-win32`] },
    ]);
    expect(await proofIn({ beta: Object.fromEntries(versions) }, ['beta<2'])).toMatchInlineSnapshot(
      `"Because your project depends on beta<2 and beta cannot be used (the newest only has wheels for cp38-cp38m while the lock target is Python >=3.9), resolution failed."`,
    );
  });

  it('many ranges of interpreters, none of which covers the target', async () => {
    const versions = [10, 11, 12, 13, 14].map((minor, i) => [`1.${i}`, { python: `>=3.${minor}` }]);
    expect(await proofIn({ beta: Object.fromEntries(versions) }, ['beta'])).toBe(
      'Because your project depends on beta and no version of beta covers the lock target Python >=3.9 (the newest needs Python >=3.14), resolution failed.',
    );
  });

  it('hundreds of versions at once', async () => {
    const versions = (line: (index: number) => string) =>
      Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`1.0.${i}`, [line(i)]]));
    const registry = {
      front: versions((i) => `back==1.0.${i}`),
      back: versions(() => 'core<2'),
      core: { '1.0': [], '2.0': [] },
    };
    expect(await proofIn(registry, ['front', 'core>=2'])).toMatchInlineSnapshot(`
      "Because every version of front depends on back (in 200 different ranges, back==1.0.199 for one) which depends on core<2, every version of front requires core 1.0.
      So, because your project depends on both front and core>=2, resolution failed."
    `);
  });
});

describe('proofs as data', () => {
  it('hold plain steps that refer to earlier ones, and name what is missing', async () => {
    const { outcome } = await runIn({ beta: { '1.0': ['gamma'], '1.1': ['gamma'] } }, ['beta']);
    if (outcome.kind === 'solved') throw new Error('there is no gamma');
    const { graph, missing } = outcome.proof;
    expect(missing).toEqual(['gamma']);
    expect(JSON.parse(JSON.stringify(graph))).toEqual(graph);
    expect(graph.packages).toEqual({
      '(project)': { kind: 'project', versions: [] },
      beta: { kind: 'package', versions: ['1.0', '1.1'] },
    });
    expect(graph.steps).toMatchObject([
      {
        kind: 'fact',
        terms: [{ package: 'beta', negative: false, versions: '' }],
        reason: { kind: 'missing', asked: ['pypi'] },
      },
      { kind: 'fact', reason: { kind: 'requires', quote: { text: 'beta', group: 'default' } } },
      { kind: 'derived', causes: [0, 1], terms: [{ package: '(project)', ranks: [1, 2] }] },
    ]);
  });
});
