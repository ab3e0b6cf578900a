import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSdist } from '../../src/archive/sdist-archive.ts';
import { isTspmError } from '../../src/errors.ts';
import { writeTar } from '../support/tar.ts';
import { scratchFolder } from '../support/tree.ts';

let plain: Uint8Array;

beforeAll(async () => {
  const longName = `demo-1.0/${'x'.repeat(120)}/${'y'.repeat(120)}.py`;
  const members = [
    { name: 'demo-1.0/', type: 'directory' as const },
    { name: 'demo-1.0/PKG-INFO', data: 'Metadata-Version: 2.2\nName: demo\n' },
    { name: longName, data: 'z'.repeat(700) },
    { name: 'demo-1.0/pyproject.toml', data: '[project]\n' },
  ];
  plain = gunzipSync(await writeTar(members));
});

/** Whether the archive is read, or refused with one of our own errors. Anything else is thrown. */
async function outcomeOf(path: string, bytes: Uint8Array): Promise<'read' | 'refused'> {
  writeFileSync(path, bytes);
  try {
    await readSdist(path, 'demo-1.0.tar.gz');
    return 'read';
  } catch (error) {
    if (isTspmError(error) && error.code.startsWith('TSPM_ARCHIVE')) return 'refused';
    throw error;
  }
}

const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });

function changed(bytes: Uint8Array, places: readonly (readonly [number, number])[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const [place, value] of places) copy[place % copy.length] = value;
  return copy;
}

describe('a damaged source archive', () => {
  it('is read or refused with a clean error, whatever byte of the tar archive differs', async () => {
    const path = join(scratchFolder(), 'demo-1.0.tar.gz');
    await fc.assert(
      fc.asyncProperty(changes, async (places) => {
        expect(['read', 'refused']).toContain(await outcomeOf(path, gzipSync(changed(plain, places))));
      }),
      { numRuns: 300 },
    );
  });

  it('is refused or read where the compressed bytes differ or end', async () => {
    const path = join(scratchFolder(), 'demo-1.0.tar.gz');
    const packed = gzipSync(plain);
    await fc.assert(
      fc.asyncProperty(changes, fc.nat(packed.length), async (places, length) => {
        expect(['read', 'refused']).toContain(await outcomeOf(path, changed(packed, places)));
        expect(await outcomeOf(path, packed.subarray(0, Math.min(length, packed.length - 20)))).toBe('refused');
      }),
      { numRuns: 200 },
    );
  });
});
