import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRequirement } from '../../src/packaging/requirement.ts';
import type { ResolutionOutcome } from '../../src/resolver/model.ts';
import { type Registry, runIn } from '../unit/resolver/registry.ts';

const NAMES = ['alpha', 'beta', 'gamma', 'delta'] as const;
const VERSIONS = ['1.0', '1.5', '2.0', '3.0'] as const;

const specifier = fc
  .tuple(fc.constantFrom('>=', '<', '==', '!=', '~=', '<='), fc.constantFrom(...VERSIONS))
  .map((parts) => parts.join(''));
const extras = fc.constantFrom('', '', '', '[x]');
const condition = fc.constantFrom(
  '',
  '',
  '',
  "; extra == 'x'",
  "; python_version < '3.8'",
  "; sys_platform == 'win32'",
);
const requirement = fc
  .tuple(fc.constantFrom(...NAMES), extras, fc.option(specifier, { nil: '' }))
  .map((parts) => parts.join(''));
const line = fc.tuple(requirement, condition).map((parts) => parts.join(''));
const roots = fc.array(requirement, { minLength: 1, maxLength: 4 });

const registry: fc.Arbitrary<Registry> = fc.record(
  Object.fromEntries(
    NAMES.map((name) => [
      name,
      fc
        .uniqueArray(fc.tuple(fc.constantFrom(...VERSIONS), fc.array(line, { maxLength: 3 })), {
          selector: ([version]) => version,
          maxLength: 3,
        })
        .map((versions) => Object.fromEntries(versions)),
    ]),
  ),
);

