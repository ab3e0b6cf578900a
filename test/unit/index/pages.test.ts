import { describe, expect, it } from 'vitest';
import { artifactOf } from '../../../src/index/artifact.ts';
import { parseSimpleHtml } from '../../../src/index/html.ts';
import { type PageFile, filenameOfUrl, resolveLink } from '../../../src/index/page.ts';
import { formatSimpleJson, parseSimpleJson } from '../../../src/index/simple-json.ts';

const PAGE = 'https://host/simple/demo/';
const A64 = 'a'.repeat(64);
const B64 = 'b'.repeat(64);

function json(files: unknown, rest: object = {}): string {
  return JSON.stringify({ meta: { 'api-version': '1.1' }, name: 'demo', files, ...rest });
}

function file(fields: object): PageFile | undefined {
  return parseSimpleJson(json([{ filename: 'demo-1.0.tar.gz', url: 'demo-1.0.tar.gz', hashes: {}, ...fields }]), PAGE)
    .files[0];
}

describe('a JSON page (PEP 691)', () => {
  it('gives every field of a file, its URL resolved', () => {
    const fields = {
      filename: 'demo-1.0-py3-none-any.whl',
      url: '../../files/demo-1.0-py3-none-any.whl',
      hashes: { sha256: A64.toUpperCase(), blake2b: 'zz', md5: '' },
      'requires-python': '>=3.8, <4',
      'upload-time': '2024-01-02T03:04:05.678901Z',
      size: 1234,
      'core-metadata': { sha256: B64 },
    };
    expect(file(fields)).toEqual({
      filename: 'demo-1.0-py3-none-any.whl',
      url: 'https://host/files/demo-1.0-py3-none-any.whl',
      hashes: { sha256: A64 },
      requiresPython: '>=3.8, <4',
      uploadTime: '2024-01-02T03:04:05.678901Z',
      size: 1234,
      yanked: false,
      metadata: { hashes: { sha256: B64 } },
    });
  });

  it.each([
    [true, ''],
    ['broken', 'broken'],
    [false, false],
    ['', false],
    [null, false],
    [undefined, false],
  ])('yanked %j means %j (PEP 592)', (yanked, expected) => {
    expect(file({ yanked })?.yanked).toBe(expected);
  });

  it.each([
    [{ 'core-metadata': true }, { hashes: {} }],
    [{ 'core-metadata': { sha256: A64 } }, { hashes: { sha256: A64 } }],
    [{ 'core-metadata': {} }, 'absent'],
    [{ 'core-metadata': false }, 'absent'],
    [{ 'core-metadata': null }, 'absent'],
    [{}, 'unknown'],
    [{ 'dist-info-metadata': true }, { hashes: {} }],
    [{ 'core-metadata': false, 'dist-info-metadata': true }, 'absent'],
  ])('metadata file announced as %j (PEP 658, 714)', (fields, expected) => {
    expect(file(fields)?.metadata).toEqual(expected);
  });

  it.each([
    ['no name', { filename: undefined }],
    ['no URL', { url: 3 }],
    ['a path as name', { filename: 'a/b.tar.gz' }],
    ['a URL that is none', { url: 'http://[' }],
    ['another scheme', { url: 'javascript:alert(1)' }],
    ['a file of this machine', { url: 'file:///etc/passwd' }],
    ['a digest that is none', { hashes: { sha256: 'abc' } }],
    ['a digest of another type', { hashes: { sha256: [A64] } }],
  ])('leaves out files with %s', (_, fields) => {
    expect(file(fields)).toBeUndefined();
  });

  it('ignores sizes and texts of other types', () => {
    expect(file({ size: -1, 'requires-python': 3, 'upload-time': null })).toMatchObject({
      size: undefined,
      requiresPython: undefined,
      uploadTime: undefined,
    });
    expect(parseSimpleJson('{"files":[{"filename":"a.zip","url":"a.zip","size":1e400}]}', PAGE).files[0]?.size).toBe(
      undefined,
    );
  });

  it.each([
    ['files missing', json(undefined)],
    ['files null', json(null)],
    ['an array', '[]'],
    ['a login page', '<html><form>'],
    ['deep nesting', '['.repeat(10_000)],
    ['another project', json([], { name: 'other' })],
    ['a version that is none', json([], { meta: { 'api-version': 'x' } })],
    ['a version of another type', json([], { meta: { 'api-version': 1 } })],
  ])('is refused: %s', (_, text) => {
    expect(() => parseSimpleJson(text, PAGE, 'demo')).toThrow(
      expect.objectContaining({ code: 'TSPM_INDEX_RESPONSE', message: expect.stringContaining(PAGE) }),
    );
  });

  it('may spell its name otherwise and have no version', () => {
    expect(parseSimpleJson('{"name":"De.Mo","files":[],"__proto__":{"x":1}}', PAGE, 'de-mo').apiVersion).toEqual([
      1, 0,
    ]);
  });

  it.each([
    { 'project-status': { status: 'archived', reason: 'old' } },
    { 'project-status': { state: 'archived', reason: 'old' } },
    { meta: { 'project-status': 'archived', 'project-status-reason': 'old' } },
  ])('tells the status of the project (PEP 792): %j', (rest) => {
    expect(parseSimpleJson(json([], rest), PAGE)).toMatchObject({ status: 'archived', statusReason: 'old' });
  });

  it('survives being written and read again', () => {
    const page = parseSimpleJson(
      json(
        [
          {
            filename: 'a.whl',
            url: 'a.whl#sha256=' + A64,
            hashes: { sha256: A64 },
            yanked: true,
            'core-metadata': true,
          },
          { filename: 'b.whl', url: 'b%2B.whl', hashes: {}, yanked: 'why', 'core-metadata': false, size: 3 },
          { filename: 'c.whl', url: 'c.whl', 'core-metadata': { sha256: B64 }, 'requires-python': '>=3' },
        ],
        { 'project-status': { status: 'deprecated' } },
      ),
      PAGE,
    );
    expect(page.files).toHaveLength(3);
    expect(parseSimpleJson(formatSimpleJson(page), 'https://elsewhere/')).toEqual(page);
  });
});

