/** What a refusal looks like, one test for each form; every proof is checked against its registry too. Forms of locks and targets: test/e2e/refusals. */
import { describe, expect, it } from 'vitest';
import { EVERY_FILE } from '../../../src/index/file-rules.ts';
import { direct, runIn, toldIn } from './registry.ts';

describe('proofs in words', () => {
  it('1 · two requirements of the project', async () => {
    expect(await toldIn({ alpha: { '1.0': [], '2.0': [] } }, ['alpha>=2', 'alpha<2'])).toMatchInlineSnapshot(
      `
      "Because your project depends on both alpha>=2 and alpha<2, resolution failed.
      Hint: drop ">=2" from "alpha>=2" (alpha 1.0 would be chosen)
      Hint: drop "<2" from "alpha<2" (alpha 2.0 would be chosen)"
    `,
    );
  });

  it('2 · a version that does not exist', async () => {
    expect(await toldIn({ alpha: { '1.0': [], '3.4.1': [], '4.0a1': [] } }, ['alpha >= 9'])).toMatchInlineSnapshot(
      `
      "Because no version of alpha matches >=9 (newest is 3.4.1) and your project depends on alpha >= 9, resolution failed.
      Hint: drop ">=9" from "alpha >= 9" (alpha 3.4.1 would be chosen)"
    `,
    );
  });

  it('3 · an unknown package', async () => {
    expect(await toldIn({}, ['alpa'])).toMatchInlineSnapshot(
      `"Because alpa was not found in any source (pypi) and your project depends on alpa, resolution failed."`,
    );
  });

  it('4 · an unknown package that another one needs', async () => {
    const registry = { beta: { '1.0': ['gamma'], '1.1': ['gamma'] } };
    expect(await toldIn(registry, ['beta'])).toMatchInlineSnapshot(`
      "Because gamma was not found in any source (pypi) and every version of beta depends on gamma, beta cannot be used.
      So, because your project depends on beta, resolution failed."
    `);
  });

  it('2, 3 · the same among others, in one clause', async () => {
    const registry = {
      beta: { '1.0': ['gamma>=4'], '2.0': ['nowhere'], '3.0': ['core<2'] },
      gamma: { '1.0': [], '2.0': [] },
      core: { '1.0': [], '2.0': [] },
    };
    expect(await toldIn(registry, ['beta', 'core>=2'])).toMatchInlineSnapshot(`
      "Because no version of gamma matches >=4 (newest is 2.0) and beta 1.0 depends on gamma>=4, beta 1.0 cannot be used.
      And because beta 3.0 depends on core<2 and beta 2.0 depends on nowhere, which was not found in any source (pypi), every version of beta requires core 1.0.
      So, because your project depends on both beta and core>=2, resolution failed.
      Hint: drop ">=2" from "core>=2" (core 1.0 would be chosen)"
    `);
  });

  it('5 · a chain', async () => {
    const registry = {
      beta: { '2.0': [], '2.1': ['gamma>=4'] },
      gamma: { '3.0': [], '4.0': ['delta<1'] },
      delta: { '0.5': [], '0.6': [], '1.5': [] },
    };
    expect(await toldIn(registry, ['beta==2.1', 'delta>=1.5'])).toMatchInlineSnapshot(`
      "Because beta 2.1 depends on gamma>=4 which depends on delta<1, beta 2.1 requires delta <1.5.
      So, because your project depends on both beta==2.1 and delta>=1.5, resolution failed.
      Hint: drop "==2.1" from "beta==2.1" (beta 2.0 would be chosen)
      Hint: drop ">=1.5" from "delta>=1.5" (delta 0.6 would be chosen)"
    `);
  });

  it('6 · runs of versions', async () => {
    const registry = {
      beta: { '1.0': ['gamma<2'], '1.1': ['gamma<2'], '2.0': ['gamma>=4'], '2.1': ['gamma>=4'] },
      gamma: { '1.0': [], '3.0': [], '4.0': [] },
    };
    expect(await toldIn(registry, ['beta', 'gamma>=2,<4'])).toMatchInlineSnapshot(`
      "Because beta >=2.0 depends on gamma>=4 and beta <2.0 depends on gamma<2, every version of beta requires gamma 1.0 or 4.0.
      So, because your project depends on both beta and gamma>=2,<4, resolution failed.
      Hint: drop "<4" from "gamma>=2,<4" (gamma 4.0 would be chosen)"
    `);
  });

  it('7 · two branches', async () => {
    const registry = {
      beta: { '1.0': ['left', 'right<2'], '2.0': ['left', 'right>=2'] },
      left: { '1.0': ['core<2'] },
      right: { '1.0': ['core>=2'], '2.0': ['delta>=2'] },
      core: { '1.0': [], '2.0': [] },
      delta: { '1.0': [], '2.0': ['core>=2'] },
    };
    expect(await toldIn(registry, ['beta'])).toMatchInlineSnapshot(`
      "Because beta 2.0 depends on right>=2 which depends on delta>=2, beta 2.0 requires delta 2.0.
      And because beta 1.0 depends on right<2 which depends on core>=2, every version of beta requires delta 2.0 or core 2.0.
      And because left 1.0 depends on core<2 and delta 2.0 depends on core>=2, beta and left 1.0 are incompatible.
      So, because your project depends on beta which depends on left, resolution failed."
    `);
  });

  it('8 · a diamond', async () => {
    const registry = {
      alpha: { '1.0': ['core==1.0'] },
      beta: { '1.0': ['core==2.0'] },
      core: { '1.0': [], '2.0': [] },
    };
    expect(await toldIn(registry, ['alpha', 'beta'])).toMatchInlineSnapshot(`
      "Because alpha 1.0 depends on core==1.0 and beta 1.0 depends on core==2.0, alpha 1.0 and beta 1.0 are incompatible.
      So, because your project depends on both alpha and beta, resolution failed."
    `);
  });

  it('9 · requires-python of every version', async () => {
    const registry = { beta: { '1.0': { python: '>=3.10' }, '2.0': { python: '>=3.10' } } };
    expect(await toldIn(registry, ['beta'])).toMatchInlineSnapshot(`
      "Because your project depends on beta and every version of beta needs Python >=3.10 while the lock target is Python >=3.9, resolution failed.
      Hint: narrow requires-python to ">=3.10" (beta 2.0 would be chosen)"
    `);
  });

  it('10 · requires-python of the newer versions', async () => {
    const registry = { beta: { '1.0': [], '2.0': [], '3.0': { python: '>=3.11' } }, gamma: { '1.0': ['beta>2'] } };
    expect(await toldIn(registry, ['beta', 'gamma'])).toMatchInlineSnapshot(`
      "Because your project depends on gamma which depends on beta>2, your project requires beta 3.0.
      So, because beta 3.0 needs Python >=3.11 while the lock target is Python >=3.9, resolution failed.
      Hint: narrow requires-python to ">=3.11" (beta 3.0 would be chosen)"
    `);
  });

  it('11 · no wheel for the interpreter', async () => {
    const wheels = ['cp311-cp311-manylinux_2_17_x86_64', 'cp312-cp312-manylinux_2_17_x86_64'];
    expect(await toldIn({ beta: { '1.4': { wheels } } }, ['beta'], { python: '==3.9.*' })).toMatchInlineSnapshot(
      `"Because your project depends on beta and beta 1.4 only has wheels for cp311-cp311 and cp312-cp312 while the lock target is Python ==3.9.*, resolution failed."`,
    );
  });

  it('12 · no wheel for the platform', async () => {
    const wheels = ['cp311-cp311-win_amd64', 'cp312-cp312-macosx_11_0_arm64'];
    const platform = 'manylinux_2_17_x86_64';
    expect(await toldIn({ beta: { '1.4': { wheels } } }, ['beta'], { platform })).toMatchInlineSnapshot(
      `"Because your project depends on beta and beta 1.4 only has wheels for macosx_11_0_arm64 and win_amd64 while the lock target is manylinux_2_17_x86_64, resolution failed."`,
    );
  });

  it('13 · source archives alone, which cannot be read without a build', async () => {
    expect(await toldIn({ beta: { '0.9': { wheels: [] } } }, ['beta'])).toMatchInlineSnapshot(
      `"Because your project depends on beta and beta 0.9 has to be built to learn its requirements, resolution failed."`,
    );
  });

  it('13 · builds disabled', async () => {
    const files = { ...EVERY_FILE, onlyBinary: new Set([':all:']) };
    const registry = { beta: { '0.9': { wheels: [], archive: 'static' } } } as const;
    expect(await toldIn(registry, ['beta'], { files })).toMatchInlineSnapshot(`
      "Because your project depends on beta and beta 0.9 is only published as a source archive, which only-binary rules out, resolution failed.
      Hint: add beta to no-binary (beta 0.9 would be chosen)"
    `);
  });

  it('14 · withdrawn versions alone', async () => {
    const yanked = 'broken metadata';
    const registry = { beta: { '1.0': [], '2.0': { yanked }, '2.1': { yanked } } };
    expect(await toldIn(registry, ['beta>=2,<3'])).toMatchInlineSnapshot(
      `
      "Because your project depends on beta>=2,<3 and beta >=2.0 was withdrawn ("broken metadata") and is only chosen when pinned with ==, resolution failed.
      Hint: ask for beta==2.1, a withdrawn version
      Hint: drop ">=2" from "beta>=2,<3" (beta 1.0 would be chosen)"
    `,
    );
  });

  it('15 · pre-releases alone, which are disabled', async () => {
    const registry = { beta: { '1.0': [], '2.0b1': [], '2.0rc1': [] } };
    expect(await toldIn(registry, ['beta>1'], { allowPrereleases: false })).toMatchInlineSnapshot(
      `
      "Because your project depends on beta>1 and beta >=2.0b1 is a pre-release and pre-releases are disabled, resolution failed.
      Hint: allow pre-releases of beta (beta 2.0rc1 would be chosen)
      Hint: drop ">1" from "beta>1" (beta 1.0 would be chosen)"
    `,
    );
  });

  it('16 · an extra that does not exist is a warning', async () => {
    const { outcome, events } = await runIn({ beta: { '1.2': [] } }, ['beta[gpu]']);
    expect([outcome.kind, ...events.filter(({ kind }) => kind === 'note')]).toEqual([
      'solved',
      { kind: 'note', level: 'warning', message: 'beta 1.2 has no extra "gpu"' },
    ]);
  });

  it('17 · an extra', async () => {
    const registry = { beta: { '1.2': ['cuda-rt>=12; extra == "gpu"'] }, 'cuda-rt': { '11': [], '12': [] } };
    expect(await toldIn(registry, ['beta[gpu]', 'cuda-rt<12'])).toMatchInlineSnapshot(`
      "Because your project depends on cuda-rt<12 and beta[gpu] 1.2 depends on cuda-rt>=12, beta[gpu] 1.2 cannot be used.
      So, because your project depends on beta[gpu], resolution failed.
      Hint: drop "<12" from "cuda-rt<12" (cuda-rt 12 would be chosen)"
    `);
  });

  it('17 · an extra that another package asks for', async () => {
    const registry = {
      alpha: { '1.0': ['beta[gpu]'] },
      beta: { '1.2': ['cuda-rt>=12; extra == "gpu"'] },
      'cuda-rt': { '11': [], '12': [] },
    };
    expect(await toldIn(registry, ['alpha', 'cuda-rt<12', 'beta==1.2'])).toMatchInlineSnapshot(`
      "Because alpha 1.0 depends on beta[gpu] and beta[gpu] 1.2 depends on cuda-rt>=12, alpha 1.0 with beta 1.2 requires cuda-rt 12.
      And because your project depends on alpha, beta 1.2 requires cuda-rt 12.
      So, because your project depends on both cuda-rt<12 and beta==1.2, resolution failed.
      Hint: drop "<12" from "cuda-rt<12" (cuda-rt 12 would be chosen)"
    `);
  });

  it('20 · a reference in the metadata of an index', async () => {
    const registry = { alpha: { '3.0': ['beta @ https://user:secret@x.example/beta.whl'] } };
    expect(await toldIn(registry, ['alpha'])).toMatchInlineSnapshot(
      `
      "Because your project depends on alpha and alpha 3.0 depends on beta @ https://x.example/beta.whl, which only direct requirements may do, resolution failed.
      Hint: add beta @ https://x.example/beta.whl to the project's own dependencies"
    `,
    );
  });

  it('18 · conflicting direct references', async () => {
    const url = 'file:///srv/beta';
    const options = { direct: new Map([['beta', direct('beta', '1.0', { url })]]) };
    const registry = { tools: { '1.0': ['beta @ https://example.org/beta.whl'] } };
    expect(await toldIn(registry, [`beta @ ${url}`, 'tools'], options)).toMatchInlineSnapshot(`
      "Because your project depends on tools and tools 1.0 depends on beta @ https://example.org/beta.whl while it comes from file:///srv/beta, resolution failed.
      Hint: decide on one source of beta"
    `);
  });

  it('19 · a direct reference that is too old', async () => {
    const url = 'https://x.example/beta-1.0.whl';
    const options = { direct: new Map([['beta', direct('beta', '1.0', { url })]]) };
    const registry = { alpha: { '3.0': ['beta>=2'] } };
    expect(await toldIn(registry, ['alpha', `beta @ ${url}`], options)).toMatchInlineSnapshot(`
      "Because beta from https://x.example/beta-1.0.whl has version 1.0 and alpha 3.0 depends on beta>=2, alpha 3.0 cannot be used.
      So, because your project depends on alpha, resolution failed."
    `);
  });

  it('21 · an override', async () => {
    const registry = {
      alpha: { '3.0': ['beta>=2'] },
      beta: { '1.0': ['gamma>=2'], '2.0': [] },
      gamma: { '1.0': [], '2.0': [] },
    };
    expect(await toldIn(registry, ['alpha', 'gamma<2'], { overrides: { beta: '==1.0' } })).toMatchInlineSnapshot(`
      "Because alpha 3.0 depends on beta>=2 (replaced by the override beta==1.0) which depends on gamma>=2, alpha 3.0 requires gamma 2.0.
      So, because your project depends on both alpha and gamma<2, resolution failed.
      Hint: drop the override beta==1.0 (beta 2.0 would be chosen)
      Hint: drop "<2" from "gamma<2" (gamma 2.0 would be chosen)"
    `);
    expect(await toldIn(registry, ['alpha'], { overrides: { beta: '>=9' } })).toMatchInlineSnapshot(`
      "Because no version of beta matches the override >=9 (newest is 2.0) and alpha 3.0 depends on beta>=2 (replaced by the override beta>=9), alpha 3.0 cannot be used.
      So, because your project depends on alpha, resolution failed.
      Hint: drop the override beta>=9 (beta 2.0 would be chosen)"
    `);
  });

  it('22 · what the project itself requires of a package that others need', async () => {
    const registry = { beta: { '2.1': ['core>=2'] }, core: { '1.0': [], '2.0': [] } };
    expect(await toldIn(registry, ['core<2', 'beta'])).toMatchInlineSnapshot(`
      "Because your project depends on beta which depends on core>=2, your project requires core 2.0.
      So, because your project depends on core<2, resolution failed.
      Hint: drop "<2" from "core<2" (core 2.0 would be chosen)"
    `);
  });

  it('23 · what the lock keeps holds a newer version back: a warning that names what to update', async () => {
    const registry = { alpha: { '1.0': [], '2.0': ['gamma>=2'] }, gamma: { '1.3': [], '2.0': [] } };
    const locked = { preferences: { gamma: '1.3' }, kept: new Set(['gamma']) };
    const { events } = await runIn(registry, ['gamma', 'alpha'], locked);
    expect(events.filter(({ kind }) => kind === 'note')).toEqual([
      {
        kind: 'note',
        level: 'warning',
        message:
          'skipping alpha 2.0 because it depends on gamma>=2 and gamma is kept at 1.3; `tspm update gamma` gives way',
      },
    ]);
    const free = await runIn(registry, ['gamma', 'alpha']);
    expect(free.events.filter(({ kind }) => kind === 'note')).toEqual([]);
  });

  it('24 · a cut-off date', async () => {
    const registry = {
      beta: { '1.0': { uploadTime: '2024-03-01T00:00:00Z' }, '2.0': { uploadTime: '2025-06-01T00:00:00Z' } },
    };
    const files = { ...EVERY_FILE, cutoff: { time: Date.UTC(2025, 0, 1), text: '2025-01-01' } };
    expect(await toldIn(registry, ['beta>=2'], { files })).toMatchInlineSnapshot(`
      "Because your project depends on beta>=2 and beta 2.0 was uploaded after 2025-01-01, resolution failed.
      Hint: let newer files of beta in with exclude-newer-override (beta 2.0 would be chosen)
      Hint: drop ">=2" from "beta>=2" (beta 1.0 would be chosen)"
    `);
  });

  it('25 · a requirement that nothing can meet', async () => {
    expect(await toldIn({ alpha: { '3.0': ['beta>2,<1'] }, beta: { '1.0': [] } }, ['alpha'])).toMatchInlineSnapshot(
      `"Because your project depends on alpha and alpha 3.0 depends on beta>2,<1, which no version can satisfy, resolution failed."`,
    );
  });

  it('26 · metadata that nobody can read', async () => {
    expect(await toldIn({ beta: { '1.1': ['%%%'] } }, ['beta'])).toMatchInlineSnapshot(
      `"Because your project depends on beta and beta 1.1 has metadata that cannot be read (requirement "%%%" must start with a name), resolution failed."`,
    );
    expect(await toldIn({ beta: { '1.1': { broken: 'METADATA is missing' } } }, ['beta'])).toMatchInlineSnapshot(
      `"Because your project depends on beta and beta 1.1 cannot be used (METADATA is missing), resolution failed."`,
    );
  });

  it('27 · groups', async () => {
    const roots = { dev: ['core<2'], gpu: ['core>=2'] };
    expect(await toldIn({ core: { '1.0': [], '2.0': [] } }, roots)).toMatchInlineSnapshot(
      `
      "Because group "dev" depends on core<2 and group "gpu" depends on core>=2, the groups cannot be locked together.
      Hint: drop "<2" from "core<2" in group "dev" (core 2.0 would be chosen)
      Hint: drop ">=2" from "core>=2" in group "gpu" (core 1.0 would be chosen)"
    `,
    );
  });

  it('requirements for different interpreters, which one target cannot hold', async () => {
    const roots = ["core<2; python_version < '3.11'", "core>=2; python_version >= '3.11'"];
    expect(await toldIn({ core: { '1.0': [], '2.0': [] } }, roots)).toMatchInlineSnapshot(`
      "Because your project depends on both core<2; python_version < '3.11' and core>=2; python_version >= '3.11', resolution failed.
      Hint: drop "<2" from "core<2; python_version < '3.11'" (core 2.0 would be chosen)
      Hint: drop ">=2" from "core>=2; python_version >= '3.11'" (core 1.0 would be chosen)"
    `);
  });

  it('many kinds of wheels, none of which fits', async () => {
    const versions = ['cp27', 'cp35', 'cp36', 'cp37', 'cp38'].map((tag, i) => [
      `1.${i}`,
      { wheels: [`${tag}-${tag}m-win32`] },
    ]);
    expect(await toldIn({ beta: Object.fromEntries(versions) }, ['beta<2'])).toMatchInlineSnapshot(
      `"Because your project depends on beta<2 and beta cannot be used (the newest only has wheels for cp38-cp38m while the lock target is Python >=3.9), resolution failed."`,
    );
  });

  it('many ranges of interpreters, none of which covers the target', async () => {
    const versions = [10, 11, 12, 13, 14].map((minor, i) => [`1.${i}`, { python: `>=3.${minor}` }]);
    expect(await toldIn({ beta: Object.fromEntries(versions) }, ['beta'])).toMatchInlineSnapshot(`
      "Because your project depends on beta and no version of beta covers the lock target Python >=3.9 (the newest needs Python >=3.14), resolution failed.
      Hint: narrow requires-python to ">=3.10" (beta 1.0 would be chosen)"
    `);
  });

  it('hundreds of versions at once', async () => {
    const versions = (line: (index: number) => string) =>
      Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`1.0.${i}`, [line(i)]]));
    const registry = {
      front: versions((i) => `back==1.0.${i}`),
      back: versions(() => 'core<2'),
      core: { '1.0': [], '2.0': [] },
    };
    expect(await toldIn(registry, ['front', 'core>=2'])).toMatchInlineSnapshot(`
      "Because every version of front depends on back (in 200 different ranges, back==1.0.199 for one) which depends on core<2, every version of front requires core 1.0.
      So, because your project depends on both front and core>=2, resolution failed.
      Hint: drop ">=2" from "core>=2" (core 1.0 would be chosen)"
    `);
  });
});

it('a contradiction with too many cases to go through is told by its facts', async () => {
  const places = ['1', '2', '3', '4', '5'];
  const guests = Object.fromEntries(
    [...places, '6'].map((guest) => [
      `guest${guest}`,
      Object.fromEntries(places.map((place) => [place, [`place${place}==${guest}`]])),
    ]),
  );
  const seats = places.map((place) => [`place${place}`, Object.fromEntries([...places, '6'].map((one) => [one, []]))]);
  const told = await toldIn({ ...guests, ...Object.fromEntries(seats) }, Object.keys(guests));
  const lines = told.split('\n');
  expect(lines).toHaveLength(18);
  expect([...lines.slice(0, 3), ...lines.slice(-2)]).toMatchInlineSnapshot(`
    [
      "Because no choice of versions agrees with all of the following:",
      "- your project depends on guest1 and guest2 and guest3 and guest4 and guest5 and guest6",
      "- guest1 5 depends on place5==1",
      "- 16 more like these, which --json lists",
      "So, resolution failed.",
    ]
  `);
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
