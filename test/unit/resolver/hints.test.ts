/** Hints are told only when they help: each is what a resolution with that change came to. */
import { describe, expect, it } from 'vitest';
import { EVERY_FILE } from '../../../src/index/file-rules.ts';
import { type Options, type Registry, type Roots, direct, runIn } from './registry.ts';

async function hintsIn(registry: Registry, roots: Roots, options: Options = {}): Promise<readonly string[]> {
  const { outcome } = await runIn(registry, roots, options);
  if (outcome.kind === 'solved') throw new Error('there is a solution');
  return (await outcome.hints()).map(({ text }) => text);
}

const CORES = { core: { '1.0': [], '1.5': [], '2.0': [] } };

describe('the bounds of the project', () => {
  it('are told one by one, with what would be chosen without them', async () => {
    expect(await hintsIn(CORES, ['core>=2', 'core<2'])).toEqual([
      'drop ">=2" from "core>=2" (core 1.5 would be chosen)',
      'drop "<2" from "core<2" (core 2.0 would be chosen)',
    ]);
  });

  it('are told clause by clause, with their group', async () => {
    const registry = { ...CORES, tool: { '1.0': ['core>=2'] } };
    expect(await hintsIn(registry, { default: ['tool'], dev: ['core>=1,<2,!=1.1'] })).toEqual([
      'drop "<2" from "core>=1,<2,!=1.1" in group "dev" (core 2.0 would be chosen)',
    ]);
  });

  it('are not told where dropping them helps nothing', async () => {
    const registry = { ...CORES, alpha: { '1.0': ['core<2'] }, beta: { '1.0': ['core>=2'] } };
    expect(await hintsIn(registry, ['alpha>=1', 'beta>=1'])).toEqual([]);
  });

  it('are told where they remove this cause and another is left', async () => {
    const registry = { ...CORES, alpha: { '1.0': ['nowhere'] } };
    expect(await hintsIn(registry, ['core>=9', 'alpha'])).toEqual([
      'drop ">=9" from "core>=9", though something else is in the way then',
    ]);
  });
});

it('a change after which the target can be split counts as a solution', async () => {
  const registry = {
    ...CORES,
    alpha: { '1.0': ['core<2; python_version < "3.11"', 'core>=2; python_version >= "3.11"'] },
  };
  expect(await hintsIn(registry, ['alpha>=2'])).toEqual(['drop ">=2" from "alpha>=2" (alpha 1.0 would be chosen)']);
});

describe('requires-python', () => {
  it('is narrowed as little as possible', async () => {
    const registry = { beta: { '1.0': { python: '>=3.10' }, '2.0': { python: '>=3.11,<4.0' } } };
    expect(await hintsIn(registry, ['beta'])).toEqual([
      'narrow requires-python to ">=3.10" (beta 1.0 would be chosen)',
    ]);
  });

  it('is narrowed step by step when one package needs more than another', async () => {
    const registry = {
      beta: { '1.0': { python: '>=3.10', requires: ['gamma'] } },
      gamma: { '1.0': { python: '>=3.12' } },
    };
    expect(await hintsIn(registry, ['beta'])).toEqual([
      'narrow requires-python to ">=3.12" (gamma 1.0 would be chosen)',
    ]);
  });

  it('is not narrowed to nothing', async () => {
    expect(await hintsIn({ beta: { '1.0': { python: '<3' } } }, ['beta'])).toEqual([]);
  });
});

describe('pre-releases', () => {
  const registry = { beta: { '1.0': [], '2.0b1': [], '2.0rc1': [] }, top: { '1.0': ['beta>1'] } };

  it('are allowed where the setting refuses them', async () => {
    expect(await hintsIn(registry, ['top'], { allowPrereleases: false })).toEqual([
      'allow pre-releases of beta (beta 2.0rc1 would be chosen)',
    ]);
  });

  it('are named where a requirement stops just above them', async () => {
    expect(await hintsIn(registry, ['beta>=2'])).toEqual([
      'ask for beta==2.0rc1, a pre-release',
      'drop ">=2" from "beta>=2" (beta 1.0 would be chosen)',
    ]);
  });
});

describe('withdrawn versions', () => {
  it('are pinned by the requirement of the project', async () => {
    const registry = { beta: { '1.0': [], '2.0': { yanked: '' }, '2.1': { yanked: '' } } };
    expect(await hintsIn(registry, ['beta>=2'])).toEqual([
      'ask for beta==2.1, a withdrawn version',
      'drop ">=2" from "beta>=2" (beta 1.0 would be chosen)',
    ]);
  });

  it('are added to the project when others need them', async () => {
    const registry = { alpha: { '1.0': ['core'] }, core: { '1.0': { yanked: '' } } };
    expect(await hintsIn(registry, ['alpha'])).toEqual([
      "add core==1.0 to the project's dependencies to take a withdrawn version",
    ]);
  });
});

