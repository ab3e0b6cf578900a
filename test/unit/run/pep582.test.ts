import { describe, expect, it } from 'vitest';
import { pep582Text } from '../../../src/run/pep582.ts';

describe('pep582Text', () => {
  it.each(['zsh', 'bash', 'sh', 'dash'])('sets PYTHONPATH in %s', (shell) => {
    expect(pep582Text(shell, '/opt/tspm/pep582')).toBe(
      `export PYTHONPATH='/opt/tspm/pep582'"\${PYTHONPATH:+:$PYTHONPATH}"\n`,
    );
  });

  it('sets it in fish and csh', () => {
    expect(pep582Text('fish', '/opt/tspm/pep582')).toBe("set -x PYTHONPATH '/opt/tspm/pep582' $PYTHONPATH\n");
    expect(pep582Text('tcsh', '/opt/tspm/pep582')).toContain('setenv PYTHONPATH \'/opt/tspm/pep582\':"$PYTHONPATH"');
  });

  it('quotes a folder with quotation marks', () => {
    expect(pep582Text('bash', "/it's/pep582")).toContain(String.raw`'/it'\''s/pep582'`);
    expect(pep582Text('fish', "/it's/pep582")).toContain(String.raw`'/it\'s/pep582'`);
  });

  it('refuses other shells by name', () => {
    expect(() => pep582Text('foo', '/x')).toThrow(
      expect.objectContaining({ code: 'TSPM_USAGE', message: 'Unsupported shell: foo' }),
    );
  });
});
