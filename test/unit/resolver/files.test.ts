import { describe, expect, it } from 'vitest';
import { EVERY_FILE, type FileRules } from '../../../src/index/file-rules.ts';
import { type Registry, proofIn, runIn, versionsIn } from './registry.ts';

const rules = (some: Partial<FileRules>): { readonly files: FileRules } => ({ files: { ...EVERY_FILE, ...some } });

describe('a cut-off for uploads', () => {
  const cutoff = { time: Date.UTC(2025, 0, 1), text: '2025-01-01' };
  const registry: Registry = {
    beta: {
      '1.0': { uploadTime: '2024-12-31T23:59:59.999999Z' },
      '1.1': { uploadTime: '2025-01-01T00:00:00Z' },
      '2.0': { uploadTime: '2025-01-01T00:00:00.001Z' },
    },
    untold: { '1.0': [] },
  };

  it('leaves out what was uploaded later, not what was uploaded at that moment', async () => {
    expect(await versionsIn(registry, ['beta'], rules({ cutoff }))).toEqual({ beta: '1.1' });
    expect(await versionsIn(registry, ['beta<1.1'], rules({ cutoff }))).toEqual({ beta: '1.0' });
  });

  it('can be another one, or none, for single packages', async () => {
    const later = { time: Date.UTC(2026, 0, 1), text: '2026-01-01' };
    const cutoffs = new Map([
      ['beta', later],
      ['untold', undefined],
    ]);
    const found = await versionsIn(registry, ['beta', 'untold'], rules({ cutoff, cutoffs }));
    expect(found).toEqual({ beta: '2.0', untold: '1.0' });
  });

  it('is named as the reason', async () => {
    const { outcome } = await runIn(registry, ['beta>=2'], rules({ cutoff }));
    expect(outcome).toMatchObject({
      kind: 'unsolvable',
      proof: {
        text: 'Because your project depends on beta>=2 and beta 2.0 was uploaded after 2025-01-01, resolution failed.',
      },
    });
    expect(outcome.kind === 'unsolvable' && outcome.proof.graph.steps.map((step) => step.kind)).toContain('fact');
  });

  it('leaves out files of unknown age and says so', async () => {
    expect(await proofIn(registry, ['untold'], rules({ cutoff }))).toBe(
      'Because your project depends on untold and untold 1.0 has no known time of upload, so that it may be newer than 2025-01-01, resolution failed.',
    );
  });
});

describe('formats', () => {
  const registry: Registry = {
    both: { '1.0': { archive: 'static' }, '2.0': [] },
    packed: { '1.0': { wheels: [], archive: 'static' } },
    bound: { '1.0': [], '2.0': { wheels: [], archive: 'dynamic' } },
  };
  const all = new Set([':all:']);

  it('no-binary takes source archives alone', async () => {
    const noBinary = rules({ noBinary: new Set(['both']) });
    const { outcome } = await runIn(registry, ['both'], noBinary);
    const files = outcome.kind === 'solved' ? outcome.packages[0]?.release?.artifacts : undefined;
    expect(files?.map(({ filename }) => filename)).toEqual(['both-1.0.tar.gz']);
    expect(await proofIn(registry, ['both>=2'], noBinary)).toContain(
      'both 2.0 has no source archive, and no-binary rules its wheels out',
    );
  });

  it('only-binary takes wheels alone', async () => {
    expect(await proofIn(registry, ['packed'], rules({ onlyBinary: all }))).toBe(
      'Because your project depends on packed and packed 1.0 is only published as a source archive, which only-binary rules out, resolution failed.',
    );
  });

  it('prefer-binary tries archives after every version with a wheel', async () => {
    const preferring = rules({ preferBinary: all });
    expect(await versionsIn(registry, ['bound', 'packed'], preferring)).toEqual({ bound: '1.0', packed: '1.0' });
    const lowest = { minimalDirect: true, ...rules({ preferBinary: new Set(['a']) }) };
    const mixed: Registry = { a: { '1.0': { wheels: [], archive: 'static' }, '2.0': [] } };
    expect(await versionsIn(mixed, ['a'], lowest)).toEqual({ a: '2.0' });
    expect(await versionsIn(mixed, ['a'], { minimalDirect: true })).toEqual({ a: '1.0' });
  });

  it('archives that do not tell their requirements cannot be used without building', async () => {
    expect(await proofIn(registry, ['bound>=2'])).toContain('bound 2.0 has to be built to learn its requirements');
  });

  it('what has to be decided on is built, and nothing else', async () => {
    const choosing: Registry = {
      bound: { '1.0': { wheels: [] }, '2.0': { wheels: [] }, '3.0': { wheels: [], requires: ['leaf<1'] } },
      leaf: { '1.0': [] },
    };
    const { outcome, built } = await runIn(choosing, ['bound', 'leaf'], { builds: true });
    expect(outcome).toMatchObject({ kind: 'solved', packages: [{ version: { text: '2.0' } }, { key: 'leaf' }] });
    expect(built).toEqual(['bound 3.0', 'bound 2.0']);
  });

  it('nothing is built for a hint', async () => {
    const withdrawn: Registry = { leaf: { '1.0': [], '2.0': { wheels: [], yanked: 'broken' } } };
    const { outcome, built } = await runIn(withdrawn, ['leaf>=2'], { builds: true });
    if (outcome.kind === 'solved') throw new Error('there is a solution');
    await outcome.hints();
    expect(built).toEqual([]);
  });
});

describe('the order of sources', () => {
  const sourceOrder = ['lab', 'pypi'];
  const registry: Registry = {
    alpha: { '1.0': { source: 'lab' }, '2.0': { source: 'pypi' } },
    mixed: { '1.0': { wheels: ['py2-none-any', 'py3-none-any'], source: { 'py2-none-any.whl': 'lab' } } },
    shared: { '1.0': { archive: 'static', source: { '.tar.gz': 'lab' } } },
    early: { '1.0b1': { source: 'lab' }, '0.9': { source: 'pypi' } },
  };

  it('goes before the order of versions', async () => {
    expect(await versionsIn(registry, ['alpha'])).toEqual({ alpha: '2.0' });
    expect(await versionsIn(registry, ['alpha'], { sourceOrder })).toEqual({ alpha: '1.0' });
    expect(await versionsIn(registry, ['alpha'], { sourceOrder: sourceOrder.toReversed() })).toEqual({ alpha: '2.0' });
  });

  it('gives way to what is required', async () => {
    expect(await versionsIn(registry, ['alpha>1'], { sourceOrder })).toEqual({ alpha: '2.0' });
    expect(await versionsIn(registry, ['early'], { sourceOrder })).toEqual({ early: '0.9' });
  });

  it('decides whose files a version has', async () => {
    const { outcome } = await runIn(registry, ['mixed', 'shared'], { sourceOrder });
    const files = outcome.kind === 'solved' ? outcome.packages.map(({ release }) => release?.artifacts) : [];
    expect(files.map((some) => some?.map(({ filename }) => filename))).toEqual([
      ['mixed-1.0-py3-none-any.whl'],
      ['shared-1.0.tar.gz'],
    ]);
  });
});
