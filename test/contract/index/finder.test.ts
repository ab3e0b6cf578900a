import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttpClient } from '../../../src/http/client.ts';
import { type FinderSettings, createFinder } from '../../../src/index/finder.ts';
import type { Artifact, Listing } from '../../../src/index/model.ts';
import { createPageCache } from '../../../src/index/page-cache.ts';
import { type Source, transportsOf } from '../../../src/index/source.ts';
import { type TestClock, createTestClock } from '../../support/clock.ts';
import { type IndexFile, serveIndex } from '../../support/index-server.ts';
import { readTree, scratchFolder } from '../../support/tree.ts';
import { type WheelSpec, buildWheel } from '../../support/wheel.ts';

function source(url: string, fields: Partial<Source> = {}): Source {
  return { name: 'main', url, type: 'index', verifySsl: true, include: [], exclude: [], ...fields };
}

/** A run of the program: a client and a finder of its own. */
function run(
  sources: readonly Source[],
  settings: Partial<FinderSettings> & { cache?: string; clock?: TestClock } = {},
) {
  const clock = settings.clock ?? createTestClock();
  const http = createHttpClient({
    transports: transportsOf(sources),
    env: {},
    timeoutSeconds: 5,
    clock,
    userAgent: 'tspm-test/1',
  });
  onTestFinished(() => http.close());
  const warnings: string[] = [];
  const pages = createPageCache(settings.cache, clock);
  const finder = createFinder({ sources, http, pages, warn: (message) => warnings.push(message), ...settings });
  return { finder, http, clock, warnings };
}

function wheelFile(
  name: string,
  version: string,
  more: Partial<WheelSpec> = {},
): IndexFile & { readonly filename: string } {
  const { filename, bytes } = buildWheel({ name, version, ...more });
  return { filename, bytes };
}

function artifactsOf(listing: Listing): readonly Artifact[] {
  return listing.kind === 'found' ? listing.releases.flatMap((release) => release.artifacts) : [];
}

function filenames(listing: Listing): string[] {
  return artifactsOf(listing).map((artifact) => artifact.filename);
}

