import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type HttpSettings, createHttpClient } from '../../../src/http/client.ts';
import type { HttpClient, LoginPrompt } from '../../../src/ports.ts';
import { createTestClock } from '../../support/clock.ts';
import { type IndexServer, serveIndex } from '../../support/index-server.ts';

const AUTH = { username: 'me', password: 'w0rd' };

async function guarded(): Promise<IndexServer> {
  const server = await serveIndex({ auth: AUTH });
  for (const name of ['a', 'b', 'c']) server.put(`/simple/${name}/`, name);
  return server;
}

function client(settings: Partial<HttpSettings>): HttpClient {
  const http = createHttpClient({
    transports: [],
    env: {},
    timeoutSeconds: 1,
    clock: createTestClock(),
    userAgent: 'tspm-test/1',
    ...settings,
  });
  onTestFinished(() => http.close());
  return http;
}

const get = async (http: HttpClient, url: string): Promise<string> =>
  Buffer.from(await (await http.get({ url })).bytes(100)).toString();

/** A `keyring` program that logs its arguments and does what the shell script `body` says; with the environment to find it in. */
function standIn(body: string): { readonly env: Record<string, string>; readonly asked: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'tspm-keyring-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const log = join(folder, 'log');
  writeFileSync(log, '');
  writeFileSync(join(folder, 'keyring'), `#!/bin/sh\necho "$@" >> '${log}'\n${body}\n`, { mode: 0o755 });
  return {
    env: { PATH: `${folder}${delimiter}/usr/bin${delimiter}/bin` },
    asked: () => readFileSync(log, 'utf8').trimEnd().split('\n'),
  };
}

const source = (url: string, more: object = {}) => ({ name: 'corp', url: `${url}/simple`, verifySsl: true, ...more });

describe('the keyring program', () => {
  it('is asked once for a source, however many requests are refused together', async () => {
    const server = await guarded();
    const { env, asked } = standIn('[ "$3" = me ] && echo w0rd');
    const http = client({ env, transports: [source(server.url, { username: 'me' })] });
    const urls = ['a', 'b', 'c', 'a'].map((name) => `${server.simple}/${name}/`);
    expect(await Promise.all(urls.map((url) => get(http, url)))).toEqual(['a', 'b', 'c', 'a']);
    expect(await get(http, `${server.simple}/a/`)).toBe('a');
    expect(asked()).toEqual([`get ${server.simple} me`]);
  });

  it.each([
    ['host', (url: string) => url.replace('http://', '')],
    ['name that PDM stores it under', () => 'pdm-pypi-corp'],
  ])('is asked by the %s of the source as well', async (_, service) => {
    const server = await guarded();
    const { env } = standIn(`[ "$2" = '${service(server.url)}' ] && [ "$3" = me ] && echo w0rd`);
    const http = client({ env, transports: [source(server.url.replace('//', '//me@'))] });
    expect(await get(http, `${server.simple}/a/`)).toBe('a');
  });

  it('tells the user name too, where it can', async () => {
    const server = await guarded();
    const { env } = standIn(`[ "$1" = --mode ] && echo '{"username": "me", "password": "w0rd"}'`);
    const http = client({ env, transports: [source(server.url)] });
    expect(await get(http, `${server.simple}/a/`)).toBe('a');
  });

  it.each([
    ['fails', 'exit 1'],
    ['prints something else', 'echo nothing'],
    ['never answers', 'exec sleep 600'],
    ['is not there', undefined],
  ])('is passed over when it %s', async (_, body) => {
    const server = await guarded();
    const env = body === undefined ? { PATH: '/nowhere' } : standIn(body).env;
    const http = client({
      env,
      timeoutSeconds: body?.includes('sleep') === true ? 0.05 : 1,
      transports: [source(server.url)],
    });
    await expect(http.get({ url: `${server.simple}/a/` })).rejects.toMatchObject({ code: 'TSPM_INDEX_AUTH' });
  });

  it('is not asked while the configured password is accepted, nor for another host', async () => {
    const server = await guarded();
    const other = await serveIndex({ auth: AUTH });
    const { env, asked } = standIn('exit 1');
    const http = client({ env, transports: [source(server.url, AUTH)] });
    expect(await get(http, `${server.simple}/a/`)).toBe('a');
    expect(asked()).toEqual(['']);
    server.fault('/simple/b/', { status: 302, headers: { location: `${other.url}/b` } });
    await expect(http.get({ url: `${server.simple}/b/` })).rejects.toMatchObject({ code: 'TSPM_INDEX_AUTH' });
    expect(asked().join()).not.toContain(server.url);
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
  });
});

