import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { openWheel } from '../../src/archive/wheel-archive.ts';
import { readTailEntry } from '../../src/archive/zip-tail.ts';
import { isTspmError } from '../../src/errors.ts';
import { readTree, scratchFolder } from '../support/tree.ts';
import { buildWheel, type BuiltWheel } from '../support/wheel.ts';

const PLAIN = buildWheel({
  name: 'demo',
  version: '1.0',
  files: { 'demo/__init__.py': 'x = 1\n'.repeat(20), 'demo/b.py': 'y = 2\n' },
  entryPoints: { demo: 'demo:main' },
});
const WIDE = buildWheel({ name: 'demo', version: '1.0', zip: { zip64: true } });

/** One change of bytes. */
type Mutation =
  | { readonly kind: 'set'; readonly at: number; readonly value: number }
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'cut'; readonly at: number; readonly length: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'copy'; readonly from: number; readonly at: number; readonly length: number };

const place = fc.nat(4000);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: place, value: fc.nat(255) }),
  fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('cut' as const), at: place, length: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant('insert' as const), at: place, bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
  fc.record({ kind: fc.constant('copy' as const), from: place, at: place, length: fc.integer({ min: 1, max: 60 }) }),
);

function mutate(bytes: Uint8Array, change: Mutation): Uint8Array {
  const at = change.at % bytes.length;
  const copy = Uint8Array.from(bytes);
  switch (change.kind) {
    case 'set':
      copy[at] = change.value;
      return copy;
    case 'flip':
      copy[at] = (copy[at] ?? 0) ^ (1 << change.bit);
      return copy;
    case 'cut':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.length)]);
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), change.bytes, bytes.subarray(at)]);
    case 'copy':
      return copy.copyWithin(at, change.from % bytes.length, (change.from % bytes.length) + change.length);
  }
}

/** The tree a wheel unpacks to, without modes (they stand in the directory alone), or the code it is refused with. */
async function outcome(bytes: Uint8Array, filename: string, folder: string): Promise<unknown> {
  const path = join(folder, 'w.whl');
  const target = join(folder, 'target');
  writeFileSync(path, bytes);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  try {
    const wheel = openWheel(path, filename, '');
    try {
      await wheel.extract(target);
    } finally {
      wheel.close();
    }
  } catch (error) {
    if (isTspmError(error)) return error.code;
    throw error;
  }
  return Object.entries(readTree(target)).map(([name, content]) => [name, content.slice(4)]);
}

describe.each<[string, BuiltWheel]>([
  ['plain', PLAIN],
  ['zip64', WIDE],
])('a mutated wheel (%s)', (_, wheel) => {
  it('gives the same tree or a clean error', async () => {
    const folder = scratchFolder();
    const whole = await outcome(wheel.bytes, wheel.filename, folder);
    expect(Array.isArray(whole)).toBe(true);
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        const result = await outcome(mutations.reduce(mutate, wheel.bytes), wheel.filename, folder);
        const refused = typeof result === 'string' && /^TSPM_(?:ARCHIVE|WHEEL|HASH)/u.test(result);
        expect(refused ? whole : result).toEqual(whole);
      }),
      { numRuns: 1500 },
    );
  });

  it('gives the same METADATA from its tail, none, or a clean error', () => {
    const wants = (name: string): boolean => name === 'demo-1.0.dist-info/METADATA';
    const read = (bytes: Uint8Array): unknown => {
      try {
        const answer = readTailEntry(bytes, 0, bytes.length, wants);
        return answer.kind === 'found' ? Buffer.from(answer.data).toString('latin1') : answer.kind;
      } catch (error) {
        if (isTspmError(error)) return error.code;
        throw error;
      }
    };
    const whole = read(wheel.bytes);
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 2 }), (mutations) => {
        expect([whole, 'missing', 'TSPM_ARCHIVE', 'TSPM_ARCHIVE_PATH', 'TSPM_ARCHIVE_LIMIT']).toContain(
          read(mutations.reduce(mutate, wheel.bytes)),
        );
      }),
      { numRuns: 3000 },
    );
  });
});
