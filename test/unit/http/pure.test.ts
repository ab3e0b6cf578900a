import { describe, expect, it } from 'vitest';
import { StalledBodyError, watchProgress } from '../../../src/http/body.ts';
import { createCredentialLookup, takeUserInfo } from '../../../src/http/credentials.ts';
import { failureOf } from '../../../src/http/failure.ts';
import { parseNetrc } from '../../../src/http/netrc.ts';
import { proxyFor } from '../../../src/http/proxy.ts';
import { redactText, redactUrl } from '../../../src/util/redact.ts';
import { backoffDelay, parseRetryAfter } from '../../../src/http/retry.ts';
import { createSlots } from '../../../src/http/slots.ts';
import { createTestClock } from '../../support/clock.ts';

describe('redactText', () => {
  it.each([
    ['cannot fetch https://u:p@h/x?token=abc&b=c: refused', 'cannot fetch https://h/x?token=***&b=***: refused'],
    ['see https://h/x.whl?abc#sha256=12, then http://h/y', 'see https://h/x.whl?***#sha256=12, then http://h/y'],
    ['{"url":"https://h/?a=b c"}', '{"url":"https://h/?a=*** c"}'],
    ['is it there? a=b', 'is it there? a=b'],
  ])('%s', (text, shown) => {
    expect(redactText(text)).toBe(shown);
  });
});

describe('redactUrl', () => {
  it.each([
    ['https://user:pass@host/simple', 'https://host/simple'],
    ['https://token@host', 'https://host'],
    ['https://us@er:p@ss@host/x?y=a@b', 'https://host/x?y=a@b'],
    ['git+ssh://git@host/r.git@v1', 'git+ssh://host/r.git@v1'],
    ['see http://a:b@one/x and http://c:d@two/', 'see http://one/x and http://two/'],
    ['https://host/a@b', 'https://host/a@b'],
    ['user:pass@host/simple is no URL', 'host/simple is no URL'],
    ['http//user:pass@host/simple', 'http//host/simple'],
    ['file:///a:b/c@d', 'file:///a:b/c@d'],
    ['name @ https://user:pass@host/x.whl', 'name @ https://host/x.whl'],
    ['name[a]: x @ y', 'name[a]: x @ y'],
    ['no url', 'no url'],
  ])('%s', (text, shown) => {
    expect(redactUrl(text)).toBe(shown);
  });
});

describe('netrc', () => {
  it('reads machines over several lines, quotes, comments, macros and the default', () => {
    const netrc = parseNetrc(`# machine hidden login a password b
machine One.example
  login me
  password #secret
macdef init
  machine two.example login x password y

machine two.example login "a b" account z password "q\\"r"
machine one.example login later password later
default login anonymous password guest
`);
    expect(Object.fromEntries(netrc.hosts)).toEqual({
      'one.example': { username: 'me', password: '#secret' },
      'two.example': { username: 'a b', password: 'q"r' },
    });
    expect(netrc.fallback).toEqual({ username: 'anonymous', password: 'guest' });
  });

  it('takes what it can of a damaged file', () => {
    const netrc = parseNetrc('machine\nlogin x\nmachine b.example login y password');
    expect(netrc.hosts.get('b.example')).toEqual({ username: 'y', password: '' });
  });
});

describe('credentials', () => {
  const lookup = createCredentialLookup(
    [
      { url: 'https://host/', username: 'root', password: 'r' },
      { url: 'https://host/team/simple', username: 'team', password: 't' },
      { url: 'https://tok%20en@other:8443/simple' },
      { url: 'https://open/simple' },
    ],
    parseNetrc('machine open login net password n machine evil login e password e'),
  );

  it.each([
    ['https://host/x', 'root'],
    ['https://host/team/files/a.whl', 'team'],
    ['https://host/team2/x', 'root'],
    ['https://other:8443/x', 'tok en'],
    ['https://other/x', undefined],
    ['http://host/x', undefined],
    ['https://open/x', 'net'],
    ['https://open.evil/x', undefined],
    ['https://sub.open/x', undefined],
  ])('for %s: %s', (url, username) => {
    expect(lookup(new URL(url))?.username).toBe(username);
  });

  it('of a URL are decoded and taken out of it', () => {
    const { url, credentials } = takeUserInfo('https://a%40b:%zz@host/x');
    expect(url.href).toBe('https://host/x');
    expect(credentials).toEqual({ username: 'a@b', password: '%zz' });
  });
});

