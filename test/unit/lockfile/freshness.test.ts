import { describe, expect, it } from 'vitest';
import { contentHash } from '../../../src/lockfile/content-hash.ts';
import { checkFreshness, lockCompatibility, matchesContent } from '../../../src/lockfile/freshness.ts';
import { parseToml } from '../../../src/toml/parse.ts';

const document = parseToml('[project]\nname = "a"\n', 'x');
const lock = (lockVersion: string, hash: string | undefined = contentHash(document)) => ({
  groups: [],
  strategy: [],
  lockVersion,
  contentHash: hash,
  targets: [],
  packages: [],
});

describe('lock formats', () => {
  it.each([
    ['', 'none'],
    ['x', 'none'],
    ['3.1', 'none'],
    ['5.0', 'none'],
    ['4.6', 'none'],
    ['4', 'backward'],
    ['4.4.2', 'backward'],
    ['4.5', 'backward'],
    ['4.5.0', 'backward'],
    ['4.5.1', 'same'],
    ['4.5.2', 'forward'],
    ['v4.5.1', 'same'],
    ['4.5.1.0', 'same'],
    ['4.5.1.post1', 'forward'],
    ['4..5', 'none'],
    ['4.5.', 'none'],
  ])('%s is %s', (version, expected) => {
    expect(lockCompatibility(version)).toBe(expected);
  });
});

describe('freshness', () => {
  it.each([
    [lock('4.5.1'), 'fresh', []],
    [lock('4.5.0'), 'fresh', ['Lockfile is generated on an older version of PDM']],
    [lock('4.5.9'), 'fresh', ['Lockfile is generated on a newer version of PDM']],
    [lock('4.6'), 'stale', ['Lockfile is not compatible with PDM']],
    [
      lock('4.5.1', 'sha256:0'),
      'stale',
      ["Lockfile doesn't satisfy the project requirements, packages may be outdated"],
    ],
    [
      lock('4.4', 'sha256:0'),
      'stale',
      [
        'Lockfile is generated on an older version of PDM',
        "Lockfile doesn't satisfy the project requirements, packages may be outdated",
      ],
    ],
  ])('%#', (file, kind, warnings) => {
    expect(checkFreshness(file, document)).toEqual({ kind, warnings });
  });

  it('verifies other algorithms, and nothing without one', () => {
    expect(matchesContent(contentHash(document, [], 'md5'), document)).toBe(true);
    expect(matchesContent(contentHash(document).slice('sha256:'.length), document)).toBe(false);
    expect(matchesContent('crc:00', document)).toBe(false);
    expect(matchesContent(undefined, document)).toBe(false);
  });
});
