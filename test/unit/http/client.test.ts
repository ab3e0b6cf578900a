import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, type RequestListener, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import type { Duplex } from 'node:stream';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpSettings, createHttpClient } from '../../../src/http/client.ts';
import { MAX_RETRIES } from '../../../src/http/retry.ts';
import type { HttpClient } from '../../../src/ports.ts';
import { type TestClock, createTestClock } from '../../support/clock.ts';
import { type IndexServerOptions, startIndexServer } from '../../support/index-server.ts';
import { TEST_AUTHORITY, TEST_CLIENT, TEST_SERVER } from '../../support/tls.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(options: IndexServerOptions = {}) {
  const server = await startIndexServer(options);
  cleanups.push(() => server.close());
  return server;
}

function client(settings: Partial<HttpSettings> = {}): { http: HttpClient; clock: TestClock } {
  const clock = createTestClock();
  const http = createHttpClient({
    transports: [],
    env: {},
    timeoutSeconds: 5,
    clock,
    userAgent: 'tspm-test/1',
    ...settings,
  });
  cleanups.push(() => http.close());
  return { http, clock };
}

/** A file in a folder of its own. */
function writeText(name: string, text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'tspm-http-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

async function textOf(http: HttpClient, url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await http.get({ url, headers });
  return Buffer.from(await response.bytes(1_000_000)).toString();
}

describe('a plain request', () => {
  it('gives status, lower-case headers, the body and the final URL', async () => {
    const server = await serve();
    server.put('/page', 'hello', { 'X-Kind': 'test' });
    const { http } = client();
    const response = await http.get({ url: `${server.url}/page?x=1#part` });
    expect(response.status).toBe(200);
    expect(response.headers['x-kind']).toBe('test');
    expect(response.url).toBe(`${server.url}/page?x=1`);
    expect(Buffer.from(await response.bytes(100)).toString()).toBe('hello');
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      path: '/page?x=1',
      headers: { 'user-agent': 'tspm-test/1', 'accept-encoding': 'identity' },
    });
    expect(http.requestCount).toBe(1);
  });

  it('gives 404 as an answer', async () => {
    const server = await serve();
    const { http } = client();
    const response = await http.get({ url: `${server.url}/nothing` });
    await response.discard();
    expect(response.status).toBe(404);
    expect(http.requestCount).toBe(1);
  });

  it('sends + in a path as %2B and leaves it alone in a query', async () => {
    const server = await serve();
    server.put('/torch-2.0+cu121.whl', 'x');
    const { http } = client();
    await textOf(http, `${server.url}/torch-2.0+cu121.whl?a=1+1`);
    expect(server.paths()).toEqual(['/torch-2.0%2Bcu121.whl?a=1+1']);
  });

  it('refuses a body larger than the limit', async () => {
    const server = await serve();
    server.put('/big', 'x'.repeat(1001));
    const { http } = client();
    const response = await http.get({ url: `${server.url}/big` });
    await expect(response.bytes(1000)).rejects.toMatchObject({ code: 'TSPM_INDEX_RESPONSE' });
  });

  it('refuses what is no http URL', async () => {
    const { http } = client();
    await expect(http.get({ url: 'ftp://u:secret@host/x' })).rejects.toMatchObject({
      code: 'TSPM_NETWORK',
      message: 'cannot fetch ftp://host/x: not an http or https URL',
    });
  });
});

describe('compression', () => {
  it('is undone where the request asks for gzip, within the limit of unpacked bytes', async () => {
    const server = await serve();
    server.put('/page', gzipSync('a'.repeat(5000)), { 'content-encoding': 'gzip' });
    const { http } = client();
    expect(await textOf(http, `${server.url}/page`, { 'accept-encoding': 'gzip' })).toBe('a'.repeat(5000));
    const response = await http.get({ url: `${server.url}/page`, headers: { 'accept-encoding': 'gzip' } });
    await expect(response.bytes(4999)).rejects.toMatchObject({ code: 'TSPM_INDEX_RESPONSE' });
  });

  it('of a file that was asked for as it is stays', async () => {
    const server = await serve();
    const packed = gzipSync('data');
    server.put('/x.tar.gz', packed, { 'content-encoding': 'x-gzip' });
    const { http } = client();
    const response = await http.get({ url: `${server.url}/x.tar.gz` });
    expect(Buffer.from(await response.bytes(1000)).equals(packed)).toBe(true);
  });

  it('of an unknown kind is refused', async () => {
    const server = await serve();
    server.put('/page', 'x', { 'content-encoding': 'br' });
    const { http } = client();
    await expect(textOf(http, `${server.url}/page`, { 'accept-encoding': 'gzip' })).rejects.toMatchObject({
      code: 'TSPM_INDEX_RESPONSE',
    });
  });
});

