import { describe, expect, it } from 'vitest';
import { formatDirectUrl, parseDirectUrl, type DirectUrl } from '../../../src/packaging/direct-url.ts';

const archive: DirectUrl = {
  url: 'https://example.org/a-1.0.tar.gz',
  subdirectory: 'src',
  source: { kind: 'archive', hashes: { sha512: 'bb', sha256: 'aa' } },
};

describe('formatDirectUrl', () => {
  it('writes archives with both spellings of the hash', () => {
    expect(formatDirectUrl(archive)).toBe(
      '{"archive_info":{"hash":"sha256=aa","hashes":{"sha256":"aa","sha512":"bb"}},"subdirectory":"src","url":"https://example.org/a-1.0.tar.gz"}',
    );
  });

  it('writes directories and checkouts', () => {
    const directory: DirectUrl = {
      url: 'file:///p',
      subdirectory: undefined,
      source: { kind: 'directory', editable: true },
    };
    expect(formatDirectUrl(directory)).toBe('{"dir_info":{"editable":true},"url":"file:///p"}');
    const source = { kind: 'vcs', vcs: 'git', commitId: 'f00', requestedRevision: 'v1' } as const;
    expect(formatDirectUrl({ url: 'https://h/r.git', subdirectory: undefined, source })).toBe(
      '{"vcs_info":{"commit_id":"f00","requested_revision":"v1","vcs":"git"},"url":"https://h/r.git"}',
    );
  });

  it.each([
    ['https://user:pw@h/a', 'https://h/a'],
    ['https://user:p@w@h/a', 'https://h/a'],
    ['https://token@h/a', 'https://h/a'],
    ['https://${USER}:${PASS_1}@h/a', 'https://${USER}:${PASS_1}@h/a'],
    ['ssh://git@h/a', 'ssh://git@h/a'],
    ['https://h/a@1.0', 'https://h/a@1.0'],
    ['file:///home/me@work/a', 'file:///home/me@work/a'],
  ])('writes %s as %s', (url, written) => {
    expect(parseDirectUrl(formatDirectUrl({ ...archive, url })).url).toBe(written);
  });
});

describe('parseDirectUrl', () => {
  it('reads what it writes', () => {
    expect(parseDirectUrl(formatDirectUrl(archive))).toEqual(archive);
  });

  it('reads the old spelling of the hash and other keys', () => {
    const text = '{"url": "https://h/a.whl", "archive_info": {"hash": "sha256=aa", "more": 1}, "x": 2}';
    expect(parseDirectUrl(text).source).toEqual({ kind: 'archive', hashes: { sha256: 'aa' } });
    expect(parseDirectUrl('{"url": "file:///p", "dir_info": {}}').source).toEqual({
      kind: 'directory',
      editable: false,
    });
  });

  it.each([
    '',
    '[]',
    '{}',
    '{"url": "x"}',
    '{"url": "x", "dir_info": {}, "archive_info": {}}',
    '{"url": "x", "vcs_info": {"vcs": "git"}}',
    '{"url": "x", "dir_info": 1}',
  ])('refuses %s', (text) => {
    expect(() => parseDirectUrl(text)).toThrow(expect.objectContaining({ code: 'TSPM_INVALID_METADATA' }));
  });
});
