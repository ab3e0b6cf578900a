import { describe, expect, test } from 'vitest';
import { parseRepository, requireRef, withoutSecrets } from '../../../src/vcs/repository.ts';

describe('parseRepository', () => {
  test.each([
    ['https://host/x.git', 'https://host/x.git', '', ''],
    ['https://ann:p%40ss@host:8443/x', 'https://host:8443/x', 'ann', 'p@ss'],
    ['https://token@host/x', 'https://host/x', 'token', ''],
    ['ssh://git@host/x.git', 'ssh://git@host/x.git', '', ''],
    ['ssh://ann:pass@host/x', 'ssh://ann@host/x', '', ''],
    ['file:///srv/x', 'file:///srv/x', '', ''],
  ])('%s', (address, url, user, password) => {
    expect(parseRepository(address)).toEqual({ url, user, password });
  });

  test.each([
    'ext::sh -c true',
    'ssh://-oProxyCommand=x/y',
    'ssh://-x@host/y',
    'https://host/a b',
    '/srv/x',
    'javascript://x',
  ])('refuses %s', (address) => expect(() => parseRepository(address)).toThrow('is no address of a git repository'));
});

test.each([
  ['https://ann:pass@host/x', 'https://host/x'],
  ['https://token@host/x', 'https://host/x'],
  ['https://${TOKEN}@host/x', 'https://${TOKEN}@host/x'],
  ['https://${USER}:${PASS}@host/x', 'https://${USER}:${PASS}@host/x'],
  ['https://ann:${PASS}@host/x', 'https://ann:${PASS}@host/x'],
  ['https://${USER}:pass@host/x', 'https://host/x'],
  ['https://{env:TOKEN}@host/x', 'https://{env:TOKEN}@host/x'],
  ['ssh://git@host/x', 'ssh://git@host/x'],
  ['ssh://git:pass@host/x', 'ssh://git@host/x'],
  ['file:///x@y', 'file:///x@y'],
])('what may be stored of %s is %s', (address, stored) => expect(withoutSecrets(address)).toBe(stored));

test.each(['--upload-pack=x', '-x', '', 'a b', 'a..b', 'a:b', 'a^', 'x.lock', 'a\nb', 'a@{1}'])('no ref: %j', (ref) => {
  expect(() => requireRef(ref, 'https://host/x')).toThrow('is no name of a branch, tag or commit');
});

test.each(['main', 'feature/x', 'v1.0', 'refs/pull/1/head', 'a@b', '0a1b2c3'])('a ref: %s', (ref) => {
  expect(() => requireRef(ref, 'https://host/x')).not.toThrow();
});