describe('retries', () => {
  it.each([408, 425, 429, 500, 502, 503, 504, 520])('repeat a request answered with %i', async (status) => {
    const server = await serve();
    server.put('/x', 'ok');
    server.fault('/x', { status }, { status });
    const { http, clock } = client();
    expect(await textOf(http, `${server.url}/x`)).toBe('ok');
    expect(server.paths()).toHaveLength(3);
    expect(clock.sleeps).toHaveLength(2);
    expect(clock.sleeps[0]).toBeGreaterThanOrEqual(125);
    expect(clock.sleeps[0]).toBeLessThanOrEqual(250);
    expect(clock.sleeps[1]).toBeGreaterThanOrEqual(250);
    expect(clock.sleeps[1]).toBeLessThanOrEqual(500);
  });

  it('end after five attempts with an error that tells URL, number and reason', async () => {
    const server = await serve();
    server.fault('/x', ...Array.from({ length: 9 }, () => ({ status: 503 })));
    const { http } = client();
    await expect(http.get({ url: `${server.url}/x` })).rejects.toMatchObject({
      code: 'TSPM_NETWORK',
      message: `cannot fetch ${server.url}/x after 5 attempts: the server answers 503`,
      context: { url: `${server.url}/x`, attempts: 5, reason: '503' },
    });
    expect(server.paths()).toHaveLength(5);
  });

  it.each([
    ['7', 7000],
    ['Thu, 01 Jan 2026 00:00:20 GMT', 20_000],
  ])('wait as long as Retry-After: %s asks', async (value, milliseconds) => {
    const server = await serve();
    server.put('/x', 'ok');
    server.fault('/x', { status: 429, headers: { 'retry-after': value } });
    const { http, clock } = client();
    await textOf(http, `${server.url}/x`);
    expect(clock.sleeps).toEqual([milliseconds]);
  });

  it('do not wait for more than a minute', async () => {
    const server = await serve();
    server.fault('/x', { status: 503, headers: { 'retry-after': '86400' } });
    const { http, clock } = client();
    await expect(http.get({ url: `${server.url}/x` })).rejects.toThrow(/answers 503 and asks to wait 86400 s$/);
    expect(clock.sleeps).toEqual([]);
  });

  it('ignore a Retry-After that makes no sense', async () => {
    const server = await serve();
    server.put('/x', 'ok');
    server.fault('/x', { status: 503, headers: { 'retry-after': 'soon, in 3 days' } });
    const { http, clock } = client();
    expect(await textOf(http, `${server.url}/x`)).toBe('ok');
    expect(clock.sleeps[0]).toBeLessThanOrEqual(250);
  });

  it('repeat after a connection that is reset, and after a body that is cut', async () => {
    const server = await serve();
    server.put('/x', 'x'.repeat(10_000));
    server.fault('/x', { reset: true }, { truncate: 5000 }, { truncate: 0 });
    const { http } = client();
    expect(await textOf(http, `${server.url}/x`)).toBe('x'.repeat(10_000));
    expect(server.paths()).toHaveLength(4);
  });

  it('of a body that stalls end it after the time-out', async () => {
    const server = await serve();
    server.put('/x', 'x'.repeat(10_000));
    server.fault('/x', { stall: 10 });
    const { http } = client({ timeoutSeconds: 1 });
    expect(await textOf(http, `${server.url}/x`)).toBe('x'.repeat(10_000));
    expect(server.paths()).toHaveLength(2);
  });

  it('do not hide that the second answer differs in kind', async () => {
    const server = await serve();
    server.put('/x', 'x'.repeat(100));
    server.fault('/x', { truncate: 10 }, { status: 404 });
    const { http } = client();
    await expect(textOf(http, `${server.url}/x`)).rejects.toThrow(/answered 200, then 404/);
  });

  it('are not made while a body is streamed: the consumer learns of the cut', async () => {
    const server = await serve();
    server.put('/x', 'x'.repeat(100_000));
    server.fault('/x', { truncate: 50_000 });
    const { http } = client();
    const response = await http.get({ url: `${server.url}/x` });
    const read = async (): Promise<number> => {
      let size = 0;
      for await (const chunk of response.body) size += chunk.length;
      return size;
    };
    await expect(read()).rejects.toMatchObject({ code: 'TSPM_NETWORK' });
    expect(server.paths()).toHaveLength(1);
  });

  it('of a refused connection end with a hint', async () => {
    const taken = createTcpServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    taken.close();
    await once(taken, 'close');
    const { http, clock } = client();
    await expect(http.get({ url: `http://me:secret@127.0.0.1:${port}/simple/x/` })).rejects.toMatchObject({
      code: 'TSPM_NETWORK',
      message: `cannot fetch http://127.0.0.1:${port}/simple/x/ after 5 attempts: connection refused`,
      hint: expect.stringContaining('NO_PROXY'),
    });
    expect(clock.sleeps).toHaveLength(4);
  });

  it('stop when the request is cancelled', async () => {
    const server = await serve();
    const held = new Promise<void>(() => undefined);
    server.fault('/x', { before: () => held });
    const { http } = client();
    const controller = new AbortController();
    const answer = http.get({ url: `${server.url}/x`, signal: controller.signal });
    answer.catch(() => undefined);
    while (server.paths().length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(server.paths()).toHaveLength(1);
  });
});

it('a closed client ends what is under way and opens nothing anew', async () => {
  const server = await serve();
  server.fault('/x', { before: () => new Promise(() => undefined) });
  const { http, clock } = client();
  const answer = http.get({ url: `${server.url}/x` });
  answer.catch(() => undefined);
  while (server.paths().length === 0) await new Promise((resolve) => setImmediate(resolve));
  await http.close();
  await expect(answer).rejects.toMatchObject({ code: 'TSPM_NETWORK' });
  await expect(http.get({ url: `${server.url}/x` })).rejects.toMatchObject({ code: 'TSPM_NETWORK' });
  expect(server.paths()).toHaveLength(1);
  expect(clock.sleeps).toEqual([]);
});

describe('redirects', () => {
  it('are followed, relative ones too, and the final URL is told', async () => {
    const server = await serve();
    const other = await serve();
    other.put('/end/x', 'there');
    server.fault('/a', { status: 301, headers: { location: 'b' } });
    server.fault('/b', { status: 307, headers: { location: `${other.url}/end/x` } });
    const { http } = client();
    const response = await http.get({ url: `${server.url}/a` });
    expect(response.url).toBe(`${other.url}/end/x`);
    expect(Buffer.from(await response.bytes(10)).toString()).toBe('there');
    expect(http.requestCount).toBe(3);
  });

  it('end after ten', async () => {
    const server = await serve();
    server.fault('/a', ...Array.from({ length: 20 }, () => ({ status: 302, headers: { location: '/a' } })));
    const { http } = client();
    await expect(http.get({ url: `${server.url}/a` })).rejects.toMatchObject({
      code: 'TSPM_NETWORK',
      message: expect.stringContaining('more than 10 redirects'),
    });
    expect(server.paths()).toHaveLength(11);
  });

  it.each(['', 'file:///etc/passwd', 'http://[bad', 'ftp://host/x'])('to "%s" are refused', async (location) => {
    const server = await serve();
    server.fault('/a', { status: 302, headers: { location } });
    const { http } = client();
    await expect(http.get({ url: `${server.url}/a` })).rejects.toMatchObject({ code: 'TSPM_NETWORK' });
  });

  it('take no credentials and no unusual header to another origin', async () => {
    const server = await serve();
    const other = await serve();
    other.put('/x', 'ok');
    server.fault('/a', { status: 302, headers: { location: `${other.url}/x` } });
    const { http } = client({
      transports: [{ name: 'main', url: `${server.url}/`, username: 'me', password: 'secret', verifySsl: true }],
    });
    await textOf(http, `${server.url}/a`, { accept: 'text/html', 'x-api-key': 'secret' });
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('me:secret').toString('base64')}`,
      'x-api-key': 'secret',
    });
    expect(other.requests[0]?.headers).toMatchObject({ accept: 'text/html' });
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(other.requests[0]?.headers).not.toHaveProperty('x-api-key');
  });

  it('take the credentials of the URL along on the same origin only', async () => {
    const server = await serve();
    const other = await serve();
    other.put('/x', 'ok');
    server.fault('/a', { status: 302, headers: { location: '/b' } });
    server.fault('/b', { status: 302, headers: { location: `${other.url}/x` } });
    const { http } = client();
    await textOf(http, `${server.url.replace('//', '//u:p@')}/a`);
    expect(server.requests.map((request) => request.headers['authorization'])).toEqual(['Basic dTpw', 'Basic dTpw']);
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('use the credentials that their Location carries, for that origin only', async () => {
    const server = await serve();
    const other = await serve({ auth: { username: 'a b', password: 'p@ss' } });
    other.put('/x', 'ok');
    const target = other.url.replace('http://', 'http://a%20b:p%40ss@');
    server.fault('/a', { status: 302, headers: { location: `${target}/x` } });
    const { http } = client();
    const response = await http.get({ url: `${server.url}/a` });
    expect(response.url).toBe(`${other.url}/x`);
    expect(Buffer.from(await response.bytes(10)).toString()).toBe('ok');
  });
});

describe('credentials', () => {
  it('come from the URL, the closest configured source or netrc', async () => {
    const server = await serve({ auth: { username: 'u', password: 'p' } });
    server.put('/private/x', 'ok');
    const { http: byUrl } = client();
    expect(await textOf(byUrl, `${server.url.replace('//', '//u:p@')}/private/x`)).toBe('ok');
    const { http: bySource } = client({
      transports: [
        { name: 'other', url: `${server.url}/other`, username: 'wrong', password: 'wrong', verifySsl: true },
        { name: 'private', url: `${server.url.replace('//', '//u:p@')}/private/simple`, verifySsl: true },
      ],
    });
    expect(await textOf(bySource, `${server.url}/private/x`)).toBe('ok');
  });

  it('that are missing or wrong end at once in TSPM_INDEX_AUTH', async () => {
    const server = await serve({ auth: { username: 'u', password: 'p' } });
    const { http } = client();
    await expect(http.get({ url: `${server.url}/x` })).rejects.toMatchObject({
      code: 'TSPM_INDEX_AUTH',
      message: `cannot fetch ${server.url}/x: the server refuses access (401)`,
      hint: expect.stringContaining('.netrc'),
      context: { status: 401 },
    });
    const wrong = http.get({ url: `${server.url.replace('//', '//u:wrong@')}/x` });
    await expect(wrong).rejects.toMatchObject({ hint: expect.stringContaining('not accepted') });
    await expect(wrong).rejects.not.toThrow(/wrong/);
    expect(http.requestCount).toBe(2);
  });
});

describe('proxies of the environment', () => {
  /** A forwarding proxy that knows CONNECT; records request lines. */
  async function startProxy(authorization?: string, tls?: typeof TEST_SERVER) {
    const lines: string[] = [];
    const answer: RequestListener = (request, response) => {
      lines.push(`${request.method} ${request.url}`);
      if (authorization !== undefined && request.headers['proxy-authorization'] !== authorization) {
        response.writeHead(407).end();
        return;
      }
      response.end('by proxy');
    };
    const proxy = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
    proxy.on('connect', (request: IncomingMessage, socket: Duplex) => {
      lines.push(`CONNECT ${request.url}`);
      if (authorization !== undefined && request.headers['proxy-authorization'] !== authorization) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      const [host, port] = (request.url ?? '').split(':');
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(socket);
        socket.pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    cleanups.push(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    return { url: `127.0.0.1:${(proxy.address() as AddressInfo).port}`, lines };
  }

  it('forward plain http and send their own credentials', async () => {
    const proxy = await startProxy(`Basic ${Buffer.from('pu:pp').toString('base64')}`);
    const { http } = client({ env: { http_proxy: `http://pu:pp@${proxy.url}` } });
    expect(await textOf(http, 'http://index.invalid/simple/x/')).toBe('by proxy');
    expect(proxy.lines).toEqual(['GET http://index.invalid/simple/x/']);
  });

  it('are left out for hosts of NO_PROXY', async () => {
    const server = await serve();
    server.put('/x', 'direct');
    const { http } = client({ env: { HTTP_PROXY: '127.0.0.1:9', NO_PROXY: '127.0.0.0/8' } });
    expect(await textOf(http, `${server.url}/x`)).toBe('direct');
  });

  it.each(['http', 'https'])('that want a password end in TSPM_INDEX_AUTH naming the proxy (%s)', async (scheme) => {
    const proxy = await startProxy('Basic x');
    const { http } = client({ env: { ALL_PROXY: `http://pu:secret@${proxy.url}` } });
    const answer = http.get({ url: `${scheme}://index.invalid/x` });
    await expect(answer).rejects.toMatchObject({
      code: 'TSPM_INDEX_AUTH',
      message: expect.stringContaining(proxy.url),
    });
    await expect(answer).rejects.not.toThrow(/secret/);
  });

  it('that speak TLS are trusted as hosts of their own, not as the source behind them', async () => {
    const proxy = await startProxy(`Basic ${Buffer.from('pu:pp').toString('base64')}`, TEST_SERVER);
    const server = await serve({ tls: TEST_SERVER });
    server.put('/x', 'through two');
    const transports = [{ name: 'main', url: server.url, verifySsl: false }];
    const https_proxy = `https://pu:pp@${proxy.url}`;
    const { http } = client({ env: { https_proxy, SSL_CERT_FILE: writeText('ca.pem', TEST_AUTHORITY) }, transports });
    expect(await textOf(http, `${server.url}/x`)).toBe('through two');
    const { http: distrusting } = client({ env: { https_proxy }, transports });
    await expect(distrusting.get({ url: `${server.url}/x` })).rejects.toMatchObject({ code: 'TSPM_NETWORK' });
    expect(proxy.lines).toHaveLength(1);
  });

  it.each(['', 'HTTP/1.1 200 Con'])(
    'that end the connection after %j in the place of an answer are asked no more often than anybody',
    async (text) => {
      let asked = 0;
      const proxy = createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => {
          asked++;
          socket.end(text);
        });
      });
      proxy.listen(0, '127.0.0.1');
      await once(proxy, 'listening');
      cleanups.push(() => proxy.close());
      const { http } = client({ env: { https_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` } });
      await expect(http.get({ url: 'https://index.invalid/x' })).rejects.toMatchObject({
        code: 'TSPM_NETWORK',
        message: expect.stringContaining('the proxy closed the connection before it answered'),
      });
      expect(asked).toBe(1 + MAX_RETRIES);
    },
  );

  it('tunnel https', async () => {
    const proxy = await startProxy();
    const server = await serve({ tls: TEST_SERVER });
    server.put('/x', 'tunnelled');
    const { http } = client({
      env: { https_proxy: `http://${proxy.url}` },
      transports: [{ name: 'main', url: server.url, verifySsl: false }],
    });
    expect(await textOf(http, `${server.url}/x`)).toBe('tunnelled');
    expect(proxy.lines).toEqual([`CONNECT ${server.url.replace('https://', '')}`]);
  });
});

