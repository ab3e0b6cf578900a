import { describe, expect, it } from 'vitest';
import { childEnvironment, type EnvironmentFacts } from '../../../src/run/environment.ts';

const facts: EnvironmentFacts = {
  env: { PATH: '/usr/bin:/bin', HOME: '/home/u' },
  root: '/p',
  runCwd: '/p/sub',
  packages: '/p/__pypackages__/3.11',
  executable: '/opt/python/bin/python3.11',
  hookFolder: '/opt/tspm/pep582',
  windows: false,
};

describe('childEnvironment', () => {
  it('puts the packages first on PATH and the interpreter last', () => {
    expect(childEnvironment(facts)).toEqual({
      HOME: '/home/u',
      PATH: '/p/__pypackages__/3.11/bin:/usr/bin:/bin:/opt/python/bin',
      PYTHONPATH: '/opt/tspm/pep582:',
      PDM_PROJECT_ROOT: '/p',
      PDM_RUN_CWD: '/p/sub',
      PEP582_PACKAGES: '/p/__pypackages__/3.11',
    });
  });

  it.each([
    ['/a:/b', '/opt/tspm/pep582:/a:/b'],
    ['', '/opt/tspm/pep582:'],
    ['/opt/tspm/pep582:/a', '/opt/tspm/pep582:/a'],
    ['/opt/tspm/pep582:', '/opt/tspm/pep582:'],
    ['/usr/lib/pdm/pep582', '/opt/tspm/pep582:'],
  ])('PYTHONPATH %j becomes %j', (before, after) => {
    expect(childEnvironment({ ...facts, env: { ...facts.env, PYTHONPATH: before } })['PYTHONPATH']).toBe(after);
  });

  it('uses the spelling and the separators of Windows there', () => {
    const env = childEnvironment({ ...facts, env: { Path: String.raw`C:\x` }, windows: true });
    expect(env['Path']).toBe(['/p/__pypackages__/3.11/Scripts', String.raw`C:\x`, '/opt/python/bin'].join(';'));
    expect(env['PATH']).toBeUndefined();
  });
});
