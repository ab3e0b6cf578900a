import { describe, expect, it } from 'vitest';
import { formatMarkerSet, markerGiven, markerSetOfPython } from '../../../src/packaging/marker-set.ts';
import { parsePythonRangeStrict } from '../../../src/packaging/python-range.ts';
import { sortedBy } from '../../../src/util/collections.ts';
import { type Registry, type Roots, runInParts } from './registry.ts';

/** For each part, sorted by its marker, that marker and the versions, or what the refusal is about. */
async function partsIn(registry: Registry, roots: Roots, python = '>=3.9'): Promise<unknown> {
  const outcome = await runInParts(registry, roots, { python });
  const target = markerSetOfPython(parsePythonRangeStrict(python));
  const textOf = (environment: typeof target): string => formatMarkerSet(markerGiven(environment, target)) ?? 'always';
  if (outcome.kind === 'unsolvable') return { for: textOf(outcome.environment), text: outcome.failure.proof.text };
  const parts = outcome.parts.map(({ environment, packages }) => [
    textOf(environment),
    ...packages.map(({ key, version }) => `${key} ${version.text}`),
  ]);
  return sortedBy(parts, ([text]) => text ?? '');
}

const twoVersions: Registry = { alpha: { '1.0': [], '2.0': [] } };

describe('a target is split', () => {
  it('by markers that exclude each other on one package', async () => {
    expect(
      await partsIn(twoVersions, ['alpha<2; sys_platform == "win32"', 'alpha>=2; sys_platform == "linux"']),
    ).toEqual([
      ['sys_platform != "linux"', 'alpha 1.0'],
      ['sys_platform == "linux"', 'alpha 2.0'],
    ]);
  });

  it('by markers of packages that ask for a third', async () => {
    const registry = {
      ...twoVersions,
      old: { '1.0': ['alpha<2; python_version < "3.11"'] },
      new: { '1.0': ['alpha>=2; python_version >= "3.12"'] },
    };
    expect(await partsIn(registry, ['old', 'new'])).toEqual([
      ['python_version < "3.12"', 'alpha 1.0', 'new 1.0', 'old 1.0'],
      ['python_version >= "3.12"', 'alpha 2.0', 'new 1.0', 'old 1.0'],
    ]);
  });

  it('by markers further up than the requirements that contradict each other', async () => {
    const registry = { ...twoVersions, old: { '1.0': ['alpha<2'] }, new: { '1.0': ['alpha>=2'] } };
    expect(await partsIn(registry, ['old; os_name == "nt"', 'new; os_name == "posix"'])).toEqual([
      ['os_name != "posix"', 'alpha 1.0', 'old 1.0'],
      ['os_name == "posix"', 'alpha 2.0', 'new 1.0'],
    ]);
  });

  it('by the interpreters that versions run on', async () => {
    const registry = { alpha: { '1.0': { python: '<3.11' }, '2.0': { python: '>=3.11' } } };
    expect(await partsIn(registry, ['alpha'])).toEqual([
      ['python_version < "3.11"', 'alpha 1.0'],
      ['python_version >= "3.11"', 'alpha 2.0'],
    ]);
  });

  it('as often as it takes, with equal versions where possible', async () => {
    const registry = { alpha: { '1.0': [], '2.0': [], '3.0': [] }, calm: { '1.0': [], '2.0': [] } };
    const roots = [
      'alpha<2; python_version < "3.10"',
      'alpha==2.0; python_version == "3.10"',
      'alpha>2; python_version > "3.10"',
    ];
    expect(await partsIn(registry, [...roots, 'calm'])).toEqual([
      ['python_version < "3.10"', 'alpha 1.0', 'calm 2.0'],
      ['python_version == "3.10"', 'alpha 2.0', 'calm 2.0'],
      ['python_version >= "3.11"', 'alpha 3.0', 'calm 2.0'],
    ]);
  });
});

describe('a target stays whole', () => {
  it('when one version serves all markers', async () => {
    const roots = ['alpha>=1; sys_platform == "linux"', 'alpha<2; sys_platform == "darwin"'];
    expect(await partsIn(twoVersions, roots)).toEqual([['always', 'alpha 1.0']]);
  });

  it('when markers that can hold together contradict each other', async () => {
    const roots = ['alpha>=2; sys_platform == "linux"', 'alpha<2; python_version >= "3.11"'];
    expect(await partsIn(twoVersions, roots)).toMatchObject({ for: 'always' });
  });
});

it('a refusal names the environments without solution', async () => {
  const registry = {
    alpha: { '1.0': ['left', 'right'], '2.0': [] },
    left: { '1.0': ['core==1.0'] },
    right: { '1.0': ['core==2.0'] },
    core: { '1.0': [], '2.0': [] },
  };
  const roots = ['alpha>=2; sys_platform == "linux"', 'alpha<2; sys_platform == "win32"'];
  expect(await partsIn(registry, roots)).toEqual({
    for: 'sys_platform == "win32"',
    text: expect.stringContaining('left 1.0 depends on core==1.0'),
  });
});
