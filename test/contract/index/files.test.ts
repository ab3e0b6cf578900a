import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttpClient } from '../../../src/http/client.ts';
import { type Download, type DownloadOptions, downloadArtifact } from '../../../src/index/download.ts';
import { createFinder } from '../../../src/index/finder.ts';
import { type MetadataFetcherSettings, createMetadataFetcher } from '../../../src/index/metadata-fetcher.ts';
import type { Artifact } from '../../../src/index/model.ts';
import { createPageCache } from '../../../src/index/page-cache.ts';
import type { HttpClient } from '../../../src/ports.ts';
import { createTestClock } from '../../support/clock.ts';
import { type IndexFile, type IndexServer, type IndexServerOptions, serveIndex } from '../../support/index-server.ts';
import { scratchFolder } from '../../support/tree.ts';
import { type BuiltWheel, type WheelSpec, buildWheel } from '../../support/wheel.ts';

function client(): HttpClient {
  const http = createHttpClient({
    transports: [],
    env: {},
    timeoutSeconds: 5,
    clock: createTestClock(),
    userAgent: 'tspm-test/1',
  });
  onTestFinished(() => http.close());
  return http;
}

function demo(more: Partial<WheelSpec> = {}): BuiltWheel {
  return buildWheel({ name: 'demo', version: '1.0', requires: ['dep>=1'], ...more });
}

/** A wheel with so many modules, and RECORD behind METADATA, that its directory is longer than the first tail asked for. */
function largeDemo(more: Partial<WheelSpec> = {}): BuiltWheel {
  const files = Object.fromEntries(
    Array.from({ length: 6000 }, (_, i) => [`demo/${'long_folder_name/'.repeat(3)}module_${i}.py`, randomBytes(8)]),
  );
  return demo({ files, ...more });
}

const METADATA = 'Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: from-sidecar\n';

async function listed(server: IndexServer, wheel: BuiltWheel, fields: Partial<IndexFile> = {}): Promise<Artifact> {
  server.add('demo', { filename: wheel.filename, bytes: wheel.bytes, ...fields });
  const sources = [
    { name: 'main', url: server.simple, type: 'index', verifySsl: true, include: [], exclude: [] } as const,
  ];
  const pages = createPageCache(undefined, createTestClock());
  const listing = await createFinder({ sources, http: client(), pages }).listing('demo');
  server.forget();
  const artifact = listing.kind === 'found' ? listing.releases.at(-1)?.artifacts.at(-1) : undefined;
  if (artifact === undefined) throw new Error('not listed');
  return artifact;
}

function fetcher(settings: Partial<MetadataFetcherSettings> = {}) {
  const http = client();
  const made = createMetadataFetcher({ http, directory: undefined, ...settings });
  return { http, metadata: (artifact: Artifact) => made.metadata(artifact) };
}

