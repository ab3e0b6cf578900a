import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findProjectRoot, parsePyproject, readPyproject } from '../../../src/project/pyproject.ts';

const parse = (text: string) => parsePyproject(text, '/p');
const failure = (text: string) => {
  try {
    parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'no error';
};

describe('a project file', () => {
  it('gives defaults for what is not written', () => {
    expect(parse('[project]\n')).toMatchObject({
      name: undefined,
      requiresPython: '',
      distribution: false,
      dependencies: [],
      sources: [],
      buildBackend: undefined,
      resolution: { excludes: [], respectSourceOrder: false, allowPrereleases: undefined, noBinary: [] },
    });
    expect(parse('[project]\nname = "a"\n').distribution).toBe(true);
  });

  it('reads the tables of PDM', () => {
    const project = parse(`
[project]
name = "a"
version = "1"
[build-system]
build-backend = "hatchling.build"
[tool.pdm]
package-type = "application"
distribution = true
[tool.pdm.options]
add = ["--no-self"]
[tool.pdm.resolution]
excludes = ["Foo_Bar"]
no-binary = "a, b"
allow-prereleases = true
overrides = { Urllib3 = "2.0" }
extra-key = 1
[[tool.pdm.source]]
name = "s"
include_packages = ["torch*"]
`);
    expect(project.distribution).toBe(false);
    expect(project.options.get('add')).toEqual(['--no-self']);
    expect(project.resolution).toMatchObject({ excludes: ['foo-bar'], noBinary: ['a', 'b'], allowPrereleases: true });
    expect(project.resolution.overrides.get('urllib3')).toBe('2.0');
    expect(project.sources).toEqual([{ name: 's', include_packages: ['torch*'] }]);
    expect(project.buildBackend).toBe('hatchling.build');
  });

  it.each([
    ['[project]\nname = 1\n', '[project].name: expected a string'],
    ['[project]\ndependencies = ["a", 1]\n', '[project].dependencies[1]: expected a string'],
    ['[project]\ndependencies = "a"\n', '[project].dependencies: expected an array of strings'],
    ['[project.optional-dependencies]\nx = 1\n', '[project.optional-dependencies].x: expected an array of strings'],
    [
      '[project]\n[[tool.pdm.source]]\nname = "a"\n[[tool.pdm.source]]\nname = "b"\nurl = 1\n',
      '[tool.pdm.source][1].url: expected a string',
    ],
    ['[project]\n[[tool.pdm.source]]\nname = "a"\nverify-ssl = true\n', '[tool.pdm.source][0].verify-ssl: unknown key'],
    ['[project]\n[[tool.pdm.source]]\nurl = "a"\n', '[tool.pdm.source][0].name: expected a string'],
    ['[project]\n[tool.pdm.source]\nname = "a"\n', '[tool.pdm.source]: expected an array of tables'],
    ['[project]\n[tool.pdm]\ndistribution = "no"\n', '[tool.pdm].distribution: expected true or false'],
    ['[project]\n[tool.pdm.options]\nadd = "x"\n', '[tool.pdm.options].add: expected an array of strings'],
    [
      '[project]\n[tool.pdm.resolution]\nexclude-newer = 2024-01-01\n',
      '[tool.pdm.resolution].exclude-newer: expected a date such as "2025-01-31", a time such as "2025-01-31T12:00:00Z" or an age such as "7d", in quotes',
    ],
    [
      '[project]\n[tool.pdm.resolution]\nexclude-newer-override = {a = true}\n',
      '[tool.pdm.resolution].exclude-newer-override.a: expected a date such as "2025-01-31", a time such as "2025-01-31T12:00:00Z" or an age such as "7d", in quotes, or false',
    ],
    ...['no-binary', 'only-binary', 'prefer-binary'].map((key) => [
      `[project]\n[tool.pdm.resolution]\n${key} = {a = true}\n`,
      `[tool.pdm.resolution].${key}: expected a string or an array of strings`,
    ]),
    [
      '[project]\n[tool.pdm.resolution]\nrespect-source-order = "yes"\n',
      '[tool.pdm.resolution].respect-source-order: expected true or false',
    ],
    ['[project]\n[tool.pdm.resolution]\noverrides = {a = 1}\n', '[tool.pdm.resolution].overrides.a: expected a string'],
    ['project = 1\n', '[project]: expected a table'],
  ])('%j is refused by its place', (text, message) => {
    expect(failure(text)).toBe(message);
  });

  it('refuses a requires-python that is no specifier', () => {
    expect(failure('[project]\nrequires-python = "python 3"\n')).toBe(
      '[project].requires-python: expected a version specifier such as ">=3.11", not "python 3"',
    );
    for (const text of ['', '>=3.9', '>=3.9,<4', '==3.11.*', '~=3.9', '>=3.9, !=3.10.*'])
      expect(parse(`[project]\nrequires-python = "${text}"\n`).requiresPython).toBe(text);
  });

  it('is found from below, read from disk, and missed with a hint', () => {
    const root = mkdtempSync(join(tmpdir(), 'tspm-project-'));
    try {
      const below = join(root, 'a', 'b');
      mkdirSync(below, { recursive: true });
      expect(() => readPyproject(root)).toThrow(
        expect.objectContaining({ code: 'TSPM_PROJECT_MISSING', hint: 'run `tspm init`' }),
      );
      writeFileSync(join(root, 'pyproject.toml'), '[tool.x]\n');
      expect(() => readPyproject(root)).toThrow(/has not been initialized yet/);
      writeFileSync(join(root, 'pyproject.toml'), '\ufeff[project]\r\nname = "a"\r\n');
      expect(findProjectRoot(below)).toBe(root);
      expect(readPyproject(root)).toMatchObject({ name: 'a', root, text: '\ufeff[project]\r\nname = "a"\r\n' });
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
