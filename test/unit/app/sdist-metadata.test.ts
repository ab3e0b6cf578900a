import { describe, expect, it } from 'vitest';
import { staticMetadata } from '../../../src/app/sdist-metadata.ts';
import { parseMetadata } from '../../../src/packaging/metadata.ts';

const head = (version: string, ...more: readonly string[]): string =>
  ['Name: demo', 'Version: 1.0', `Metadata-Version: ${version}`, 'Requires-Dist: a', ...more, ''].join('\n');

const project = (...lines: readonly string[]): string =>
  ['[project]', 'name = "demo"', 'version = "1.0"', ...lines, ''].join('\n');

const requirements = (pkgInfo: string | undefined, pyproject: string | undefined): readonly string[] | undefined => {
  const text = staticMetadata({ pkgInfo, pyproject });
  return text === undefined ? undefined : parseMetadata(text).requiresDist;
};

describe('PKG-INFO', () => {
  it('counts from metadata 2.2 on, unless a field that matters is dynamic', () => {
    expect(requirements(head('2.2'), undefined)).toEqual(['a']);
    expect(requirements(head('2.4', 'Dynamic: Description'), undefined)).toEqual(['a']);
    expect(requirements(head('2.1'), undefined)).toBeUndefined();
    for (const field of ['Requires-Dist', 'requires-python', 'Provides-Extra']) {
      expect(requirements(head('2.2', `Dynamic: ${field}`), undefined)).toBeUndefined();
    }
    expect(requirements('no headers at all', undefined)).toBeUndefined();
  });

  it('goes before pyproject.toml, which counts where PKG-INFO is not final', () => {
    const pyproject = project('dependencies = ["b"]');
    expect(requirements(head('2.2'), pyproject)).toEqual(['a']);
    expect(requirements(head('2.1'), pyproject)).toEqual(['b']);
  });
});

describe('[project]', () => {
  it('gives name, version, requires-python, summary, requirements and extras', () => {
    const pyproject = project(
      'requires-python = ">=3.9"',
      'description = "A demo"',
      'dependencies = ["b>=1", "c; os_name == \'nt\'"]',
      '[project.optional-dependencies]',
      'x = ["d", "e; python_version < \'3.12\' or os_name == \'nt\'"]',
    );
    expect(parseMetadata(staticMetadata({ pkgInfo: undefined, pyproject }) ?? '')).toMatchObject({
      name: 'demo',
      version: '1.0',
      summary: 'A demo',
      requiresPython: '>=3.9',
      providesExtra: ['x'],
      requiresDist: [
        'b>=1',
        "c; os_name == 'nt'",
        'd; extra == "x"',
        'e; (python_version < "3.12" or os_name == "nt") and extra == "x"',
      ],
    });
    expect(requirements(undefined, project())).toEqual([]);
  });

  it.each([
    ['a dynamic version', '[project]\nname = "demo"\ndynamic = ["version"]\n'],
    ['dynamic requirements', project('dynamic = ["dependencies"]')],
    ['dynamic extras', project('dynamic = ["optional-dependencies"]')],
    ['a dynamic requires-python', project('dynamic = ["requires-python"]')],
    ['no version', '[project]\nname = "demo"\n'],
    ['a line break in a field', project('dependencies = ["b\\nRequires-Dist: c"]')],
    ['another type', project('dependencies = "b"')],
    ['a requirement of an extra that is none', project('[project.optional-dependencies]', 'x = ["a b"]')],
    ['no [project]', '[tool.poetry]\nname = "demo"\n'],
    ['a syntax error', '[project'],
  ])('with %s has to be built', (_, pyproject) => {
    expect(requirements(undefined, pyproject)).toBeUndefined();
  });

  it('may have other dynamic fields', () => {
    expect(requirements(undefined, project('dynamic = ["readme"]', 'dependencies = ["b"]'))).toEqual(['b']);
  });
});