describe('metadata of a wheel', () => {
  it('comes from the file beside it where one is announced (PEP 658)', async () => {
    const server = await serveIndex();
    const wheel = demo();
    const artifact = await listed(server, wheel, { metadata: METADATA });
    const metadata = await fetcher().metadata({ ...artifact, url: `${artifact.url}?token=x` });
    expect(metadata.requiresDist).toEqual(['from-sidecar']);
    expect(server.paths()).toEqual([`/files/${wheel.filename}.metadata?token=x`]);
  });

  it('is refused when that file is not the announced one', async () => {
    const server = await serveIndex();
    const wheel = demo();
    const artifact = await listed(server, wheel, { metadata: METADATA });
    server.fault(`/files/${wheel.filename}.metadata`, { body: METADATA.replace('from-sidecar', 'evil') });
    await expect(fetcher().metadata(artifact)).rejects.toMatchObject({
      code: 'TSPM_HASH_MISMATCH',
      message: expect.stringContaining(`${wheel.filename}.metadata: expected sha256`),
    });
  });

  it.each([404, 403])('comes from the wheel when that file answers %i', async (status) => {
    const server = await serveIndex();
    const wheel = demo();
    const artifact = await listed(server, wheel, { announceMetadata: true });
    server.fault(`/files/${wheel.filename}.metadata`, { status });
    expect((await fetcher().metadata(artifact)).requiresDist).toEqual(['dep>=1']);
    expect(server.paths()).toHaveLength(2);
  });

  it.each([
    ['known', 'json'],
    ['unknown', 'html'],
  ] as const)('takes one request for its last bytes when its size is %s', async (_, format) => {
    const server = await serveIndex({ format });
    const wheel = demo({ files: { 'demo/data.bin': randomBytes(700_000) } });
    const artifact = await listed(server, wheel);
    const { metadata, http } = fetcher();
    expect((await metadata(artifact)).requiresDist).toEqual(['dep>=1']);
    expect(http.requestCount).toBe(1);
    const size = wheel.bytes.length;
    const range = format === 'json' ? `bytes=${size - 131_072}-${size - 1}` : 'bytes=-262144';
    expect(server.requests[0]?.headers['range']).toBe(range);
  });

  it('takes a second request where the directory is longer than that', async () => {
    const server = await serveIndex({ format: 'html' });
    const { metadata, http } = fetcher();
    const artifact = await listed(server, largeDemo());
    expect((await metadata(artifact)).requiresDist).toEqual(['dep>=1']);
    expect(http.requestCount).toBe(2);
    expect(server.requests[1]?.headers['if-range']).toMatch(/^"/);
  });

  it('takes a third where METADATA lies in front', async () => {
    const server = await serveIndex({ format: 'html' });
    const { metadata, http } = fetcher();
    const wheel = largeDemo({
      members: (members) => members.toSorted((a, b) => Number(isMetadata(b.name)) - Number(isMetadata(a.name))),
    });
    expect((await metadata(await listed(server, wheel))).requiresDist).toEqual(['dep>=1']);
    expect(http.requestCount).toBe(3);
  });

  it('comes from the whole wheel where the server gives no ranges, and the wheel may be kept', async () => {
    const server = await serveIndex({ ranges: false });
    const wheel = demo();
    const artifact = await listed(server, wheel);
    const temporaryDirectory = scratchFolder();
    const kept: string[] = [];
    const { metadata, http } = fetcher({
      temporaryDirectory,
      keepWheel({ path: file, sha256 }) {
        expect(readFileSync(file).equals(wheel.bytes)).toBe(true);
        kept.push(sha256);
      },
    });
    expect((await metadata(artifact)).requiresDist).toEqual(['dep>=1']);
    expect(kept).toEqual([wheel.sha256]);
    expect(http.requestCount).toBe(1);
    expect(readdirSync(temporaryDirectory)).toEqual([]);
  });

  it('comes from the whole wheel where ranges are refused or make no sense', async () => {
    const server = await serveIndex();
    const wheel = demo();
    const artifact = await listed(server, wheel);
    server.fault(`/files/${wheel.filename}`, { status: 416 });
    expect((await fetcher().metadata(artifact)).requiresDist).toEqual(['dep>=1']);
    server.fault(`/files/${wheel.filename}`, { headers: { 'content-range': 'bytes 0-1/*' } });
    expect((await fetcher().metadata(artifact)).requiresDist).toEqual(['dep>=1']);
    expect(server.requests.map((request) => request.headers['range'] !== undefined)).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('is read again whole when the file changes between two ranges', async () => {
    const server = await serveIndex({ format: 'html' });
    const wheel = largeDemo();
    const artifact = await listed(server, wheel, { sha256: false });
    const changed = demo({ requires: ['changed'] });
    const at = `/files/${wheel.filename}`;
    server.fault(at, {}, { before: () => server.put(at, changed.bytes) });
    const { metadata, http } = fetcher();
    expect((await metadata(artifact)).requiresDist).toEqual(['changed']);
    expect(http.requestCount).toBe(3);
  });

  it.each([-1, 1])('is refused when the announced size is %i off', async (difference) => {
    const server = await serveIndex();
    const wheel = demo();
    const artifact = await listed(server, wheel, { size: wheel.bytes.length + difference });
    const answer = fetcher().metadata(artifact);
    await expect(answer).rejects.toMatchObject({ code: 'TSPM_HASH_MISMATCH' });
  });

  it('is refused when it is about something else, or none, naming the file', async () => {
    const server = await serveIndex();
    const other = await listed(server, demo({ metadata: 'Metadata-Version: 2.1\nName: other\nVersion: 1.0\n' }));
    await expect(fetcher().metadata(other)).rejects.toMatchObject({
      code: 'TSPM_INVALID_METADATA',
      message: `${other.filename}: its metadata is about other 1.0`,
    });
    const broken = await listed(server, demo({ tag: 'py9-none-any', metadata: 'Name: demo\n' }));
    await expect(fetcher().metadata(broken)).rejects.toThrow(broken.filename);
    const none = await listed(server, demo({ tag: 'py99-none-any', metadata: undefined }));
    await expect(fetcher().metadata(none)).rejects.toMatchObject({
      code: 'TSPM_WHEEL_METADATA',
      message: expect.stringContaining(none.filename),
    });
  });

  it('that is gone is an error of the index', async () => {
    const server = await serveIndex();
    const artifact = await listed(server, demo());
    server.fault(new URL(artifact.url).pathname, { status: 404 });
    await expect(fetcher().metadata(artifact)).rejects.toMatchObject({
      code: 'TSPM_INDEX_RESPONSE',
      message: expect.stringContaining('is listed but'),
    });
  });

  it('that is no zip names the file', async () => {
    const server = await serveIndex();
    const wheel = { ...demo(), bytes: randomBytes(5000) };
    const artifact = await listed(server, wheel);
    await expect(fetcher().metadata(artifact)).rejects.toMatchObject({
      code: 'TSPM_ARCHIVE',
      message: expect.stringContaining(wheel.filename),
    });
  });

  it('is read once in a run, and kept for later ones', async () => {
    const directory = scratchFolder();
    const server = await serveIndex();
    const artifact = await listed(server, demo());
    const { metadata, http } = fetcher({ directory });
    const [one, two] = await Promise.all([metadata(artifact), metadata(artifact)]);
    expect(one).toBe(two);
    expect(http.requestCount).toBe(1);
    const later = fetcher({ directory });
    expect(await later.metadata(artifact)).toEqual(one);
    expect(later.http.requestCount).toBe(0);
    const elsewhere = await serveIndex();
    const copy = await listed(elsewhere, demo());
    expect(copy.hashes).toEqual(artifact.hashes);
    await later.metadata(copy);
    expect(later.http.requestCount).toBe(1);
  });

  it('on this machine is read without the network', async () => {
    const file = path.join(scratchFolder(), demo().filename);
    const { metadata, http } = fetcher({ directory: scratchFolder() });
    const base = await listed(await serveIndex(), demo());
    const artifact: Artifact = { ...base, url: pathToFileURL(file).href, metadata: { hashes: {} } };
    await expect(metadata(artifact)).rejects.toMatchObject({ code: 'TSPM_IO' });
    writeFileSync(file, largeDemo().bytes);
    const again = fetcher();
    expect((await again.metadata(artifact)).requiresDist).toEqual(['dep>=1']);
    expect(http.requestCount + again.http.requestCount).toBe(0);
  });
});

it('metadata of a source distribution is read only where a file beside it is announced', async () => {
  const server = await serveIndex();
  const sdist = { filename: 'demo-1.0.tar.gz', bytes: Buffer.from('x'), sha256: '' };
  const metadata = METADATA.replace(/^Metadata-Version: .*$/m, 'Metadata-Version: 2.2');
  const artifact = await listed(server, sdist, { metadata, sha256: false });
  expect((await fetcher().metadata(artifact)).requiresDist).toEqual(['from-sidecar']);
  await expect(fetcher().metadata({ ...artifact, metadata: 'unknown' })).rejects.toMatchObject({
    code: 'TSPM_UNSUPPORTED',
    message: expect.stringContaining('demo-1.0.tar.gz'),
  });
});

describe('downloadArtifact', () => {
  const bytes = randomBytes(3 * 1024 * 1024);
  const sha256 = createHash('sha256').update(bytes).digest('hex');

  async function prepared(options: IndexServerOptions = {}, fields: Partial<Download> = {}) {
    const server = await serveIndex(options);
    server.put('/demo.whl', bytes);
    const http = client();
    const destination = path.join(scratchFolder(), 'demo.part');
    const wanted: Download = {
      filename: 'demo.whl',
      url: `${server.url}/demo.whl`,
      hashes: { sha256 },
      size: bytes.length,
      ...fields,
    };
    const download = (more: DownloadOptions = {}) => downloadArtifact(http, wanted, destination, more);
    return { server, http, destination, download };
  }

  it('writes the file and tells its digest, size and progress', async () => {
    const { download, destination } = await prepared();
    const progress: number[] = [];
    const expected = { sha512: createHash('sha512').update(bytes).digest('hex') };
    expect(await download({ expected, onBytes: (count) => progress.push(count) })).toEqual({
      sha256,
      size: bytes.length,
    });
    expect(readFileSync(destination).equals(bytes)).toBe(true);
    expect(progress.at(-1)).toBe(bytes.length);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  it.each([
    ['an announced digest', { hashes: { sha256: '0'.repeat(64) } }, {}, `sha256 ${'0'.repeat(64)}, got`],
    ['a weaker one beside it', { hashes: { sha256, md5: '1'.repeat(32) } }, {}, 'md5'],
    ['the digest of a lock', {}, { expected: { sha256: '2'.repeat(64) } }, '2'.repeat(64)],
    [
      'a size that is larger',
      { size: bytes.length + 1 },
      {},
      `size ${bytes.length + 1} bytes, got ${bytes.length} bytes`,
    ],
    ['a size that is smaller', { size: 10 }, {}, 'size 10 bytes, got more'],
  ])('fails and leaves nothing for %s', async (_, fields, options, text) => {
    const { download, destination } = await prepared({}, fields);
    await expect(download(options as DownloadOptions)).rejects.toMatchObject({
      code: 'TSPM_HASH_MISMATCH',
      message: expect.stringContaining(`demo.whl: expected ${text.startsWith('2') ? `sha256 ${text}` : text}`),
    });
    expect(existsSync(destination)).toBe(false);
  });

  it('goes on after a cut where it stopped', async () => {
    const { server, download, destination } = await prepared();
    server.fault('/demo.whl', { truncate: 1_500_000 }, { truncate: 100_000 });
    expect(await download()).toEqual({ sha256, size: bytes.length });
    expect(readFileSync(destination).equals(bytes)).toBe(true);
    const [first, second, third] = server.requests.map((request) => request.headers);
    expect(first).not.toHaveProperty('range');
    expect(second?.['range']).toMatch(/^bytes=\d+-$/);
    expect(second?.['if-range']).toMatch(/^"/);
    expect(third?.['range']).toMatch(/^bytes=\d+-$/);
    expect(server.requests).toHaveLength(3);
  });

  it.each([{ etag: false }, { ranges: false }])('begins again after a cut with %j', async (options) => {
    const { server, download } = await prepared(options);
    server.fault('/demo.whl', { truncate: 1_500_000 });
    expect(await download()).toEqual({ sha256, size: bytes.length });
    expect(server.requests).toHaveLength(2);
  });

  it('begins again when the file changed', async () => {
    const { server, download } = await prepared({}, { size: undefined, hashes: {} });
    const other = Buffer.from('another file');
    server.fault('/demo.whl', { truncate: 1_500_000 }, { before: () => server.put('/demo.whl', other) });
    expect((await download()).size).toBe(other.length);
    expect(server.requests).toHaveLength(2);
  });

  it('gives up when every connection is cut', async () => {
    const { server, download, destination } = await prepared();
    server.fault('/demo.whl', ...Array.from({ length: 20 }, () => ({ truncate: 10 })));
    await expect(download()).rejects.toMatchObject({
      code: 'TSPM_NETWORK',
      message: expect.stringMatching(/^cannot fetch \S+: .*; given up after 5 attempts$/),
      context: { attempts: 5 },
    });
    expect(server.requests).toHaveLength(5);
    expect(existsSync(destination)).toBe(false);
  });

  it('tells of a file that is gone', async () => {
    const { server, download } = await prepared();
    server.fault('/demo.whl', { status: 410 });
    await expect(download()).rejects.toMatchObject({ code: 'TSPM_INDEX_RESPONSE', context: { status: 410 } });
  });

  it('stops when cancelled and leaves nothing', async () => {
    const { server, download, destination } = await prepared();
    server.fault('/demo.whl', { stall: 1_000_000 });
    const controller = new AbortController();
    const answer = download({ signal: controller.signal, onBytes: () => controller.abort(new Error('enough')) });
    await expect(answer).rejects.toThrow('enough');
    expect(existsSync(destination)).toBe(false);
  });

  it('does not write through what is in the way', async () => {
    const { download, destination } = await prepared();
    const victim = path.join(path.dirname(destination), 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, destination);
    await expect(download()).rejects.toMatchObject({ code: 'TSPM_IO' });
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });

  it('copies files of this machine, verified all the same', async () => {
    const source = path.join(scratchFolder(), 'a+b c.whl');
    writeFileSync(source, bytes);
    const url = pathToFileURL(source).href;
    const copy = await prepared({}, { url });
    expect(await copy.download()).toEqual({ sha256, size: bytes.length });
    expect(readFileSync(copy.destination).equals(bytes)).toBe(true);
    const wrong = await prepared({}, { url, hashes: { sha256: '0'.repeat(64) } });
    await expect(wrong.download()).rejects.toMatchObject({ code: 'TSPM_HASH_MISMATCH' });
    const gone = await prepared({}, { url: `${url}.none` });
    await expect(gone.download()).rejects.toMatchObject({
      code: 'TSPM_IO',
      message: expect.stringContaining('a+b c.whl.none'),
    });
    expect(existsSync(gone.destination)).toBe(false);
  });
});

function isMetadata(name: string | Uint8Array): boolean {
  return String(name).endsWith('/METADATA');
}
