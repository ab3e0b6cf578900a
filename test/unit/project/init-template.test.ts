import { describe, expect, it } from 'vitest';
import { initialPyproject, nameFromFolder } from '../../../src/project/init-template.ts';
import { parsePyproject } from '../../../src/project/pyproject.ts';

describe('a new pyproject.toml', () => {
  it('is an application unless a backend is named', () => {
    const text = initialPyproject({
      name: 'a',
      version: '0.1.0',
      author: { name: 'A "B"', email: 'a@b.c' },
      license: 'MIT',
      requiresPython: '==3.11.*',
      readme: false,
    });
    expect(text).toBe(
      '[project]\nname = "a"\nversion = "0.1.0"\nauthors = [\n    {name = "A \\"B\\"", email = "a@b.c"},\n]\ndependencies = []\nrequires-python = "==3.11.*"\nlicense = "MIT"\n\n[tool.pdm]\ndistribution = false\n',
    );
    expect(parsePyproject(text, '/p')).toMatchObject({ name: 'a', distribution: false, requiresPython: '==3.11.*' });
  });

  it('builds a library with its backend', () => {
    const text = initialPyproject({ name: 'l', version: '1', requiresPython: '', readme: true, backend: 'hatchling' });
    expect(parsePyproject(text, '/p')).toMatchObject({
      distribution: true,
      buildBackend: 'hatchling.build',
      requiresPython: '',
    });
    expect(text).toContain('readme = "README.md"\n');
  });

  it('takes a name from the folder', () => {
    expect(nameFromFolder('My project (1)')).toBe('My-project-1');
    expect(nameFromFolder('..')).toBeUndefined();
  });
});
