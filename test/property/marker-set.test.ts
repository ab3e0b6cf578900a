import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMarker } from '../../src/packaging/marker.ts';
import {
  ALWAYS,
  formatMarkerSet,
  markerAnd,
  markerGiven,
  markerImplies,
  markerNot,
  markerOr,
  markersDisjoint,
  markerSetOf,
  markerSetOfPython,
  NEVER,
  pythonRangeOf,
  withExtra,
  withoutExtras,
  type MarkerSet,
} from '../../src/packaging/marker-set.ts';
import { pythonRangeContains } from '../../src/packaging/python-range.ts';
import { isInSet, markerTexts, situations, type Situation } from '../support/markers.ts';

const sets = markerTexts({ sets: true }).map((text) => markerSetOf(parseMarker(text)));
const someSituations = fc.array(situations(), { minLength: 12, maxLength: 12 });

describe('marker sets', () => {
  it('hold exactly where the marker is evaluated as true', () => {
    fc.assert(
      fc.property(markerTexts({ sets: true }), someSituations, (text, list) => {
        const marker = parseMarker(text);
        const set = markerSetOf(marker);
        const evaluated = list.map(({ environment, context }) => marker.evaluate(environment, context));
        expect(list.map((situation) => isInSet(set, situation))).toEqual(evaluated);
      }),
      { numRuns: 1500 },
    );
  });

  it('are the same object after any detour that keeps the meaning', () => {
    fc.assert(
      fc.property(sets, sets, sets, (a, b, c) => {
        expect(markerNot(markerNot(a))).toBe(a);
        expect(markerNot(markerAnd(a, b))).toBe(markerOr(markerNot(a), markerNot(b)));
        expect(markerOr(a, markerAnd(a, b))).toBe(a);
        expect(markerAnd(a, markerOr(a, b))).toBe(a);
        expect(markerOr(markerAnd(a, b), markerAnd(a, markerNot(b)))).toBe(a);
        expect(markerAnd(a, markerOr(b, c))).toBe(markerOr(markerAnd(a, b), markerAnd(a, c)));
        expect(markerOr(a, markerOr(b, c))).toBe(markerOr(markerOr(c, b), a));
        expect(markerAnd(a, markerNot(a))).toBe(NEVER);
        expect(markerOr(a, markerNot(a))).toBe(ALWAYS);
      }),
      { numRuns: 600 },
    );
  });

  it('that are different objects hold in different environments', () => {
    const platformOnly = markerTexts().filter((text) => !/ in |platform_release|~=/.test(text));
    fc.assert(
      fc.property(platformOnly, platformOnly, (left, right) => {
        const [a, b] = [markerSetOf(parseMarker(left)), markerSetOf(parseMarker(right))];
        const difference = markerOr(markerAnd(a, markerNot(b)), markerAnd(b, markerNot(a)));
        if (difference === NEVER) return;
        const { environment, context } = witnessOf(difference);
        expect(parseMarker(left).evaluate(environment, context)).not.toBe(
          parseMarker(right).evaluate(environment, context),
        );
      }),
      { numRuns: 600 },
    );
  });

  it('answer the relations of sets', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        expect(markersDisjoint(a, b)).toBe(markerAnd(a, b) === NEVER);
        expect(markerImplies(a, b)).toBe(markerOr(a, b) === b);
        expect(markerImplies(markerAnd(a, b), a)).toBe(true);
        expect(markersDisjoint(a, markerNot(a))).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('read back from their text as the same object', () => {
    fc.assert(
      fc.property(sets, (set) => {
        expect(reread(set)).toBe(set);
      }),
      { numRuns: 1500 },
    );
  });

  it('given an assumption agree with themselves within it', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const simpler = markerGiven(a, b);
        expect(markerAnd(simpler, b)).toBe(markerAnd(a, b));
        expect(reread(simpler)).toBe(simpler);
        expect(simpler === ALWAYS).toBe(b !== NEVER && markerImplies(b, a));
        expect(simpler === NEVER).toBe(markersDisjoint(a, b));
      }),
      { numRuns: 1500 },
    );
  });

  it('project onto the interpreters they hold for', () => {
    fc.assert(
      fc.property(sets, situations(), (set, situation) => {
        const range = pythonRangeOf(set);
        const version = situation.environment['python_full_version'] ?? '';
        expect(isInSet(set, situation) && !pythonRangeContains(range, version)).toBe(false);
        const interpreters = markerSetOfPython(range);
        expect(markerImplies(set, interpreters)).toBe(true);
        expect(isInSet(interpreters, situation)).toBe(pythonRangeContains(range, version));
      }),
      { numRuns: 600 },
    );
  });

  it('without or under an extra hold where the marker does for it', () => {
    fc.assert(
      fc.property(markerTexts(), someSituations, (text, list) => {
        const marker = parseMarker(text);
        const set = markerSetOf(marker);
        for (const { environment, context } of list) {
          const under = withExtra(set, context.extra === '' ? undefined : context.extra);
          expect(isInSet(under, { environment, context: {} })).toBe(
            marker.evaluate(environment, { extra: context.extra }),
          );
          const holdsForSome = ['', 'test', 'docs', 'all', 'other'].some((extra) =>
            marker.evaluate(environment, { extra }),
          );
          expect(isInSet(withoutExtras(set), { environment, context: {} })).toBe(holdsForSome);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function reread(set: MarkerSet): MarkerSet {
  const text = formatMarkerSet(set);
  return text === undefined ? ALWAYS : markerSetOf(parseMarker(text));
}

/** Some environment of the set, found by following one path of its diagram. */
function witnessOf(set: MarkerSet): Situation {
  const values: Record<string, string> = {
    sys_platform: 'elsewhere',
    platform_system: 'Elsewhere',
    os_name: 'other',
    platform_machine: 'other',
    platform_python_implementation: 'Other',
    implementation_name: 'other',
    implementation_version: '0.0.0',
    platform_version: '',
    platform_release: '',
    python_full_version: '0.0.0',
    extra: '',
  };
  let node = set;
  while (node.test !== undefined) {
    const index = node.children.findIndex((child) => child !== NEVER);
    const key = node.keys[index - 1];
    if (typeof key === 'number') {
      values[node.test.name] = [Math.floor(key / 2 ** 32), Math.floor(key / 2 ** 16) % 2 ** 16, key % 2 ** 16].join(
        '.',
      );
    } else if (key !== undefined) values[node.test.name] = key;
    else if (node.test.name === 'extra') values['extra'] = node.keys.includes('') ? 'unlisted' : '';
    node = node.children[index] ?? NEVER;
  }
  const system = { linux: ['Linux', 'posix'], darwin: ['Darwin', 'posix'], win32: ['Windows', 'nt'] }[
    values['sys_platform'] ?? ''
  ];
  const { extra, ...environment } = values;
  const full = values['python_full_version'] ?? '';
  return {
    environment: {
      ...environment,
      ...(system === undefined ? {} : { platform_system: system[0] ?? '', os_name: system[1] ?? '' }),
      python_version: full.split('.').slice(0, 2).join('.'),
    },
    context: { extra },
  };
}
