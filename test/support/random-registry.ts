/** Small registries full of conflicts, from a seed. */
import type { Options, Registry, Roots } from '../unit/resolver/registry.ts';

/** A project and everything its sources have. */
export interface RandomProject {
  readonly seed: number;
  readonly registry: Registry;
  readonly roots: Roots;
  readonly options: Options;
}

const NAMES = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'];
const ABSENT = 'nowhere';
const VERSIONS = ['1.0', '1.1', '1.5', '2.0', '2.1b1', '3.0', '3.1'];
const OPERATORS = ['>=', '>=', '<', '<', '==', '!=', '<=', '>', '~='];
const MARKERS = ['; extra == "x"', '; python_version < "3.8"', '; sys_platform == "win32"'];

/** The project of a seed; most have no solution. */
export function randomProject(seed: number): RandomProject {
  const dice = new Dice(seed);
  const names = NAMES.slice(0, 2 + dice.below(NAMES.length - 1));
  const specifier = (): string => `${dice.pick(OPERATORS)}${dice.pick(VERSIONS)}`;
  const between = (): string => {
    const start = dice.below(VERSIONS.length - 1);
    const end = start + 1 + dice.below(VERSIONS.length - start - 1);
    return `>=${VERSIONS[start]},<${VERSIONS[end]}`;
  };
  const line = (): string => {
    const name = dice.chance(60) ? ABSENT : dice.pick(names);
    const extra = dice.chance(8) ? '[x]' : '';
    const specifiers = dice.chance(2)
      ? specifier()
      : dice.chance(3)
        ? between()
        : dice.chance(12)
          ? `${specifier()},${specifier()}`
          : '';
    const marker = dice.chance(8) ? dice.pick(MARKERS) : '';
    return `${name}${extra}${specifiers}${marker}`;
  };
  const lines = (most: number): string[] => Array.from({ length: dice.below(most + 1) }, line);
  const version = () => ({
    requires: lines(3),
    ...(dice.chance(12) ? { python: dice.pick(['>=3.8', '>=3.10', '>=3.11,<4', '<3.9']) } : {}),
    ...(dice.chance(15) ? { metadataPython: '>=3.12' } : {}),
    ...(dice.chance(12) ? { yanked: dice.pick(['', 'broken build']) } : {}),
    ...(dice.chance(15) ? { wheels: dice.pick([[], ['cp27-cp27m-win32']]) } : {}),
    ...(dice.chance(25) ? { broken: 'METADATA is missing' } : {}),
  });
  const registry = Object.fromEntries(
    names.map((name) => {
      const versions = VERSIONS.filter(() => !dice.chance(3));
      return [name, Object.fromEntries(versions.map((text) => [text, version()]))];
    }),
  );
  const withoutMarker = (text: string): string => text.replace(/;.*extra.*$/, '');
  const group = (): string[] => [line(), ...lines(3)].map(withoutMarker);
  const roots = dice.chance(4) ? { default: group(), dev: group() } : group();
  return { seed, registry, roots, options: dice.chance(6) ? { allowPrereleases: dice.chance(2) } : {} };
}

/** A stream of numbers that the seed alone decides (mulberry32). */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** An integer from 0 up to, but without, `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  /** True once in `odds` times. */
  chance(odds: number): boolean {
    return this.below(odds) === 0;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }
}
