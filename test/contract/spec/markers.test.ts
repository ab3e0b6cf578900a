import { describe, expect, it } from 'vitest';
import { isTspmError } from '../../../src/errors.ts';
import { parseMarker, type MarkerContext, type MarkerEnvironment } from '../../../src/packaging/marker.ts';
import { loadVectors, vectorTitle } from '../../support/conformance.ts';

const valid = loadVectors('markers-valid');
const invalid = loadVectors('markers-invalid');
const evaluated = loadVectors('markers-eval');
const matrix = loadVectors('markers-matrix');

describe('marker vectors', () => {
  it.skipIf(valid === undefined)(vectorTitle('are all read', 'markers-valid', valid), () => {
    for (const [input] of valid?.cases ?? []) {
      const marker = parseMarker(String(input));
      const again = parseMarker(marker.toString());
      expect(again.toString()).toBe(marker.toString());
      expect(again.expression).toEqual(marker.expression);
    }
  });

  it.skipIf(invalid === undefined)(vectorTitle('that are no markers are refused', 'markers-invalid', invalid), () => {
    for (const [input] of invalid?.cases ?? []) {
      expect(() => parseMarker(String(input))).toThrow(expect.objectContaining({ code: 'TSPM_INVALID_MARKER' }));
    }
  });

  it.skipIf(evaluated === undefined)(
    vectorTitle('are evaluated as by the reference', 'markers-eval', evaluated),
    () => {
      const base = environmentOf(evaluated?.meta['base_environment']);
      for (const [marker, overrides, , expected] of evaluated?.cases ?? []) {
        const { environment, context } = splitValues({ ...base, ...tableOf(overrides) });
        // An error of the reference is an error or no match here, never a match.
        const holds = expected === true;
        expect({ marker, overrides, holds: verdict(String(marker), environment, context) }).toEqual({
          marker,
          overrides,
          holds,
        });
      }
    },
  );

  it.skipIf(matrix === undefined)(vectorTitle('hold in the same environments', 'markers-matrix', matrix), () => {
    const environments = Object.values(tableOf(matrix?.meta['environments'])).map(environmentOf);
    for (const [marker, plain, withExtras] of matrix?.cases ?? []) {
      const rows: readonly (readonly [string, string])[] = [['', String(plain)], ...pairsOf(withExtras)];
      for (const [extra, expected] of rows) {
        const bits = environments
          .map((environment) => Number(verdict(String(marker), environment, { extra })))
          .join('');
        expect({ marker, extra, bits }).toEqual({ marker, extra, bits: expected.replaceAll('E', '0') });
      }
    }
  });
});

function verdict(marker: string, environment: MarkerEnvironment, context: MarkerContext): boolean {
  try {
    return parseMarker(marker).evaluate(environment, context);
  } catch (error) {
    if (isTspmError(error) && error.code === 'TSPM_INVALID_MARKER') return false;
    throw error;
  }
}

function splitValues({ extra, extras, dependency_groups: groups, ...environment }: Record<string, unknown>): {
  environment: MarkerEnvironment;
  context: MarkerContext;
} {
  return {
    environment: environmentOf(environment),
    context: { extra: textOf(extra), extras: namesOf(extras), dependencyGroups: namesOf(groups) },
  };
}

function environmentOf(value: unknown): MarkerEnvironment {
  return Object.fromEntries(Object.entries(tableOf(value)).map(([name, text]) => [name, String(text)]));
}

function tableOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) return { ...value };
  throw new Error('expected a table of values');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function namesOf(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined;
}

function pairsOf(value: unknown): (readonly [string, string])[] {
  if (!Array.isArray(value)) return [];
  return value.map((pair: unknown): readonly [string, string] =>
    Array.isArray(pair) ? [String(pair[0]), String(pair[1])] : ['', ''],
  );
}