describe('an index', () => {
  it.each(['json', 'html'] as const)('is read as %s', async (format) => {
    const server = await serveIndex({ format });
    const file = wheelFile('De_Mo', '1.0');
    server.add('de-mo', { ...file, requiresPython: '>=3.8', yanked: 'bad', metadata: 'x' }, wheelFile('de-mo', '0.9'));
    server.add('de-mo', { filename: 'de_mo-1.0.0.tar.gz', bytes: Buffer.from('sdist') });
    const { finder } = run([source(server.simple)]);
    const listing = await finder.listing('De.Mo');
    expect(listing).toMatchObject({
      kind: 'found',
      name: 'de-mo',
      releases: [
        { version: { text: '0.9' } },
        { artifacts: [{ filename: 'De_Mo-1.0-py3-none-any.whl' }, { filename: 'de_mo-1.0.0.tar.gz', kind: 'sdist' }] },
      ],
    });
    expect(artifactsOf(listing)[1]).toMatchObject({
      url: `${server.url}/files/De_Mo-1.0-py3-none-any.whl`,
      requiresPython: '>=3.8',
      yanked: 'bad',
      source: 'main',
      size: format === 'json' ? file.bytes.length : undefined,
      hashes: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      metadata: { hashes: { sha256: expect.any(String) } },
    });
    expect(server.paths()).toEqual(['/simple/de-mo/']);
    expect(server.requests[0]?.headers['accept']).toContain('application/vnd.pypi.simple.v1+json');
  });

  it('whose page is cut where only the end of the connection ends it is asked again', async () => {
    const server = await serveIndex({ format: 'json' });
    server.add('demo', wheelFile('demo', '1.0'));
    const type = 'content-type: application/vnd.pypi.simple.v1+json';
    const cut = { raw: (body: Buffer) => `HTTP/1.0 200 OK\r\n${type}\r\n\r\n${body.toString().slice(0, 80)}` };
    server.fault('/simple/demo/', cut);
    expect(await run([source(server.simple)]).finder.listing('demo')).toMatchObject({ kind: 'found' });
    server.forget();
    server.fault('/simple/demo/', cut, cut);
    await expect(run([source(server.simple)]).finder.listing('demo')).rejects.toMatchObject({
      code: 'TSPM_INDEX_RESPONSE',
    });
    expect(server.paths()).toHaveLength(2);
  });

  it('does not know a project it answers 404 for', async () => {
    const server = await serveIndex();
    const { finder } = run([source(`${server.simple}/`, { name: 'a' }), source(`${server.url}/other`, { name: 'b' })]);
    expect(await finder.listing('nothing')).toEqual({ kind: 'absent', name: 'nothing', asked: ['a', 'b'] });
    expect(server.paths().toSorted()).toEqual(['/other/nothing/', '/simple/nothing/']);
  });

  it('knows a project without usable files', async () => {
    const server = await serveIndex();
    server.add('demo', { filename: 'demo-one.egg', bytes: new Uint8Array() });
    const { finder } = run([source(server.simple)]);
    expect(await finder.listing('demo')).toEqual({ kind: 'found', name: 'demo', releases: [] });
  });

  it.each([
    [{ status: 500 }, 'TSPM_NETWORK'],
    [{ status: 401 }, 'TSPM_INDEX_AUTH'],
    [{ status: 403 }, 'TSPM_INDEX_AUTH'],
    [{ status: 400 }, 'TSPM_INDEX_RESPONSE'],
    [{ headers: { 'content-type': 'text/plain' } }, 'TSPM_INDEX_RESPONSE'],
    [
      { headers: { 'content-type': 'application/vnd.pypi.simple.v1+json' }, body: '<html>Sign in' },
      'TSPM_INDEX_RESPONSE',
    ],
  ])('that answers %j is an error, though another source has the project', async (fault, code) => {
    const good = await serveIndex();
    good.add('demo', wheelFile('demo', '1.0'));
    const bad = await serveIndex();
    bad.add('demo', wheelFile('demo', '2.0'));
    bad.fault('/simple/demo/', ...Array.from({ length: 5 }, () => fault));
    const { finder } = run([source(good.simple, { name: 'good' }), source(bad.simple, { name: 'bad' })]);
    await expect(finder.listing('demo')).rejects.toMatchObject({ code });
  });

  it('is asked for plain HTML when it can serve nothing else', async () => {
    const server = await serveIndex({ format: 'html' });
    server.add('demo', wheelFile('demo', '1.0'));
    server.fault('/simple/demo/', { status: 406 });
    const { finder } = run([source(server.simple)]);
    expect(filenames(await finder.listing('demo'))).toHaveLength(1);
    expect(server.requests[1]?.headers['accept']).toBe('text/html');
  });

  it('may name its type in any case and with parameters', async () => {
    const server = await serveIndex();
    server.put('/simple/demo/', '{"files":[{"filename":"demo-1.0.zip","url":"demo-1.0.zip"}]}', {
      'content-type': 'Application/VND.pypi.simple.V1+JSON; charset=utf-8',
    });
    const { finder } = run([source(server.simple)]);
    expect(filenames(await finder.listing('demo'))).toEqual(['demo-1.0.zip']);
  });

  it('of another major version is refused, of a newer minor one gives a warning', async () => {
    const server = await serveIndex();
    for (const [name, version] of Object.entries({ major: '2.0', minor: '1.99' })) {
      server.put(`/simple/${name}/`, JSON.stringify({ meta: { 'api-version': version }, files: [] }), {
        'content-type': 'application/vnd.pypi.simple.v1+json',
      });
    }
    const { finder, warnings } = run([source(server.simple)]);
    await expect(finder.listing('major')).rejects.toMatchObject({ code: 'TSPM_INDEX_RESPONSE' });
    expect(await finder.listing('minor')).toMatchObject({ kind: 'found' });
    expect(warnings).toEqual([expect.stringContaining('1.99')]);
  });

  it('that redirects elsewhere has its links resolved there, and its credentials kept', async () => {
    const other = await serveIndex();
    other.put('/mirror/demo/', '<a href="files/demo-1.0.zip">', { 'content-type': 'text/html' });
    const server = await serveIndex({ auth: { username: 'u', password: 'p' } });
    server.fault('/simple/demo/', { status: 302, headers: { location: `${other.url}/mirror/demo/` } });
    const { finder } = run([source(server.simple, { username: 'u', password: 'p' })]);
    const [artifact] = artifactsOf(await finder.listing('demo'));
    expect(artifact?.url).toBe(`${other.url}/mirror/demo/files/demo-1.0.zip`);
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('tells what became of a project (PEP 792)', async () => {
    const server = await serveIndex();
    server.put('/simple/demo/', JSON.stringify({ 'project-status': { status: 'quarantined' }, files: [] }), {
      'content-type': 'application/vnd.pypi.simple.v1+json',
    });
    const { finder } = run([source(server.simple)]);
    expect(await finder.listing('demo')).toMatchObject({ notices: [{ status: 'quarantined', source: 'main' }] });
  });

  it('over plain http on another host is skipped with one warning', async () => {
    const { finder, warnings, http } = run([source('http://u:secret@index.invalid/simple', { name: 'odd' })]);
    expect(await finder.listing('one')).toMatchObject({ kind: 'absent', asked: [] });
    await finder.listing('two');
    expect(warnings).toEqual([expect.stringContaining('"odd" (http://index.invalid/simple) is skipped')]);
    expect(http.requestCount).toBe(0);
  });

  it('in a local folder has a page for each project', async () => {
    const root = scratchFolder();
    mkdirSync(path.join(root, 'demo'));
    writeFileSync(path.join(root, 'demo/index.html'), '<a href="../files/demo-1.0.zip">');
    const { finder } = run([source(pathToFileURL(root).href)]);
    const [artifact] = artifactsOf(await finder.listing('demo'));
    expect(artifact?.url).toBe(pathToFileURL(path.join(root, 'files/demo-1.0.zip')).href);
    expect(await finder.listing('other')).toMatchObject({ kind: 'absent' });
  });
});

describe('several sources', () => {
  it('are merged; of equal file names the first source has its way', async () => {
    const [one, two] = [await serveIndex(), await serveIndex()];
    const file = wheelFile('demo', '1.0');
    one.add('demo', file, wheelFile('demo', '1.0', { tag: 'py2-none-any' }));
    two.add('demo', file, wheelFile('demo', '2.0'), wheelFile('demo', '1.0', { tag: 'py10-none-any' }));
    const { finder } = run([source(one.simple, { name: 'one' }), source(two.simple, { name: 'two' })]);
    expect(artifactsOf(await finder.listing('demo')).map((found) => [found.filename, found.source])).toEqual([
      ['demo-1.0-py2-none-any.whl', 'one'],
      ['demo-1.0-py3-none-any.whl', 'one'],
      ['demo-1.0-py10-none-any.whl', 'two'],
      ['demo-2.0-py3-none-any.whl', 'two'],
    ]);
  });

  it('must agree on what is in a file, local versions apart', async () => {
    const [one, two] = [await serveIndex(), await serveIndex()];
    for (const [server, summary] of [
      [one, 'a'],
      [two, 'b'],
    ] as const) {
      server.add('demo', wheelFile('demo', '1.0', { summary }));
      server.add('local', wheelFile('local', '1.0+cpu', { summary }));
    }
    const { finder } = run([source(one.simple, { name: 'one' }), source(two.simple, { name: 'two' })]);
    await expect(finder.listing('demo')).rejects.toMatchObject({
      code: 'TSPM_INDEX_RESPONSE',
      message: expect.stringMatching(/differs between the sources "one" .* and "two"/),
    });
    expect(artifactsOf(await finder.listing('local')).map((found) => found.source)).toEqual(['one']);
  });

  it('are asked only as routed', async () => {
    const [one, two] = [await serveIndex(), await serveIndex()];
    two.add('torch', wheelFile('torch', '1.0'));
    const { finder } = run([source(one.simple), source(two.simple, { include: ['torch*'] })]);
    expect(filenames(await finder.listing('torch'))).toHaveLength(1);
    expect(one.paths()).toEqual([]);
  });
});

describe('find_links', () => {
  const wheels = ['a-1.0-py3-none-any.whl', 'a-2.0+cu121-py3-none-any.whl'];

  function links(url: string): Source {
    return source(url, { name: 'links', type: 'find_links' });
  }

  it('of a folder are its archives and the links of its pages, not those of folders below', async () => {
    const root = scratchFolder();
    mkdirSync(path.join(root, 'sub'));
    for (const name of ['a-1.0.tar.gz', 'sub/a-9.0.tar.gz', 'readme.txt', 'b-1.0-py3-none-any.whl', 'a#b.html.txt']) {
      writeFileSync(path.join(root, name), '');
    }
    writeFileSync(path.join(root, 'page.html'), '<a href="sub/a-2.0.tar.gz"><a href="https://host/a-3.0.zip">');
    for (const url of [root, pathToFileURL(root).href]) {
      const listing = await run([links(url)]).finder.listing('a');
      expect(artifactsOf(listing).map((artifact) => artifact.url)).toEqual([
        pathToFileURL(path.join(root, 'a-1.0.tar.gz')).href,
        pathToFileURL(path.join(root, 'sub/a-2.0.tar.gz')).href,
        'https://host/a-3.0.zip',
      ]);
    }
  });

  it('of a page on disk, or of an archive', async () => {
    const root = scratchFolder();
    const page = path.join(root, 'links.html');
    writeFileSync(page, `<a href="a-1.0-py3-none-any.whl#sha256=${'a'.repeat(64)}">`);
    writeFileSync(path.join(root, 'a-2.0.zip'), '');
    const listing = await run([links(page), links(path.join(root, 'a-2.0.zip'))]).finder.listing('a');
    expect(artifactsOf(listing)).toMatchObject([
      { url: pathToFileURL(path.join(root, 'a-1.0-py3-none-any.whl')).href, hashes: { sha256: 'a'.repeat(64) } },
      { filename: 'a-2.0.zip', hashes: {} },
    ]);
  });

  it('of a page over HTTP serve several projects with one request, + written either way', async () => {
    const server = await serveIndex();
    const page = `<a href="/w/${wheels[0]}"><a href="w/a-2.0%2Bcu121-py3-none-any.whl"><a href="${server.url}/w/b-1.0+x.zip">`;
    server.put('/links/page.html', page, { 'content-type': 'text/html' });
    const { finder } = run([links(`${server.url}/links/page.html`)]);
    expect(filenames(await finder.listing('a'))).toEqual(wheels);
    expect(filenames(await finder.listing('b'))).toEqual(['b-1.0+x.zip']);
    expect(await finder.listing('c')).toMatchObject({ kind: 'absent', asked: ['links'] });
    expect(server.paths()).toEqual(['/links/page.html']);
  });

  it('that are the URL of an archive need no request', async () => {
    const { finder, http } = run([links('https://host.invalid/x/a-1.0-py3-none-any.whl#sha256=')]);
    expect(filenames(await finder.listing('a'))).toEqual([wheels[0]]);
    expect(http.requestCount).toBe(0);
  });

  it('that are not there give a warning', async () => {
    const server = await serveIndex();
    const { finder, warnings } = run([links('/no/such/folder'), links(`${server.url}/nothing`)]);
    expect(await finder.listing('a')).toMatchObject({ kind: 'absent' });
    expect(warnings).toHaveLength(2);
  });

  it('of another scheme are an error of the configuration', async () => {
    const { finder } = run([links('ftp://u:secret@host/x')]);
    await expect(finder.listing('a')).rejects.toMatchObject({
      code: 'TSPM_CONFIG_INVALID',
      message: expect.stringContaining('ftp://host/x'),
    });
  });
});

describe('kept pages', () => {
  it('are shared within a run, in flight too', async () => {
    const server = await serveIndex();
    server.add('demo', wheelFile('demo', '1.0'));
    const { finder } = run([source(server.simple), source(server.simple, { name: 'again' })]);
    const [one, two] = await Promise.all([finder.listing('demo'), finder.listing('Demo')]);
    expect(one).toBe(two);
    expect(server.paths()).toHaveLength(1);
  });

  it('need no request for ten minutes, then one with a validator', async () => {
    const cache = scratchFolder();
    const clock = createTestClock();
    const server = await serveIndex();
    server.add('demo', {
      ...wheelFile('demo', '1.0'),
      yanked: true,
      metadata: 'x',
      uploadTime: '2024-01-01T00:00:00Z',
    });
    const first = await run([source(server.simple)], { cache, clock }).finder.listing('demo');
    clock.advance(599_000);
    expect(await run([source(server.simple)], { cache, clock }).finder.listing('demo')).toEqual(first);
    expect(server.paths()).toHaveLength(1);
    clock.advance(1000);
    expect(await run([source(server.simple)], { cache, clock }).finder.listing('demo')).toEqual(first);
    expect(server.requests[1]?.headers['if-none-match']).toMatch(/^".*"$/);
    clock.advance(599_000);
    await run([source(server.simple)], { cache, clock }).finder.listing('demo');
    expect(server.paths()).toHaveLength(2);
    server.add('demo', wheelFile('demo', '2.0'));
    const fresh = await run([source(server.simple)], { cache, clock, trust: 'nothing' }).finder.listing('demo');
    expect(filenames(fresh)).toHaveLength(2);
  });

  it('keep no secret of a query, and tell offline what there was', async () => {
    const cache = scratchFolder();
    const server = await serveIndex();
    const file = wheelFile('demo', '1.0');
    server.add('demo', { ...file, url: `../../files/${file.filename}?Signature=s3cret` });
    const sources = [source(`${server.simple}?token=s3cret`), source(`${server.simple}/none?token=s3cret`)];
    const first = await run(sources, { cache }).finder.listing('demo');
    expect(server.paths()).toEqual(['/simple/demo/?token=s3cret', '/simple/none/demo/?token=s3cret']);
    expect(first).toMatchObject({ releases: [{ artifacts: [{ url: expect.stringContaining('?Signature=s3cret') }] }] });
    expect(Object.values(readTree(cache)).join()).not.toContain('s3cret');
    expect(filenames(await run(sources, { cache, trust: 'kept' }).finder.listing('demo'))).toEqual([file.filename]);
    expect(server.paths()).toHaveLength(2);
    // A signature may have run out: the page is asked for again, and whole.
    await run(sources, { cache }).finder.listing('demo');
    expect(server.requests[2]?.headers).not.toHaveProperty('if-none-match');
    await expect(run(sources, { cache, trust: 'kept' }).finder.listing('other')).rejects.toMatchObject({
      code: 'TSPM_OFFLINE',
      message: expect.stringContaining('the cache has no page about other from'),
    });
  });

  it('that are confirmed give their connection back', async () => {
    const cache = scratchFolder();
    const clock = createTestClock();
    const server = await serveIndex({ cacheControl: 'no-cache' });
    const names = Array.from({ length: 40 }, (_, i) => `p${i}`);
    for (const name of names) server.add(name, wheelFile(name, '1.0'));
    for (let i = 0; i < 2; i++) {
      const { finder } = run([source(server.simple)], { cache, clock });
      const listings = await Promise.all(names.map((name) => finder.listing(name)));
      expect(listings.flatMap(filenames)).toHaveLength(40);
    }
    expect(server.paths()).toHaveLength(80);
  });

  it.each([
    ['max-age=60', [0, 59, 1], [1, 1, 2]],
    ['no-cache', [0, 0], [1, 2]],
    ['public, max-age=5, no-store', [0, 0], [1, 2]],
  ])('obey Cache-Control: %s', async (cacheControl, waits, requests) => {
    const cache = scratchFolder();
    const clock = createTestClock();
    const server = await serveIndex({ cacheControl });
    server.add('demo', wheelFile('demo', '1.0'));
    const counts: number[] = [];
    for (const seconds of waits) {
      clock.advance(seconds * 1000);
      await run([source(server.simple)], { cache, clock }).finder.listing('demo');
      counts.push(server.paths().length);
    }
    expect(counts).toEqual(requests);
  });

  it('of links are asked about every time', async () => {
    const cache = scratchFolder();
    const server = await serveIndex();
    server.put('/links', '<a href="a-1.0.zip">', { 'content-type': 'text/html', 'last-modified': 'x' });
    const sources = [source(`${server.url}/links`, { type: 'find_links' })];
    for (let i = 0; i < 2; i++) expect(filenames(await run(sources, { cache }).finder.listing('a'))).toHaveLength(1);
    expect(server.requests.map((request) => request.headers['if-none-match'] !== undefined)).toEqual([false, true]);
  });

  it('from a clock that was ahead, damaged or of another user are not used', async () => {
    const cache = scratchFolder();
    const clock = createTestClock();
    const server = await serveIndex();
    server.add('demo', wheelFile('demo', '1.0'));
    const list = (fields: Partial<Source> = {}) =>
      run([source(server.simple, fields)], { cache, clock }).finder.listing('demo');
    clock.advance(10_000_000);
    await list();
    clock.advance(-10_000_000);
    await list();
    expect(server.paths()).toHaveLength(2);
    await list({ username: 'me', password: 'p' });
    expect(server.paths()).toHaveLength(3);
    const files = readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.page'));
    expect(files).toHaveLength(2);
    for (const name of files) {
      const file = path.join(cache, name);
      const bytes = readFileSync(file);
      bytes[bytes.length - 20] = 0;
      writeFileSync(file, bytes);
    }
    expect(filenames(await list())).toHaveLength(1);
    expect(server.paths()).toHaveLength(4);
    expect(server.requests[3]?.headers).not.toHaveProperty('if-none-match');
  });

  it('hold no secrets', async () => {
    const cache = scratchFolder();
    const server = await serveIndex({ auth: { username: 'me', password: 'secret' } });
    server.add('demo', wheelFile('demo', '1.0'));
    const url = server.simple.replace('//', '//me:secret@');
    expect(filenames(await run([source(url)], { cache }).finder.listing('demo'))).toHaveLength(1);
    const files = readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.page'));
    expect(files).toHaveLength(1);
    for (const name of files) expect(readFileSync(path.join(cache, name), 'utf8')).not.toContain('secret');
  });

  it('that cannot be written do no harm', async () => {
    const cache = path.join(scratchFolder(), 'file');
    writeFileSync(cache, '');
    const server = await serveIndex();
    server.add('demo', wheelFile('demo', '1.0'));
    expect(filenames(await run([source(server.simple)], { cache }).finder.listing('demo'))).toHaveLength(1);
  });
});
