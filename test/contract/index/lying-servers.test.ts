/** Servers and proxies that cut, mislabel or replace what they send: the file is the one that was asked for, or there is none and one error says why. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { createHttpClient } from '../../../src/http/client.ts';
import { downloadArtifact } from '../../../src/index/download.ts';
import type { HttpClient } from '../../../src/ports.ts';
import { createTestClock } from '../../support/clock.ts';
import { type Fault, type IndexServer, serveIndex } from '../../support/index-server.ts';
import { TEST_SERVER } from '../../support/tls.ts';
import { scratchFolder } from '../../support/tree.ts';

const BYTES = randomBytes(300_000);
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const open: HttpClient[] = [];

afterEach(() => Promise.all(open.splice(0).map((http) => http.close())));

function client(transports: Parameters<typeof createHttpClient>[0]['transports'] = []): HttpClient {
  const http = createHttpClient({
    transports,
    env: {},
    timeoutSeconds: 5,
    clock: createTestClock(),
    userAgent: 'tspm-test/1',
  });
  open.push(http);
  return http;
}

/** An answer written by hand. */
const answer = (head: string, body: string | Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${head.replaceAll('\n', '\r\n')}\r\n\r\n`), Buffer.from(body)]);
const chunk = (data: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);

/** What is wrong with the whole answer to one request. */
const ONCE: Readonly<Record<string, Fault>> = {
  'cut in a chunk, without a length': {
    raw: (body) => answer('HTTP/1.1 200 OK\ntransfer-encoding: chunked', chunk(body).subarray(0, 100_000)),
  },
  'cut between chunks': {
    raw: (body) => answer('HTTP/1.1 200 OK\ntransfer-encoding: chunked', chunk(body.subarray(0, 1000))),
  },
  'cut where only the end of the connection ends it': {
    raw: (body) => answer('HTTP/1.0 200 OK', body.subarray(0, 100_000)),
  },
  'with a length that is too small': {
    raw: (body) => answer(`HTTP/1.1 200 OK\ncontent-length: ${body.length - 5}`, body),
  },
  'with a length that is too large': {
    raw: (body) => answer(`HTTP/1.1 200 OK\ncontent-length: ${body.length + 5}`, body),
  },
  'with two lengths': {
    raw: (body) => answer(`HTTP/1.1 200 OK\ncontent-length: 5\ncontent-length: ${body.length}`, body),
  },
  'with a length below nothing': { raw: (body) => answer('HTTP/1.1 200 OK\ncontent-length: -1', body) },
  'that is not HTTP': { raw: () => 'hello\r\n' },
  'that ends before its headers do': { raw: () => 'HTTP/1.1 200 OK\r\ncontent-le' },
  'that is nothing at all': { raw: () => '' },
};

/** What is wrong for good with every answer. */
const ALWAYS: Readonly<Record<string, Fault>> = {
  'a login page': { body: '<html>Please log in</html>', headers: { 'content-type': 'text/html' } },
  'other bytes of the same size': { body: randomBytes(BYTES.length) },
  nothing: { body: '' },
  'more than was announced': { body: Buffer.concat([BYTES, BYTES]) },
  'less than was announced, with a length to match': { body: BYTES.subarray(0, 1000) },
  'a compressed body that was not asked for': { body: gzipSync(BYTES), headers: { 'content-encoding': 'gzip' } },
};

async function prepared() {
  const server = await serveIndex();
  server.put('/demo.whl', BYTES);
  const destination = path.join(scratchFolder(), 'demo.part');
  const wanted = {
    filename: 'demo.whl',
    url: `${server.url.replace('//', '//me:secret@')}/demo.whl`,
    hashes: { sha256: SHA256 },
    size: BYTES.length,
  };
  return { server, destination, download: () => downloadArtifact(client(), wanted, destination) };
}

describe('a file', () => {
  it.each(Object.entries(ONCE))('%s, once, arrives whole in the end', async (_, fault) => {
    const { server, destination, download } = await prepared();
    server.fault('/demo.whl', fault);
    expect(await download()).toEqual({ sha256: SHA256, size: BYTES.length });
    expect(readFileSync(destination).equals(BYTES)).toBe(true);
  });

  it('of a size that nobody told, cut once where only the end of the connection ends it, arrives whole, too', async () => {
    const server = await serveIndex();
    server.put('/demo.whl', BYTES);
    server.fault('/demo.whl', { raw: (body) => answer('HTTP/1.0 200 OK', body.subarray(0, 100_000)) });
    const wanted = { filename: 'demo.whl', url: `${server.url}/demo.whl`, hashes: { sha256: SHA256 }, size: undefined };
    const received = await downloadArtifact(client(), wanted, path.join(scratchFolder(), 'demo.part'));
    expect(received).toEqual({ sha256: SHA256, size: BYTES.length });
  });

  it.each([...Object.entries(ONCE), ...Object.entries(ALWAYS)])(
    '%s, every time, is refused in one line with the url and the number of attempts, and nothing stays',
    async (_, fault) => {
      const { server, destination, download } = await prepared();
      server.fault('/demo.whl', ...Array.from({ length: 60 }, () => fault));
      const error: unknown = await download().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: expect.stringMatching(/^TSPM_(?:NETWORK|HASH_MISMATCH|INDEX_RESPONSE)$/) });
      const { message, hint } = error as { message: string; hint?: string };
      expect(`${message} ${hint}`).toContain(`${server.url}/demo.whl`);
      expect(`${message} ${hint}`).not.toMatch(/secret|\n/);
      const attempts = server.requests.length;
      expect(message).toContain(attempts === 1 ? 'demo.whl' : `after ${attempts} attempts`);
      expect(existsSync(destination)).toBe(false);
    },
  );
});

describe('a download that goes on after a cut', () => {
  const range = (body: Buffer, head: string): Buffer =>
    answer(`HTTP/1.1 206 Partial Content\n${head}\ncontent-length: ${body.length}`, body);
  const LIES: Readonly<Record<string, Fault>> = {
    'from another place': {
      raw: (body) => range(body.subarray(10), `content-range: bytes 10-${body.length - 1}/${body.length}`),
    },
    'without saying from where': { raw: (body) => range(body, 'x-nothing: 1') },
    'as if from the right place, with other bytes': {
      raw: (body) => range(Buffer.alloc(200_000), `content-range: bytes 100000-299999/${body.length}`),
    },
    'not at all, because the range is beyond its end': { status: 416 },
  };

  it.each(Object.entries(LIES))('and that the server continues %s begins again', async (_, lie) => {
    const { server, download } = await prepared();
    server.fault('/demo.whl', { truncate: 100_000 }, lie);
    expect(await download()).toEqual({ sha256: SHA256, size: BYTES.length });
  });
});

describe('a page', () => {
  async function page(server: IndexServer): Promise<string> {
    const response = await client().get({ url: `${server.url}/page`, headers: { 'accept-encoding': 'gzip' } });
    return Buffer.from(await response.bytes(1_000_000)).toString();
  }

  it.each([
    [
      'says that it is compressed and is not',
      { body: 'plain', headers: { 'content-encoding': 'gzip' } },
      /says it is compressed and is not/,
    ],
    [
      'is compressed and cut',
      { body: gzipSync(BYTES).subarray(0, 1000), headers: { 'content-encoding': 'gzip' } },
      /ends early/,
    ],
  ] as const)('that %s is asked for again, and refused when it stays so', async (_, fault, reason) => {
    const server = await serveIndex();
    server.put('/page', 'text');
    server.fault('/page', fault);
    expect(await page(server)).toBe('text');
    server.fault('/page', ...Array.from({ length: 9 }, () => fault));
    await expect(page(server)).rejects.toMatchObject({ code: 'TSPM_NETWORK', message: expect.stringMatching(reason) });
  });

  it('that is a bomb is refused as soon as it is larger than pages are', async () => {
    const server = await serveIndex();
    server.put('/page', gzipSync(Buffer.alloc(50_000_000)), { 'content-encoding': 'gzip' });
    await expect(page(server)).rejects.toMatchObject({
      code: 'TSPM_INDEX_RESPONSE',
      message: expect.stringContaining('more than 1000000 bytes'),
    });
  });
});

describe('an encrypted connection', () => {
  /** Passes everything on; of the first connection it changes what comes back after so many bytes, or ends it there. */
  async function meddler(port: number, after: number, how: 'garbles' | 'ends'): Promise<number> {
    let connections = 0;
    const relay = createServer((socket) => {
      const isFirst = (connections += 1) === 1;
      const upstream = connect(port, '127.0.0.1');
      let passed = 0;
      upstream.on('data', (data: Buffer) => {
        passed += data.length;
        if (!isFirst || passed < after) socket.write(data);
        else if (how === 'ends') socket.destroy();
        else socket.write(data.map((byte) => byte ^ 0x55));
      });
      socket.on('data', (data) => upstream.write(data));
      for (const [one, other] of [
        [socket, upstream],
        [upstream, socket],
      ] as const) {
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
      }
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    onTestFinished(() => void relay.close());
    return (relay.address() as AddressInfo).port;
  }

  it.each(['garbles', 'ends'] as const)('that something %s in the middle of a file is made anew', async (how) => {
    const server = await serveIndex({ tls: TEST_SERVER });
    server.put('/demo.whl', BYTES);
    const port = await meddler(Number(new URL(server.url).port), 100_000, how);
    const url = `https://127.0.0.1:${port}`;
    const http = client([{ name: 'main', url, verifySsl: false }]);
    const destination = path.join(scratchFolder(), 'demo.part');
    const wanted = { filename: 'demo.whl', url: `${url}/demo.whl`, hashes: { sha256: SHA256 }, size: BYTES.length };
    expect(await downloadArtifact(http, wanted, destination)).toEqual({ sha256: SHA256, size: BYTES.length });
    expect(readFileSync(destination).equals(BYTES)).toBe(true);
  });
});

it('a host that refuses one of its addresses is reached by the other', async () => {
  const server = await serveIndex();
  server.put('/x', 'by the other');
  const response = await client().get({ url: `${server.url.replace('127.0.0.1', 'localhost')}/x` });
  expect(Buffer.from(await response.bytes(100)).toString()).toBe('by the other');
});
