import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  NEVER,
  markerAnd,
  markerSetOf,
  markerSetOfPython,
  markerSetOfValues,
  type MarkerSet,
} from '../../src/packaging/marker-set.ts';
import { parsePythonRangeStrict } from '../../src/packaging/python-range.ts';
import { parseRequirement } from '../../src/packaging/requirement.ts';
import { parseSpecifierSet } from '../../src/packaging/specifier.ts';
import type { ResolvedPart } from '../../src/resolver/split.ts';
import { runInParts } from '../unit/resolver/registry.ts';

const NAMES = ['alpha', 'beta', 'gamma'] as const;
const VERSIONS = ['1.0', '2.0', '3.0'] as const;
const PYTHONS = ['3.9', '3.10', '3.11', '3.12'] as const;
const PLATFORMS = ['linux', 'win32', 'darwin'] as const;

interface Version {
  readonly requires: readonly string[];
  readonly python?: string;
}
type Packages = Readonly<Record<string, Readonly<Record<string, Version>>>>;

const requirement = fc
  .tuple(
    fc.constantFrom(...NAMES),
    fc.constantFrom('', '', '>=2.0', '<2.0', '==1.0', '==3.0', '!=2.0'),
    fc.constantFrom(
      '',
      '; sys_platform == "linux"',
      '; sys_platform != "linux"',
      '; sys_platform == "win32"',
      '; python_version < "3.11"',
      '; python_version >= "3.11"',
      '; python_version >= "3.10" and sys_platform == "darwin"',
    ),
  )
  .map((parts) => parts.join(''));
const version: fc.Arbitrary<Version> = fc.record(
  {
    requires: fc.array(requirement, { maxLength: 3 }),
    python: fc.constantFrom('>=3.10', '<3.11', '>=3.11,<3.12'),
  },
  { requiredKeys: ['requires'] },
);
const packages: fc.Arbitrary<Packages> = fc.record(
  Object.fromEntries(NAMES.map((name) => [name, fc.dictionary(fc.constantFrom(...VERSIONS), version, { maxKeys: 3 })])),
);

/** A machine: its interpreter and platform as a set with few environments, all alike for these markers. */
interface Machine {
  readonly python: string;
  readonly environment: MarkerSet;
}

const machines: readonly Machine[] = PYTHONS.flatMap((python) =>
  PLATFORMS.map((platform) => ({
    python,
    environment: markerAnd(
      markerSetOfPython(parsePythonRangeStrict(`==${python}.*`)),
      markerSetOfValues({ sys_platform: platform }),
    ),
  })),
);

describe('resolution in parts', () => {
  it('finds versions exactly when each machine by itself has some, and those work there', async () => {
    await fc.assert(
      fc.asyncProperty(packages, fc.array(requirement, { minLength: 1, maxLength: 4 }), async (registry, roots) => {
        const outcome = await runInParts(registry, roots, { python: '>=3.9,<3.13' });
        const unserved = machines.filter((machine) => !hasSolution(registry, roots, machine));
        const refused = outcome.kind === 'solved' ? NEVER : outcome.environment;
        // A refusal is true of some machine it speaks of; without one there is no machine that is not served.
        expect(unserved.some((machine) => isWithin(machine, refused))).toBe(outcome.kind === 'unsolvable');
        expect(unserved.length > 0).toBe(outcome.kind === 'unsolvable');
        const parts = outcome.kind === 'solved' ? outcome.parts : [];
        const served = outcome.kind === 'solved' ? machines : [];
        expect(served.flatMap((machine) => faultsOn(machine, registry, roots, parts))).toEqual([]);
      }),
      { numRuns: 800 },
    );
  });
});

/** What is wrong with the answer for one machine. */
function faultsOn(
  machine: Machine,
  registry: Packages,
  roots: readonly string[],
  parts: readonly ResolvedPart[],
): string[] {
  const own = parts.filter(({ environment }) => isWithin(machine, environment));
  if (own.length !== 1) return [`${own.length} parts`];
  const needed = (own[0]?.packages ?? []).filter((one) => isWithin(machine, one.needed));
  const chosen = new Map(needed.map(({ key, version: { text } }) => [key, text]));
  return isSolution(registry, roots, machine, chosen) ? [] : [JSON.stringify([...chosen])];
}

function hasSolution(registry: Packages, roots: readonly string[], machine: Machine): boolean {
  const choices = NAMES.map((name) => [undefined, ...Object.keys(registry[name] ?? {})]);
  const [first = [], second = [], third = []] = choices;
  return first.some((a) =>
    second.some((b) =>
      third.some((c) => {
        const versions = [a, b, c].flatMap((text, index) =>
          text === undefined ? [] : [[NAMES[index] ?? '', text] as const],
        );
        return isSolution(registry, roots, machine, new Map(versions));
      }),
    ),
  );
}

function isSolution(
  registry: Packages,
  roots: readonly string[],
  machine: Machine,
  chosen: ReadonlyMap<string, string>,
): boolean {
  const versions = [...chosen].map(([name, text]) => registry[name]?.[text]);
  const runs = versions.every(
    (one) => one !== undefined && (one.python === undefined || parseSpecifierSet(one.python).contains(machine.python)),
  );
  const lines = [...roots, ...versions.flatMap((one) => one?.requires ?? [])];
  return runs && lines.every((line) => holds(line, machine, chosen));
}

function holds(line: string, machine: Machine, chosen: ReadonlyMap<string, string>): boolean {
  const { key, specifier, marker } = parseRequirement(line);
  if (!isWithin(machine, markerSetOf(marker))) return true;
  const found = chosen.get(key);
  return found !== undefined && specifier.contains(found);
}

function isWithin({ environment }: Machine, set: MarkerSet): boolean {
  return markerAnd(environment, set) !== NEVER;
}
