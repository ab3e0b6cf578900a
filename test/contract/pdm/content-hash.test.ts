import { describe, expect, it } from 'vitest';
import { contentHash, contentText } from '../../../src/lockfile/content-hash.ts';
import { matchesContent } from '../../../src/lockfile/freshness.ts';
import { parseLockfile } from '../../../src/lockfile/read.ts';
import { parseToml } from '../../../src/toml/parse.ts';
import { INTEROP_MISSING, interopProjects } from '../../support/interop.ts';

const hashOf = (text: string) => contentHash(parseToml(text, 'pyproject.toml'));

describe('the content hash of PDM', () => {
  it('covers a project with a name only', () => {
    expect(hashOf('[project]\nname = "a"\n')).toBe(
      'sha256:ece479d1fc26bbc1091a4114e084312c6b77c8f8fc20195e68cc6393ef0b33d9',
    );
  });

  it('covers every table it is made of', () => {
    const text = `
[project]
requires-python = ">=3.9"
dependencies = ["torch==2.1.0+cu118", "numpy>=1.24,<2"]
[project.optional-dependencies]
Docs_X = ["sphinx"]
[dependency-groups]
lint = ["ruff"]
Dev_Tools = ["pytest", {include-group = "lint"}]
[tool.pdm.dev-dependencies]
lint = ["-e file:///\${PROJECT_ROOT}/libs/é#egg=e"]
[tool.pdm.resolution]
respect-source-order = true
excludes = ["foo"]
overrides = {urllib3 = ">=2"}
[[tool.pdm.source]]
name = "torch"
type = "find_links"
url = "https://example.org/whl/cu118"
verify_ssl = true
include_packages = ["torch*"]
`;
    expect(hashOf(text)).toBe('sha256:d6189bd8d5c4bfa3a254d9236023ecdbb16ae5553fc4bceb583cbf4e128fbd98');
  });

  it('writes numbers, escapes and long code points as Python does', () => {
    const text =
      '[tool.pdm.resolution]\na = [1, 1.0, 1e16, 1e-5, 0.0001, -0.0, inf, 123456789.5, 0xff]\nb = "\\u007f 😀 \\u0001 / \\""\n';
    expect(contentText(parseToml(text, 'x'))).toContain(
      '"resolution": {"a": [1, 1.0, 1e+16, 1e-05, 0.0001, -0.0, Infinity, 123456789.5, 255], "b": "\\u007f \\ud83d\\ude00 \\u0001 / \\""}',
    );
  });

  it('refuses a date by its place', () => {
    const document = parseToml('[tool.pdm.resolution]\nexclude-newer = 2024-01-01\n', 'x');
    expect(() => contentHash(document)).toThrow(/resolution\.exclude-newer: a date must be written in quotes/);
  });

  const projects = interopProjects().filter((project) => /^lock_version = "4\.(?:4\.2|5)/m.test(project.lock));
  it.skipIf(projects.length === 0)(`agrees with the locks of real projects (skipped: ${INTEROP_MISSING})`, () => {
    const stale = projects.filter(
      (project) =>
        !matchesContent(
          parseLockfile(project.lock, 'pdm.lock').contentHash,
          parseToml(project.pyproject, project.name),
        ),
    );
    // These two were published with a lock that PDM itself calls outdated.
    expect(stale.map((project) => project.name)).toEqual(['0324wy__openreview-visualization', '3210448723__deer-flow']);
  });
});