describe('an HTML page (PEP 503)', () => {
  it('gives links whatever way they are written', () => {
    const page = parseSimpleHtml(
      `<!DOCTYPE html><HTML><head><meta name="pypi:repository-version" content="1.3"></head>
      <!-- <a href="hidden-1.0.tar.gz">no</a> -->
      <A HREF='one-1.0.tar.gz' data-requires-python="&gt;=3.8, &lt;4">x</A>
      <a href=two-1.0.tar.gz?a=1&amp;b=2#sha256=${A64}><a name="none">
      <a href="../../p/three-1.0.tar.gz" data-yanked>
      <a href="four-1.0.tar.gz" data-yanked="it &quot;broke&quot;"><p><div>
      <a href="sub/">folder</a><a href="//cdn/five-1.0.tar.gz" data-requires-python="">`,
      PAGE,
    );
    expect(page.apiVersion).toEqual([1, 3]);
    expect(page.files.map(({ url, yanked, requiresPython }) => [url, yanked, requiresPython])).toEqual([
      ['https://host/simple/demo/one-1.0.tar.gz', false, '>=3.8, <4'],
      [`https://host/simple/demo/two-1.0.tar.gz?a=1&b=2#sha256=${A64}`, false, undefined],
      ['https://host/p/three-1.0.tar.gz', '', undefined],
      ['https://host/simple/demo/four-1.0.tar.gz', 'it "broke"', undefined],
      ['https://cdn/five-1.0.tar.gz', false, undefined],
    ]);
    expect(page.files.map((link) => link.filename)).toContain('two-1.0.tar.gz');
  });

  it.each([
    ['https://files/x/', 'https://files/x/a.whl'],
    ['fl/', 'https://host/simple/demo/fl/a.whl'],
    ['/fl/', 'https://host/fl/a.whl'],
    ['http://[', 'https://host/simple/demo/a.whl'],
    ['javascript:x', 'https://host/simple/demo/a.whl'],
  ])('resolves links against <base href="%s">, the first one', (base, url) => {
    const text = `<a href="a.whl"></a><base href="${base}"><base href="/later/">`;
    expect(parseSimpleHtml(text, PAGE).files.map((link) => link.url)).toEqual([url]);
  });

  it.each([
    ['true', { hashes: {} }],
    [`sha256=${A64}`, { hashes: { sha256: A64 } }],
    ['sha999=00', { hashes: {} }],
    ['false', 'absent'],
    ['', 'absent'],
    [undefined, 'unknown'],
  ])('data-core-metadata=%j means %j', (value, expected) => {
    for (const name of ['data-core-metadata', 'data-dist-info-metadata']) {
      const attribute = value === undefined ? '' : ` ${name}="${value}"`;
      expect(parseSimpleHtml(`<a href="a.whl"${attribute}>`, PAGE).files[0]?.metadata).toEqual(expected);
    }
  });

  it('is refused with a version that is none', () => {
    expect(() => parseSimpleHtml('<meta name="pypi:repository-version" content="one">', PAGE)).toThrow(/"one"/);
  });

  it('is read in one pass however it is made', () => {
    const deep = '<div>'.repeat(100_000);
    const attributes = `<a ${'x="y" '.repeat(50_000)} href="a-1.whl">`;
    expect(parseSimpleHtml(deep + attributes, PAGE).files).toHaveLength(1);
    expect(() => parseSimpleHtml('<a href="a.whl">'.repeat(200_001), PAGE)).toThrow(/more than 200000 links/);
  });
});

