import { describe, expect, it } from 'vitest';
import { expandUrl, localPathOf, localUrl, variableStyle } from '../../../src/project/variables.ts';

const env = { TOKEN: 's3', EMPTY: '' };
const pdm = { root: '/r o', env, style: 'pdm' } as const;
const hatch = { root: '/r o', env, style: 'hatch' } as const;

describe('variables of dependency URLs', () => {
  it('follow the build backend', () => {
    expect(
      [undefined, 'pdm.backend', 'x', 'hatchling.build', 'setuptools.build_meta', 'flit_core.buildapi'].map(
        variableStyle,
      ),
    ).toEqual(['pdm', 'pdm', 'pdm', 'hatch', 'none', 'none']);
    expect(expandUrl('file:///${PROJECT_ROOT}/x', pdm)).toBe('file:///r%20o/x');
    expect(expandUrl('https://${TOKEN}:${NONE}@h', pdm)).toBe('https://s3:@h');
    expect(expandUrl('{root:uri}/x {env:TOKEN} {env:NONE:d:e} {root}', hatch)).toBe('file:///r%20o/x s3 d:e /r o');
    expect(() => expandUrl('{env:NONE}', hatch)).toThrow(/NONE, used in a dependency URL, is not set/);
    expect(expandUrl('file:///${PROJECT_ROOT}/x', { ...pdm, style: 'none' })).toBe('file:///${PROJECT_ROOT}/x');
  });

  it('turn local paths into URLs and back', () => {
    for (const scope of [pdm, hatch]) {
      for (const path of ['./a/b c', '../x', '/abs/é']) expect(localPathOf(localUrl(path, scope), scope)).toBe(path);
    }
    expect(localPathOf('https://x', pdm)).toBeUndefined();
  });
});