describe('proxyFor', () => {
  const env = { HTTPS_PROXY: 'http://up:3128', http_proxy: 'low:80', HTTP_PROXY: 'http://ignored', ALL_PROXY: '' };

  it.each([
    ['https://a/', '', 'http://up:3128'],
    ['http://a/', '', 'http://low:80'],
    ['https://a/', '*', undefined],
    ['https://a.b.c/', 'b.c', undefined],
    ['https://a.b.c/', '.b.c', undefined],
    ['https://a.b.c/', '*.b.c', undefined],
    ['https://xb.c/', 'b.c', 'http://up:3128'],
    ['https://a.b/', 'x, A.B:443', undefined],
    ['https://a.b/', 'a.b:8443', 'http://up:3128'],
    ['http://a.b/', 'a.b:80', undefined],
    ['https://10.1.2.3/', '10.0.0.0/8', undefined],
    ['https://11.1.2.3/', '10.0.0.0/8', 'http://up:3128'],
    ['https://10.1.2.3/', '10.0.0.0/99 10.1.2.3', undefined],
    ['https://[fd00::1]/', 'fd00::/8', undefined],
    ['https://[::1]:8443/', '[::1]:8443', undefined],
  ])('%s with NO_PROXY "%s": %s', (url, noProxy, proxy) => {
    expect(proxyFor(new URL(url), { ...env, NO_PROXY: noProxy })).toBe(proxy);
  });

  it('falls back to all_proxy', () => {
    expect(proxyFor(new URL('https://a/'), { all_proxy: 'socks5h://p:1' })).toBe('socks5://p:1');
    expect(proxyFor(new URL('https://a/'), {})).toBeUndefined();
  });
});

describe('waiting', () => {
  it('grows from attempt to attempt and keeps half of it certain', () => {
    expect([1, 2, 3, 4].map((attempt) => backoffDelay(attempt, 0))).toEqual([125, 250, 500, 1000]);
    expect([1, 2, 3, 4].map((attempt) => backoffDelay(attempt, 0.999999))).toEqual([250, 500, 1000, 2000]);
  });

  it.each([
    ['0', 0],
    [' 120 ', 120_000],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 50_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['-5', undefined],
    ['1.5', undefined],
    ['2030', 2_030_000],
    ['in 2030', undefined],
    [undefined, undefined],
  ])('after Retry-After: %s', (value, milliseconds) => {
    expect(parseRetryAfter(value, 10_000)).toBe(milliseconds);
  });
});

describe('watchProgress', () => {
  it('ends a trickle, counting only the time spent waiting', async () => {
    const clock = createTestClock();
    async function* chunks(perChunk: number): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 5; i++) {
        clock.advance(30_000);
        yield new Uint8Array(perChunk);
      }
    }
    const read = async (perChunk: number): Promise<number> => {
      let size = 0;
      for await (const chunk of watchProgress(chunks(perChunk), clock)) {
        size += chunk.length;
        clock.advance(3_600_000);
      }
      return size;
    };
    await expect(read(10)).rejects.toThrow(StalledBodyError);
    expect(await read(40_000)).toBe(200_000);
  });
});

describe('slots', () => {
  it('are granted in order of arrival where the key has room', async () => {
    const slots = createSlots(3, 2);
    const granted: string[] = [];
    const ask = (key: string, label: string) =>
      slots.acquire(key).then((release) => {
        granted.push(label);
        return release;
      });
    const a1 = await ask('a', 'a1');
    await ask('a', 'a2');
    void ask('a', 'a3');
    const b1 = await ask('b', 'b1');
    void ask('b', 'b2');
    expect(granted).toEqual(['a1', 'a2', 'b1']);
    b1();
    b1();
    await Promise.resolve();
    expect(granted).toEqual(['a1', 'a2', 'b1', 'b2']);
    a1();
    await Promise.resolve();
    expect(granted).toEqual(['a1', 'a2', 'b1', 'b2', 'a3']);
  });
});

describe('failures', () => {
  it.each([
    [Object.assign(new Error('x'), { code: 'ENOTFOUND' }), 'host name not found', true],
    [new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })]), 'connection refused', true],
    [
      Object.assign(new Error('bad'), { code: 'CERT_HAS_EXPIRED' }),
      'certificate not accepted: bad (CERT_HAS_EXPIRED)',
      false,
    ],
    [Object.assign(new Error('x'), { code: 'UND_ERR_HEADERS_TIMEOUT' }), 'no answer within 15 s', true],
    [Object.assign(new Error('x'), { code: 'EPROTO' }), 'TLS handshake failed (EPROTO)', false],
    [new Error('Proxy response (503) !== 200 when HTTP Tunneling'), 'the proxy refused the connection (503)', true],
    [Object.assign(new Error('odd'), { code: 'EODD' }), 'odd (EODD)', true],
  ])('%s', (error, reason, retryable) => {
    expect(failureOf(error, 15)).toMatchObject({ reason, retryable });
  });
});