describe('file names of links', () => {
  it.each([
    ['https://h/a/torch-2.0%2Bcu121-cp311-cp311-linux_x86_64.whl', 'torch-2.0+cu121-cp311-cp311-linux_x86_64.whl'],
    ['https://h/a/torch-2.0+cu121-cp311-cp311-linux_x86_64.whl#x/y', 'torch-2.0+cu121-cp311-cp311-linux_x86_64.whl'],
    ['https://h/a/b.whl?x=/c.whl', 'b.whl'],
    ['https://h/a/torch-2.0%252Bcu121.whl', 'torch-2.0%2Bcu121.whl'],
    ['https://h/a/%2e%2e%2fx.whl', undefined],
    ['https://h/a/x%5Cy.whl', undefined],
    ['https://h/a/x%00.whl', undefined],
    ['https://h/a/%zz.whl', undefined],
    ['https://h/a/', undefined],
  ])('%s: %s', (url, name) => {
    expect(filenameOfUrl(url)).toBe(name);
  });

  it('come from resolved URLs, dot segments and backslashes undone', () => {
    const base = new URL(PAGE);
    expect(resolveLink('../../x.whl', base)).toBe('https://host/x.whl');
    expect(resolveLink(String.raw`\\evil\x.whl`, base)).toBe('https://evil/x.whl');
    expect(resolveLink('https://a.b/c/../d.whl', base)).toBe('https://a.b/d.whl');
    expect(resolveLink('https://A.b/c.whl', base)).toBe('https://a.b/c.whl');
    expect(resolveLink('https://a.b/c/d-1.0+x.whl', base)).toBe('https://a.b/c/d-1.0+x.whl');
  });
});

describe('artifactOf', () => {
  function link(filename: string, fields: Partial<PageFile> = {}): PageFile {
    return {
      filename,
      url: `https://host/${filename}`,
      hashes: {},
      requiresPython: undefined,
      yanked: false,
      size: undefined,
      uploadTime: undefined,
      metadata: 'unknown',
      ...fields,
    };
  }

  it.each([
    ['my_demo-1.0-py3-none-any.whl', 'wheel', '1.0'],
    ['My.Demo-1.0+cu121-1-cp311-cp311-linux_x86_64.whl', 'wheel', '1.0+cu121'],
    ['my-demo-1.0.tar.gz', 'sdist', '1.0'],
    ['My__demo-2.0rc1.zip', 'sdist', '2.0rc1'],
    ['my_demo-1.0-1.tar.gz', 'sdist', '1.0.post1'],
  ])('reads %s', (filename, kind, version) => {
    const artifact = artifactOf(link(filename), 'my-demo', 'pypi');
    expect(artifact).toMatchObject({ kind, source: 'pypi', filename, version: { text: version } });
    expect(artifact?.wheel === undefined).toBe(kind === 'sdist');
  });

  it.each([
    'my_demo_more-1.0-py3-none-any.whl',
    'mydemo-1.0-py3-none-any.whl',
    'my_dem-1.0.tar.gz',
    'my_demo-one.tar.gz',
    'my_demo-1.0.egg',
    'my_demo-1.0.exe',
    'my_demo-1.0-py3-none-any.whl.metadata',
    'my_demo-1.0.tar.gz.asc',
    'my_demo-1.0-py3-none.whl',
    'torch-2.0%2Bcu121-cp311-cp311-linux_x86_64.whl',
    'my_demo',
  ])('leaves out %s', (filename) => {
    expect(artifactOf(link(filename), 'my-demo', 'pypi')).toBeUndefined();
  });

  it.each([
    [`#sha256=${A64.toUpperCase()}`, { sha256: A64 }],
    [`#egg=demo&sha256=${A64}&subdirectory=x`, { sha256: A64 }],
    [`#foo&sha256=${A64}`, { sha256: A64 }],
    [`#sha256=${A64}&md5=${'c'.repeat(32)}`, { sha256: A64, md5: 'c'.repeat(32) }],
    [`#sha256=${A64}&sha256=${A64}`, { sha256: A64 }],
    ['#sha256=', {}],
    ['#sha3_256=00', {}],
    ['#egg=demo', {}],
    ['', {}],
  ])('takes digests from the fragment "%s"', (fragment, hashes) => {
    const artifact = artifactOf(link('demo-1.0.zip', { url: `https://u:p@host/demo-1.0.zip${fragment}` }), 'demo', 's');
    expect(artifact?.hashes).toEqual(hashes);
    expect(artifact?.url).toBe('https://host/demo-1.0.zip');
  });

  it('leaves out a file with a digest that is none, and refuses two that differ', () => {
    const url = 'https://u:p@host/demo-1.0.zip';
    expect(artifactOf(link('demo-1.0.zip', { url: `${url}#sha256=00` }), 'demo', 's')).toBeUndefined();
    const refused = expect.objectContaining({ code: 'TSPM_INDEX_RESPONSE' });
    const twice = link('demo-1.0.zip', { url: `${url}#sha256=${A64}&sha256=${B64}` });
    expect(() => artifactOf(twice, 'demo', 's')).toThrow(refused);
    const both = link('demo-1.0.zip', { url: `${url}#sha256=${A64}`, hashes: { sha256: B64 } });
    expect(() => artifactOf(both, 'demo', 's')).toThrow(refused);
    expect(() => artifactOf(both, 'demo', 's')).not.toThrow(/u:p/);
  });
});
