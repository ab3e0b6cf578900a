import { describe, expect, it } from 'vitest';
import { runIn, versionsIn } from './registry.ts';

describe('extras', () => {
  const registry = {
    beta: {
      '1.0': ['six', 'fast>=1; extra == "speed"', 'nice; extra == "looks"', 'beta[speed,looks]; extra == "all"'],
      '2.0': ['six', 'fast>=2; extra == "speed"', 'nice; extra == "looks"', 'beta[speed,looks]; extra == "all"'],
    },
    fast: { '1.0': [], '2.0': [] },
    nice: { '1.0': [] },
    six: { '1.0': [] },
  };

  it('bring their requirements and an entry of their own beside the plain one', async () => {
    expect(await versionsIn(registry, ['beta[speed]'])).toEqual({
      beta: '2.0',
      'beta[speed]': '2.0',
      fast: '2.0',
      six: '1.0',
    });
  });

  it('share one version with the plain package, which moves when the extra needs it', async () => {
    const selected = await versionsIn(registry, ['beta', 'beta[speed]', 'fast<2']);
    expect(selected).toEqual({ beta: '1.0', 'beta[speed]': '1.0', fast: '1.0', six: '1.0' });
  });

  it('may name other extras of the same package', async () => {
    expect(await versionsIn(registry, ['beta[all]'])).toEqual({
      beta: '2.0',
      'beta[all]': '2.0',
      'beta[looks,speed]': '2.0',
      fast: '2.0',
      nice: '1.0',
      six: '1.0',
    });
  });

  it('are found when somebody asks for them only after the package was chosen', async () => {
    const late = { ...registry, zeta: { '1.0': ['eta'] }, eta: { '1.0': ['beta[speed]<2'] } };
    expect(await versionsIn(late, ['beta', 'zeta'])).toMatchObject({ beta: '1.0', 'beta[speed]': '1.0', fast: '2.0' });
  });

  it('that a version does not have are noted, not refused', async () => {
    const { outcome, events } = await runIn(registry, ['beta[gone]']);
    expect(outcome.kind).toBe('solved');
    expect(events).toContainEqual({ kind: 'note', level: 'warning', message: 'beta 2.0 has no extra "gone"' });
  });

  it('write lock lines without their own condition and with the pin of the plain package', async () => {
    const lines = {
      ...registry,
      beta: { '1.0': ['Six>=1', 'fast>=1; python_version < "3.12" and extra == "speed"', 'old; python_version < "3"'] },
    };
    const { outcome } = await runIn(lines, ['Beta[speed]']);
    const entries = outcome.kind === 'solved' ? outcome.packages.filter(({ key }) => key === 'beta') : [];
    expect(entries.map(({ extras, dependencies }) => [extras, dependencies])).toEqual([
      [[], ['Six>=1', 'old; python_version < "3"']],
      [['speed'], ['Beta==1.0', 'fast>=1; python_version < "3.12"']],
    ]);
  });
});