describe('certificates', () => {
  it('go unchecked for the host of a source that says so, and for no other', async () => {
    const [lax, strict] = [await serve({ tls: TEST_SERVER }), await serve({ tls: TEST_SERVER })];
    lax.put('/x', 'unchecked');
    lax.fault('/away', { status: 302, headers: { location: `${strict.url}/x` } });
    const { http } = client({ transports: [{ name: 'lax', url: lax.url, verifySsl: false }] });
    expect(await textOf(http, `${lax.url}/x`)).toBe('unchecked');
    for (const url of [`${strict.url}/x`, `${lax.url}/away`])
      await expect(http.get({ url })).rejects.toMatchObject({ message: expect.stringContaining('not accepted') });
    expect(strict.requests).toEqual([]);
  });

  it('that nobody vouches for are refused at once', async () => {
    const server = await serve({ tls: TEST_SERVER });
    const { http, clock } = client();
    await expect(http.get({ url: `${server.url}/x` })).rejects.toMatchObject({
      code: 'TSPM_NETWORK',
      message: expect.stringContaining('certificate not accepted'),
      hint: expect.stringContaining('ca_certs'),
    });
    expect(clock.sleeps).toEqual([]);
  });

  it('are accepted when ca_certs of the source or the environment names the authority', async () => {
    const server = await serve({ tls: TEST_SERVER });
    server.put('/x', 'trusted');
    const caCerts = writeText('ca.pem', TEST_AUTHORITY);
    const { http: bySource } = client({ transports: [{ name: 'main', url: server.url, verifySsl: true, caCerts }] });
    expect(await textOf(bySource, `${server.url}/x`)).toBe('trusted');
    const { http: byBundle } = client({ env: { SSL_CERT_FILE: caCerts } });
    expect(await textOf(byBundle, `${server.url}/x`)).toBe('trusted');
    const { http: byFolder } = client({ env: { REQUESTS_CA_BUNDLE: path.dirname(caCerts), SSL_CERT_FILE: '/none' } });
    expect(await textOf(byFolder, `${server.url}/x`)).toBe('trusted');
    const { http: asForNode } = client({ env: { NODE_EXTRA_CA_CERTS: caCerts } });
    expect(await textOf(asForNode, `${server.url}/x`)).toBe('trusted');
  });

  it('of the client are shown where configured', async () => {
    const server = createTlsServer({ ...TEST_SERVER, ca: TEST_AUTHORITY, requestCert: true }, (_, response) =>
      response.end('known'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const transport = {
      name: 'main',
      url,
      verifySsl: true,
      caCerts: writeText('ca.pem', TEST_AUTHORITY),
      clientCert: writeText('client.pem', TEST_CLIENT.cert),
      clientKey: writeText('client.key', TEST_CLIENT.key),
    };
    const { http } = client({ transports: [transport] });
    expect(await textOf(http, url)).toBe('known');
  });

  it('whose file is missing or holds none are an error of the configuration', async () => {
    const empty = writeText('empty.pem', 'nothing here');
    for (const caCerts of ['/no/such/file.pem', empty]) {
      const { http } = client({ transports: [{ name: 'main', url: 'https://127.0.0.1:9', verifySsl: true, caCerts }] });
      await expect(http.get({ url: 'https://127.0.0.1:9/x' })).rejects.toMatchObject({
        code: 'TSPM_CONFIG_INVALID',
        message: expect.stringContaining(`ca_certs names ${caCerts}`),
      });
    }
  });

  it('are no reason to follow a redirect down to plain http, unless that host is configured so', async () => {
    const server = await serve({ tls: TEST_SERVER });
    const plain = await serve();
    plain.put('/x', 'plain');
    const redirect = { status: 302, headers: { location: `${plain.url}/x` } };
    server.fault('/a', redirect, redirect);
    const secure = { name: 'secure', url: server.url, verifySsl: false };
    const { http } = client({ transports: [secure] });
    await expect(http.get({ url: `${server.url}/a` })).rejects.toThrow(/gives up encryption/);
    expect(plain.requests).toEqual([]);
    const { http: configured } = client({
      transports: [secure, { name: 'plain', url: `${plain.url}/simple`, verifySsl: false }],
    });
    expect(await textOf(configured, `${server.url}/a`)).toBe('plain');
  });
});

describe('limits', () => {
  it('are not used up by bodies that were streamed, left early or discarded', async () => {
    const server = await serve();
    server.put('/x', 'x'.repeat(200_000));
    const { http } = client();
    for (let i = 0; i < 60; i++) {
      const response = await http.get({ url: `${server.url}/x` });
      if (i % 3 === 0) await response.discard();
      else {
        for await (const chunk of response.body) if (i % 3 === 1 && chunk.length > 0) break;
      }
    }
    expect(http.requestCount).toBe(60);
  });

  it('keep 16 requests to one host at most, and all are answered', async () => {
    const server = await serve();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const names = Array.from({ length: 40 }, (_, i) => `/x${i}`);
    for (const name of names) {
      server.put(name, 'ok');
      server.fault(name, { before: () => held });
    }
    const { http } = client();
    const answers = names.map((name) => textOf(http, server.url + name));
    while (server.paths().length < 16) await new Promise((done) => setImmediate(done));
    for (let i = 0; i < 50; i++) await new Promise((done) => setImmediate(done));
    expect(server.paths()).toHaveLength(16);
    release();
    expect(await Promise.all(answers)).toEqual(names.map(() => 'ok'));
    expect(server.paths()).toHaveLength(40);
  });
});
