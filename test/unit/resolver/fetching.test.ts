import { describe, expect, it } from 'vitest';
import { proofIn, runIn, versionsIn } from './registry.ts';

const versions = (count: number, line: (index: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`1.0.${i}`, [line(i)]]));

describe('fetching', () => {
  const registry = {
    web: { '1.0': ['http', 'html'] },
    http: { '1.0': ['tls'], '0.9': [] },
    html: { '1.0': ['tls'] },
    tls: { '1.0': [], '0.1': [] },
    other: { '1.0': ['tls'] },
  };

  it('asks for one listing and one metadata a package, in waves of everything known to be needed', async () => {
    const { outcome, asked } = await runIn(registry, ['web', 'other']);
    expect(asked.length).toBe(10);
    expect(new Set(asked).size).toBe(10);
    expect(outcome.stats).toMatchObject({ listings: 5, metadata: 5, waves: 4 });
  });

  it('fetches the listings of the project together, before anything else', async () => {
    const { asked } = await runIn(registry, ['web', 'other']);
    expect(asked.slice(0, 2)).toEqual(['web', 'other']);
  });

  it('keeps near the newest of 1,500 lockstep versions when a third package is in the way', async () => {
    const lockstep = {
      boto3: versions(1500, (i) => `botocore==1.0.${i}`),
      botocore: versions(1500, () => 'urllib3<1.27'),
      urllib3: { '1.25': [], '1.26': [], '2.0': [], '2.1': [] },
    };
    const { outcome } = await runIn(lockstep, ['urllib3', 'boto3']);
    expect(outcome.stats.metadata).toBeLessThanOrEqual(20);
    expect(await versionsIn(lockstep, ['urllib3', 'boto3'])).toEqual({
      boto3: '1.0.1499',
      botocore: '1.0.1499',
      urllib3: '1.26',
    });
  });

  it('reads many versions in batches where all of them have to be read', async () => {
    const lockstep = {
      front: versions(300, (i) => `back==1.0.${i}`),
      back: versions(300, () => 'core<2'),
      core: { '1.0': [], '2.0': [] },
    };
    const { outcome } = await runIn(lockstep, ['core>=2', 'front']);
    expect(outcome.kind).toBe('unsolvable');
    expect(outcome.stats.metadata).toBeLessThanOrEqual(602);
    expect(outcome.stats.waves).toBeLessThanOrEqual(50);
  });

  it('passes an operational error on, whoever asked', async () => {
    const onAsk = (question: string) => {
      if (question === 'tls') throw new Error('the index is down');
    };
    await expect(runIn(registry, ['web'], { onAsk })).rejects.toThrow('the index is down');
  });

  it('forgets the failure of something fetched ahead and tries again when it is needed', async () => {
    const failed = new Set<string>();
    const onAsk = (question: string) => {
      if (question !== 'html' || failed.has(question)) return;
      failed.add(question);
      throw new Error('a hiccup');
    };
    const { outcome } = await runIn(registry, ['http', 'web'], { onAsk });
    expect(outcome.kind).toBe('solved');
    expect(failed.size).toBeGreaterThan(0);
  });

  it('never asks about packages that only an impossible marker names', async () => {
    const conditional = { web: { '1.0': ['old; python_version < "3"', 'extra-only; extra == "x"'] } };
    const { asked } = await runIn(conditional, ['web']);
    expect(asked).toEqual(['web', 'web 1.0']);
  });

  it('tells the same proof whatever the order of arrival', async () => {
    const slowFirst = (question: string): Promise<void> =>
      new Promise((done) => (question.includes('h') ? setImmediate(done) : done()));
    const broken = { ...registry, tls: { '0.1': [] }, html: { '1.0': ['tls>=1'] } };
    expect(await proofIn(broken, ['web', 'other'], { onAsk: slowFirst })).toBe(await proofIn(broken, ['web', 'other']));
  });
});
