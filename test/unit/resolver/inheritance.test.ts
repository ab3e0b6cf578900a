import { describe, expect, it } from 'vitest';
import { type MarkerSet, formatMarkerSet, markerGiven, markerSetOfPython } from '../../../src/packaging/marker-set.ts';
import { parsePythonRangeStrict } from '../../../src/packaging/python-range.ts';
import { type Options, type Registry, type Roots, identityOf, runIn } from './registry.ts';

async function inherited(registry: Registry, roots: Roots, options: Options = {}): Promise<Record<string, unknown>> {
  const { outcome } = await runIn(registry, roots, options);
  if (outcome.kind === 'unsolvable') throw new Error(outcome.proof.text);
  const python = markerSetOfPython(parsePythonRangeStrict(options.python ?? '>=3.9'));
  const markerOf = (needed: MarkerSet) => formatMarkerSet(markerGiven(needed, python));
  return Object.fromEntries(
    outcome.packages.map((one) => [identityOf(one), [one.groups.join(' '), markerOf(one.needed)]]),
  );
}

describe('groups and markers of packages', () => {
  it('are joined over every way that leads to them', async () => {
    const registry = {
      alpha: { '1.0': ['core', 'win; sys_platform == "win32"'] },
      beta: { '1.0': ['core; python_version < "3.11"', 'win'] },
      core: { '1.0': [] },
      win: { '1.0': [] },
    };
    const roots = { test: ['beta'], default: ["alpha; sys_platform == 'win32'"] };
    expect(await inherited(registry, roots)).toEqual({
      alpha: ['default', 'sys_platform == "win32"'],
      beta: ['test', undefined],
      core: ['default test', 'python_version < "3.11" or sys_platform == "win32"'],
      win: ['default test', undefined],
    });
  });

  it('are and-ed along a way', async () => {
    const registry = { alpha: { '1.0': ['beta; python_version < "3.11"'] }, beta: { '1.0': [] } };
    expect(await inherited(registry, ["alpha; sys_platform == 'linux'"])).toMatchObject({
      beta: ['default', 'python_version < "3.11" and sys_platform == "linux"'],
    });
  });

  it('go around circles', async () => {
    const registry = {
      alpha: { '1.0': ['beta'] },
      beta: { '1.0': ['alpha; python_version >= "3.12"', 'core'] },
      core: { '1.0': [] },
    };
    expect(
      await inherited(registry, { a: ["alpha; sys_platform == 'linux'"], b: ["beta; sys_platform == 'win32'"] }),
    ).toEqual({
      alpha: ['a b', 'python_version >= "3.12" and sys_platform == "win32" or sys_platform == "linux"'],
      beta: ['a b', 'sys_platform == "linux" or sys_platform == "win32"'],
      core: ['a b', 'sys_platform == "linux" or sys_platform == "win32"'],
    });
  });

  it('leave out what the target implies and drop what it excludes', async () => {
    const registry = {
      alpha: { '1.0': ['new; python_version >= "3.8"', 'old; python_version < "3.8"', 'way'] },
      way: { '1.0': ['never; python_version < "3.10"'] },
      new: { '1.0': [] },
      never: { '1.0': [] },
    };
    const selected = await inherited(registry, ["alpha; python_version >= '3.10'", "gone; python_version < '3'"]);
    expect(selected).toEqual({
      alpha: ['default', 'python_version >= "3.10"'],
      new: ['default', 'python_version >= "3.10"'],
      way: ['default', 'python_version >= "3.10"'],
    });
  });

  it('reach the plain package through its extras', async () => {
    const registry = { beta: { '1.0': ['fast; extra == "speed"'] }, fast: { '1.0': [] } };
    expect(await inherited(registry, { dev: ["beta[speed]; sys_platform == 'linux'"] })).toEqual({
      beta: ['dev', 'sys_platform == "linux"'],
      'beta[speed]': ['dev', 'sys_platform == "linux"'],
      fast: ['dev', 'sys_platform == "linux"'],
    });
  });
});
