import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash, contentText } from '../../../src/lockfile/content-hash.ts';
import { formatLockfile } from '../../../src/lockfile/format.ts';
import { checkFreshness, matchesContent } from '../../../src/lockfile/freshness.ts';
import { parseLockfile } from '../../../src/lockfile/read.ts';
import { parseToml } from '../../../src/toml/parse.ts';
import { formatBasicString, formatKey } from '../../../src/toml/value.ts';
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

const pdm = process.env['TSPM_TEST_PDM'];
const hasPdm = pdm !== undefined && existsSync(pdm);

const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,6}[A-Za-z0-9]$/).filter((name) => !/^default$/i.test(name));
const line = fc.oneof(word, fc.constantFrom('a>=1,<2', 'b[x]; os_name == "nt"', 'c @ https://x.org/é/c-1.0.tar.gz'));
const list = (items: readonly string[]) => `[${items.map((item) => formatBasicString(item)).join(', ')}]`;
const groups = (names: readonly string[], header: string, lines: readonly string[]) => {
  const seen = new Set<string>();
  const rows = names.flatMap((name) => {
    const key = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    if (seen.has(key)) return [];
    seen.add(key);
    return [`${formatKey(name)} = ${list(lines)}`];
  });
  return rows.length > 0 ? `[${header}]\n${rows.join('\n')}\n` : '';
};
const projectText = fc
  .record({
    lines: fc.array(line, { maxLength: 3 }),
    optional: fc.array(word, { maxLength: 2 }),
    dev: fc.array(word, { maxLength: 2 }),
    older: fc.array(word, { maxLength: 2 }),
    python: fc.constantFrom('', '>=3.9', '==3.11.*'),
    sourceName: fc.string({ unit: 'binary', maxLength: 4 }),
    number: fc.double({ noNaN: true, noDefaultInfinity: true }),
    integer: fc.integer(),
  })
  .map((x) => {
    const dev = x.dev.map((name) => `d${name}`);
    const older = x.older.map((name) => `o${name}`);
    const float = /[.e]/.test(String(x.number)) ? String(x.number) : `${x.number}.0`;
    return [
      `[project]\nname = "p"\nversion = "1"\ndependencies = ${list(x.lines)}\n${x.python === '' ? '' : `requires-python = "${x.python}"\n`}`,
      groups(x.optional, 'project.optional-dependencies', x.lines),
      groups(dev, 'dependency-groups', x.lines),
      groups(older, 'tool.pdm.dev-dependencies', x.lines),
      `[tool.pdm.resolution]\n"x y" = ${float}\nz = ${x.integer}\nexcludes = ["q"]\n`,
      `[[tool.pdm.source]]\nname = ${formatBasicString(`s${x.sourceName}`)}\nurl = "https://x.org/simple"\nverify_ssl = false\n`,
    ].join('\n');
  });

describe('the content hash beside PDM itself', () => {
  it.skipIf(!hasPdm)('is the one `pdm lock --check` accepts (skipped: TSPM_TEST_PDM names no pdm)', () => {
    const root = mkdtempSync(join(tmpdir(), 'tspm-pdm-'));
    const check = () => {
      const env = { ...process.env, PDM_CHECK_UPDATE: 'false', PIP_CONFIG_FILE: '/dev/null' };
      execFileSync(pdm ?? '', ['lock', '--check', '-p', root], { env, stdio: 'pipe' });
    };
    try {
      for (const text of fc.sample(projectText, { numRuns: 15, seed: 20 })) {
        const document = parseToml(text, 'pyproject.toml');
        const lock = {
          groups: ['default'],
          strategy: ['inherit_metadata'],
          lockVersion: '4.5.1',
          contentHash: contentHash(document),
          targets: [{ requiresPython: '' }],
          packages: [],
        };
        writeFileSync(join(root, 'pyproject.toml'), text);
        writeFileSync(join(root, 'pdm.lock'), formatLockfile(lock));
        expect(check).not.toThrow();
        expect(checkFreshness(lock, document)).toEqual({ kind: 'fresh', warnings: [] });
        writeFileSync(join(root, 'pyproject.toml'), text.replace('excludes = ["q"]', 'excludes = ["r"]'));
        expect(check).toThrow(/satisfy the project requirements/);
      }
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