describe('a prompt', () => {
  const prompting = (answers: readonly (typeof AUTH)[], keeps = false) => {
    const seen: unknown[] = [];
    const left = [...answers];
    const prompt: LoginPrompt = {
      ask: (wanted) => {
        seen.push(wanted);
        return Promise.resolve(left.shift());
      },
      confirmSaving: () => Promise.resolve(keeps),
    };
    return { prompt, seen };
  };

  it('is the last resort, comes once, and what was accepted can be kept', async () => {
    const server = await guarded();
    const { env, asked } = standIn('if [ "$1" = set ]; then cat >> "$0.kept"; else exit 1; fi');
    const { prompt, seen } = prompting([AUTH], true);
    const http = client({ env, prompt, transports: [source(server.url.replace('//', '//me@'))] });
    expect(await get(http, `${server.simple}/a/`)).toBe('a');
    expect(await get(http, `${server.simple}/b/`)).toBe('b');
    expect(seen).toEqual([{ url: server.simple, source: 'corp', username: 'me' }]);
    expect(asked().at(-1)).toBe(`set ${server.url.replace('http://', '')} me`);
    expect(readFileSync(join(env['PATH']?.split(delimiter)[0] ?? '', 'keyring.kept'), 'utf8')).toBe('w0rd');
  });

  it('that is answered wrongly ends the request and keeps nothing', async () => {
    const server = await guarded();
    const { env, asked } = standIn('exit 1');
    const { prompt } = prompting([{ username: 'me', password: 'no' }], true);
    const http = client({ env, prompt, transports: [source(server.url)] });
    await expect(http.get({ url: `${server.simple}/a/` })).rejects.toMatchObject({
      code: 'TSPM_INDEX_AUTH',
      message: `source "corp": cannot fetch ${server.simple}/a/: the server refuses access (401)`,
    });
    expect(asked().some((words) => words.startsWith('set'))).toBe(false);
  });
});

describe('what is missing is named', () => {
  it.each([
    ['nothing is configured', {}, 'tspm config pypi.corp.username NAME'],
    ['a variable has no value', { unset: ['TOKEN', 'WHO'] }, 'set $TOKEN and $WHO'],
    ['it is wrong', { username: 'me', password: 'no' }, 'not accepted'],
  ])('when %s', async (_, more, hint) => {
    const server = await guarded();
    const http = client({ env: { PATH: '/nowhere' }, transports: [source(server.url, more)] });
    await expect(http.get({ url: `${server.simple}/a/` })).rejects.toMatchObject({
      hint: expect.stringContaining(hint),
      context: { source: 'corp', status: 401 },
    });
  });

  it('netrc has the password of a user that is configured without one', async () => {
    const server = await guarded();
    const folder = mkdtempSync(join(tmpdir(), 'tspm-netrc-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'netrc'), 'machine 127.0.0.1 login me password w0rd\n');
    const env = { NETRC: join(folder, 'netrc'), PATH: '/nowhere' };
    const matching = client({ env, transports: [source(server.url, { username: 'me' })] });
    expect(await get(matching, `${server.simple}/a/`)).toBe('a');
    const another = client({ env, transports: [source(server.url, { username: 'you' })] });
    await expect(another.get({ url: `${server.simple}/a/` })).rejects.toMatchObject({ code: 'TSPM_INDEX_AUTH' });
  });
});
