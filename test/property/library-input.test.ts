/** Whatever a caller passes to the library, text or not, it gives a value or an error with a stable code. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as library from '../../src/index.ts';
import { mistaken } from '../support/packaging-inputs.ts';

const anything = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(Symbol('x'), () => 1),
  mistaken(fc.constantFrom('1.0', '>=1', 'os_name == "a"', 'foo>=1; os_name == "a"', 'foo-1.0-py3-none-any.whl'), 4),
);
const target = fc.record(
  {
    python: fc.oneof(fc.constantFrom('3.11', '3.999'), anything),
    platform: fc.oneof(fc.constantFrom('linux', 'manylinux_2_9999_x86_64'), anything),
    implementation: fc.oneof(fc.constantFrom('cpython', 'pypy'), anything),
    version: fc.oneof(fc.constant([3, 11]), anything),
    abis: fc.oneof(fc.constant(['cp311']), anything),
    platforms: fc.oneof(fc.constant(['any']), anything),
    freeThreaded: anything,
    tagTarget: anything,
  },
  { requiredKeys: [] },
);

const specifiers = library.parseSpecifierSet('>=1,!=2a1');

/** Calls with arguments that the types forbid, as JavaScript can. */
const calls: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  parseVersion: library.parseVersion as never,
  compareVersions: library.compareVersions as never,
  parseSpecifierSet: library.parseSpecifierSet as never,
  contains: specifiers.contains.bind(specifiers) as never,
  filter: specifiers.filter.bind(specifiers) as never,
  parseMarker: library.parseMarker as never,
  evaluate: ((environment: never, context: never) =>
    library.parseMarker('os_name == "a" or "a" in extras or extra == "a"').evaluate(environment, context)) as never,
  parseRequirement: library.parseRequirement as never,
  normalizeName: library.normalizeName as never,
  parseWheelFilename: library.parseWheelFilename as never,
  parseSdistFilename: library.parseSdistFilename as never,
  compatibleTags: library.compatibleTags as never,
  parseMetadata: library.parseMetadata as never,
  expandDependencyGroups: library.expandDependencyGroups as never,
};

describe('any input', () => {
  it.each(Object.entries(calls))('of %s', (_name, call) => {
    const property = fc.property(fc.array(anything, { maxLength: 3 }), (args) => {
      expect(faultOf(() => call(...args))).toBeUndefined();
    });
    fc.assert(property);
  });

  it('for parts of a target', () => {
    const property = fc.property(target, (part) => {
      expect(faultOf(() => library.compatibleTags(part as never))).toBeUndefined();
    });
    fc.assert(property);
  });

  it('for parts of a table of groups', () => {
    const content = fc.oneof(fc.array(anything, { maxLength: 2 }), anything);
    const table = fc.dictionary(fc.constantFrom('a', 'B', 'b'), content);
    const property = fc.property(table, anything, (groups, name) => {
      expect(faultOf(() => library.expandDependencyGroups(groups, 'a', name as never))).toBeUndefined();
    });
    fc.assert(property);
  });

  it('for values of markers', () => {
    const environment = fc.record({ os_name: anything });
    const context = fc.record({ extra: anything, extras: anything, dependencyGroups: anything }, { requiredKeys: [] });
    const marker = library.parseMarker('os_name == "a" or "a" in extras or extra == "a"');
    const property = fc.property(environment, context, (values, asked) => {
      expect(faultOf(() => marker.evaluate(values as never, asked as never))).toBeUndefined();
    });
    fc.assert(property);
  });
});

/** What a call throws beside errors of ours. */
function faultOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return library.isTspmError(error) ? undefined : error;
  }
}
