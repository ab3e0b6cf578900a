/** How much work the hard cases are, as counts: docs/resolver.md has them in a table. */
import { describe, expect, it } from 'vitest';
import type { ResolvedPackage } from '../../../src/resolver/model.ts';
import { hardCases } from '../../support/hard-cases.ts';
import { runIn } from './registry.ts';

describe('hard cases', () => {
  it.each(Object.entries(hardCases()))('%s', async (_, { registry, roots, expected, ...most }) => {
    const { outcome, asked } = await runIn(registry, roots);
    const { metadata, waves, listings } = outcome.stats;
    expect(outcome.kind).toBe(expected === 'unsolvable' ? expected : 'solved');
    expect(outcome.kind === 'solved' ? versionsOf(outcome.packages) : {}).toMatchObject(
      expected === 'unsolvable' ? {} : expected,
    );
    expect(asked).toHaveLength(metadata + listings);
    expect(metadata).toBeLessThanOrEqual(most.metadata);
    expect(waves).toBeLessThanOrEqual(most.waves);
  });

  it('take no more conflicts than there is something to learn from', async () => {
    const work = new Map<string, { readonly conflicts: number; readonly attempts: number }>();
    for (const [name, { registry, roots }] of Object.entries(hardCases())) {
      work.set(name, (await runIn(registry, roots)).outcome.stats);
    }
    // Each of the 1,500 versions is ruled out once.
    expect(work.get('1,500 lockstep versions, impossible')).toMatchObject({ conflicts: 1500, attempts: 1500 });
    expect(work.get('aws: nothing fits')).toMatchObject({ conflicts: 1500, attempts: 1500 });
    expect(work.get('60 nodes that three colours are enough for')?.conflicts).toBeLessThanOrEqual(50);
    expect(work.get('60 nodes that three colours are not enough for')?.conflicts).toBeLessThanOrEqual(100);
    expect(work.get('a diamond 200 deep')).toMatchObject({ conflicts: 1, attempts: 2 });
    expect(work.get('a chain of 500')).toMatchObject({ conflicts: 0, attempts: 1 });
  });
});

function versionsOf(packages: readonly ResolvedPackage[]): Record<string, string> {
  return Object.fromEntries(packages.map(({ key, version }) => [key, version.text]));
}