describe('resolution on random registries', () => {
  it('gives a solution exactly when one exists, and one in which every requirement holds', async () => {
    await fc.assert(
      fc.asyncProperty(registry, roots, async (packages, lines) => {
        const { outcome } = await runIn(packages, lines);
        expect(outcome.kind === 'solved').toBe(exists(packages, lines));
        expect(outcome.kind === 'solved' ? faults(packages, lines, outcome) : []).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  it('gives the same verdict whatever the order of requirements and of versions', async () => {
    await fc.assert(
      fc.asyncProperty(registry, roots, async (packages, lines) => {
        const reversed = Object.fromEntries(
          Object.entries(packages).map(([name, versions]) => [
            name,
            Object.fromEntries(
              Object.entries(versions)
                .reverse()
                .map(([version, spec]) => [version, Array.isArray(spec) ? [...spec].reverse() : spec]),
            ),
          ]),
        );
        const [first, second] = await Promise.all([runIn(packages, lines), runIn(reversed, [...lines].reverse())]);
        expect(first.outcome.kind).toBe(second.outcome.kind);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same answer, to the letter, whatever the order in which answers arrive', async () => {
    await fc.assert(
      fc.asyncProperty(registry, roots, fc.infiniteStream(fc.nat(3)), async (packages, lines, delays) => {
        const onAsk = async (): Promise<void> => {
          const turns = delays.next().value ?? 0;
          for (let turn = 0; turn < turns; turn++) await new Promise((done) => setImmediate(done));
        };
        const calm = await runIn(packages, lines);
        const shuffled = await runIn(packages, lines, { onAsk });
        expect(plain(shuffled.outcome)).toEqual(plain(calm.outcome));
        expect(shuffled.outcome.stats).toEqual(calm.outcome.stats);
      }),
      { numRuns: 150 },
    );
  });

  it('keeps its answer when versions it did not choose disappear', async () => {
    await fc.assert(
      fc.asyncProperty(registry, roots, async (packages, lines) => {
        const { outcome } = await runIn(packages, lines);
        fc.pre(outcome.kind === 'solved');
        if (outcome.kind !== 'solved') return;
        const chosen = new Map(outcome.packages.map(({ key, version }) => [key, version.text]));
        const fewer = Object.fromEntries(
          Object.entries(packages).map(([name, versions]) => [
            name,
            Object.fromEntries(Object.entries(versions).filter(([version]) => version === chosen.get(name))),
          ]),
        );
        const again = await runIn(fewer, lines);
        expect(plain(again.outcome)).toEqual(plain(outcome));
      }),
      { numRuns: 300 },
    );
  });
});

/** The comparable part of an outcome. */
function plain(outcome: ResolutionOutcome): unknown {
  if (outcome.kind === 'unsolvable') return outcome.proof;
  return outcome.packages.map(({ key, extras: names, version, dependencies, groups, needed }) => [
    key,
    names,
    version.text,
    dependencies,
    groups,
    needed,
  ]);
}

interface Wanted {
  readonly name: string;
  readonly extras: readonly string[];
  readonly accepts: (version: string) => boolean;
}

function wantedBy(lines: readonly string[], active: readonly string[]): Wanted[] {
  return lines.flatMap((text) => {
    if (text.includes('python_version')) return [];
    const marked = /extra == '(\w+)'/.exec(text)?.[1];
    if (marked !== undefined && !active.includes(marked)) return [];
    const parsed = parseRequirement(text);
    return [{ name: parsed.key, extras: parsed.extras, accepts: (version) => parsed.specifier.contains(version) }];
  });
}

/** What a version requires with some extras on; extras of its own among them count too. */
function needs(packages: Registry, name: string, version: string, active: readonly string[]): Wanted[] {
  const spec = packages[name]?.[version] ?? [];
  const lines = Array.isArray(spec) ? spec : [];
  const wanted = wantedBy(lines, active);
  const own = new Set([...active, ...wanted.filter((one) => one.name === name).flatMap((one) => one.extras)]);
  return own.size > active.length ? needs(packages, name, version, [...own]) : wanted;
}

/** Whether any selection of versions satisfies the roots, found by trying all. */
function exists(packages: Registry, lines: readonly string[]): boolean {
  const options = NAMES.map((name) => Object.keys(packages[name] ?? {}));
  const tryFrom = (index: number, chosen: ReadonlyMap<string, string>): boolean => {
    const name = NAMES[index];
    if (name === undefined) return problems(packages, lines, chosen).length === 0;
    const versions = options[index] ?? [];
    return [undefined, ...versions].some((version) =>
      tryFrom(index + 1, version === undefined ? chosen : new Map([...chosen, [name, version]])),
    );
  };
  return tryFrom(0, new Map());
}

function faults(
  packages: Registry,
  lines: readonly string[],
  outcome: ResolutionOutcome & { readonly kind: 'solved' },
): string[] {
  const chosen = new Map(outcome.packages.map(({ key, version }) => [key, version.text]));
  const identities = outcome.packages.map(({ key, extras: names }) => `${key}[${names.join(',')}]`);
  const repeated = identities.filter((identity, index) => identities.indexOf(identity) !== index);
  return [...problems(packages, lines, chosen), ...repeated, ...unneeded(packages, lines, chosen)];
}

/** Requirements of what is reached from the roots that a selection does not meet. */
function problems(packages: Registry, lines: readonly string[], chosen: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  reach(packages, lines, chosen, ({ name, accepts }) => {
    const version = chosen.get(name);
    if (version === undefined || !accepts(version)) found.push(`${name} ${version ?? 'missing'}`);
  });
  return found;
}

function unneeded(packages: Registry, lines: readonly string[], chosen: ReadonlyMap<string, string>): string[] {
  const reached = new Set<string>();
  reach(packages, lines, chosen, ({ name }) => reached.add(name));
  return [...chosen.keys()].filter((name) => !reached.has(name));
}

function reach(
  packages: Registry,
  lines: readonly string[],
  chosen: ReadonlyMap<string, string>,
  visit: (wanted: Wanted) => void,
): void {
  const active = new Map<string, Set<string>>();
  const pending = wantedBy(lines, []);
  const seen = new Set<string>();
  for (const wanted of pending) {
    visit(wanted);
    const version = chosen.get(wanted.name);
    const names = active.get(wanted.name) ?? new Set<string>();
    for (const extra of wanted.extras) names.add(extra);
    active.set(wanted.name, names);
    const state = `${wanted.name} ${[...names].join(',')}`;
    if (version === undefined || seen.has(state)) continue;
    seen.add(state);
    pending.push(...needs(packages, wanted.name, version, [...names]));
  }
}