describe('overrides and references', () => {
  it('an override is dropped', async () => {
    const registry = { ...CORES, alpha: { '1.0': ['core'] } };
    expect(await hintsIn(registry, ['alpha'], { overrides: { core: '>=9' } })).toEqual([
      'drop the override core>=9 (core 2.0 would be chosen)',
    ]);
  });

  it('a reference of a package becomes one of the project', async () => {
    const registry = { linked: { '1.0': ['beta @ https://x.example/beta.whl'] } };
    expect(await hintsIn(registry, ['linked'])).toEqual([
      "add beta @ https://x.example/beta.whl to the project's own dependencies",
    ]);
  });

  it('two references for one package', async () => {
    const url = 'https://x.example/beta-1.0.whl';
    const registry = { tools: { '1.0': ['beta @ https://y.example/beta.whl'] } };
    const options = { direct: new Map([['beta', direct('beta', '1.0', { url })]]) };
    expect(await hintsIn(registry, [`beta @ ${url}`, 'tools'], options)).toEqual(['decide on one source of beta']);
  });
});

describe('rules about files', () => {
  const packed = { packed: { '1.0': { wheels: [], archive: 'static' } } } as const;
  const wheel = { wheel: { '1.0': [] } };
  const named = (...names: string[]) => new Set(names);

  it('formats are let in for one package', async () => {
    const noWheels = { files: { ...EVERY_FILE, noBinary: named('wheel') } };
    expect(await hintsIn(wheel, ['wheel'], noWheels)).toEqual([
      'take wheel out of no-binary (wheel 1.0 would be chosen)',
    ]);
    const noWheelAtAll = { files: { ...EVERY_FILE, noBinary: named(':all:') } };
    expect(await hintsIn(wheel, ['wheel'], noWheelAtAll)).toEqual([
      'add wheel to only-binary (wheel 1.0 would be chosen)',
    ]);
    const wheels = { files: { ...EVERY_FILE, onlyBinary: named('packed') } };
    expect(await hintsIn(packed, ['packed'], wheels)).toEqual([
      'take packed out of only-binary (packed 1.0 would be chosen)',
    ]);
    const wheelsAlone = { files: { ...EVERY_FILE, onlyBinary: named(':all:') } };
    expect(await hintsIn(packed, ['packed'], wheelsAlone)).toEqual([
      'add packed to no-binary (packed 1.0 would be chosen)',
    ]);
  });

  it('a cut-off date is moved for one package', async () => {
    const registry = {
      beta: { '1.0': { uploadTime: '2024-01-01T00:00:00Z' }, '2.0': { uploadTime: '2025-06-01T00:00:00Z' } },
    };
    const files = { ...EVERY_FILE, cutoff: { time: Date.UTC(2025, 0, 1), text: '2025-01-01' } };
    expect(await hintsIn(registry, ['beta>=2'], { files })).toEqual([
      'let newer files of beta in with exclude-newer-override (beta 2.0 would be chosen)',
      'drop ">=2" from "beta>=2" (beta 1.0 would be chosen)',
    ]);
  });
});

describe('the effort', () => {
  it('is bounded: a change that leads far away is not told, and few new answers are asked for', async () => {
    const ladder = Array.from({ length: 400 }, (_, i) => [`1.${i}`, [`right==1.${i + 1}`]] as const);
    const registry = {
      left: Object.fromEntries(ladder),
      right: Object.fromEntries(ladder.map(([version]) => [version, [`left>${version}`]])),
      core: CORES.core,
    };
    const { outcome, asked } = await runIn(registry, ['left', 'core>=9']);
    if (outcome.kind === 'solved') throw new Error('there is a solution');
    const before = asked.length;
    const hints = await outcome.hints();
    expect(hints.every(({ solves }) => !solves)).toBe(true);
    expect(asked.length - before).toBeLessThan(200);
  });

  it('ends without a hint, not with an error, when a service fails', async () => {
    let isDown = false;
    const onAsk = () => {
      if (isDown) throw new Error('connection lost');
    };
    const { outcome } = await runIn(CORES, ['core>=9'], { onAsk });
    isDown = true;
    expect(outcome.kind === 'unsolvable' && (await outcome.hints())).toEqual([]);
  });
});
