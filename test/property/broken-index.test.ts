/** Pages and metadata with mistakes anywhere in them are read, left out, or refused with an error that has a code. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTspmError } from '../../src/errors.ts';
import { artifactOf } from '../../src/index/artifact.ts';
import { parseSimpleHtml } from '../../src/index/html.ts';
import type { Page } from '../../src/index/page.ts';
import { formatSimpleJson, parseSimpleJson } from '../../src/index/simple-json.ts';
import { decodeMetadata, parseMetadata } from '../../src/packaging/metadata.ts';
import { mendedPythonText, parsePythonRange } from '../../src/packaging/python-range.ts';
import { formatRequirement, parseMetadataRequirement, parseRequirement } from '../../src/packaging/requirement.ts';
import { readDependencies } from '../../src/resolver/provider/dependencies.ts';
import { mistaken } from '../support/packaging-inputs.ts';

const URL = 'https://index.example/simple/demo-kit/';
const METADATA = `Metadata-Version: 2.4
Name: Demo.Kit
Version: 2.10.0rc1
Summary: A kit: for "demos"
Author-email: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>
License-Expression: BSD-3-Clause
Classifier: Programming Language :: Python :: 3
Requires-Python: !=3.0.*,!=3.1.*,>=2.7,<4
Provides-Extra: socks
Provides-Extra: use_chardet-on_py3
Requires-Dist: charset_normalizer<4,>=2
Requires-Dist: idna (<4,>=2.5)
Requires-Dist: urllib3[socks,brotli]~=1.21.1 ; python_version < "3.8"
Requires-Dist: PySocks!=1.5.7,>=1.5.6; extra == 'socks'
Requires-Dist: chardet<6,>=3.0.2; (python_full_version >= "3.9.0rc1" and os_name != "nt") and extra == "use-chardet-on-py3"
Requires-Dist: win-tool @ https://files.example/win_tool-1.0-py3-none-any.whl ; sys_platform == 'win32'
Description-Content-Type: text/markdown

# Demo.Kit
Requires-Dist: nothing
`;
const FILES = [
  {
    filename: 'demo_kit-1.0.tar.gz',
    url: 'https://files.example/demo_kit-1.0.tar.gz',
    hashes: { sha256: 'ab'.repeat(32) },
  },
  {
    filename: 'Demo.Kit-2.10.0rc1-1a-cp311-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    url: '../../files/d.whl#sha256=' + 'cd'.repeat(32),
    hashes: {},
    'requires-python': '>=3.8,!=3.9.*',
    yanked: 'broken',
    size: 12,
    'upload-time': '2026-01-02T03:04:05.678Z',
    'core-metadata': { sha256: 'ef'.repeat(32) },
  },
];
const JSON_PAGE = {
  meta: { 'api-version': '1.1' },
  name: 'demo-kit',
  'project-status': { status: 'active' },
  files: FILES,
};
const HTML_PAGE = `<!DOCTYPE html><html><head><base href="https://files.example/"><meta name="pypi:repository-version" content="1.0">
<meta name="pypi:project-status" content="archived"></head><body><h1>Links</h1>
<a href="demo_kit-1.0.tar.gz#sha256=${'ab'.repeat(32)}" data-requires-python="&gt;=3.8" data-yanked>demo_kit-1.0.tar.gz</a><br>
<A HREF='/d/demo_kit-2.0-py3-none-any.whl' data-core-metadata=sha256=${'cd'.repeat(32)} data-yanked="a &quot;reason&quot;">two</A>
</body></html>`;

/** Lines moved, lost and repeated, then single characters changed. */
function damaged(text: string): fc.Arbitrary<string> {
  const lines = text.split('\n');
  const some = fc.array(fc.nat(lines.length - 1), { minLength: 1, maxLength: lines.length });
  const order = fc.oneof(fc.constant(lines.map((_, i) => i)), fc.shuffledSubarray(lines.map((_, i) => i)), some);
  return mistaken(
    order.map((places) => places.map((i) => lines[i] ?? '').join('\n')),
    12,
  );
}

/** The value with some of its parts replaced by anything that JSON can hold. */
function replaced(value: unknown): fc.Arbitrary<unknown> {
  const anything = fc.jsonValue();
  const parts = Array.isArray(value)
    ? fc.tuple(...value.map(replaced))
    : typeof value === 'object' && value !== null
      ? fc.record(Object.fromEntries(Object.entries(value).map(([key, part]) => [key, replaced(part)])))
      : fc.constant(value);
  return fc.oneof({ weight: 12, arbitrary: parts }, { weight: 1, arbitrary: anything });
}

describe('a page with mistakes', () => {
  it('as JSON text', () => {
    const property = fc.property(damaged(JSON.stringify(JSON_PAGE, undefined, 1)), (text) => {
      expect(faultOf(() => useOf(parseSimpleJson(text, URL, 'demo-kit')))).toBeUndefined();
    });
    fc.assert(property, { numRuns: 1500 });
  });

  it('as JSON of other types', () => {
    const property = fc.property(replaced(JSON_PAGE), (page) => {
      expect(faultOf(() => useOf(parseSimpleJson(JSON.stringify(page), URL, 'demo-kit')))).toBeUndefined();
    });
    fc.assert(property, { numRuns: 1500 });
  });

  it('as HTML', () => {
    const property = fc.property(damaged(HTML_PAGE), (text) => {
      expect(faultOf(() => useOf(parseSimpleHtml(text, URL)))).toBeUndefined();
    });
    fc.assert(property, { numRuns: 1500 });
  });
});

describe('metadata with mistakes', () => {
  it('is read, or refused as a whole', () => {
    const property = fc.property(damaged(METADATA), (text) => {
      expect(faultOf(() => dependenciesOf(text))).toBeUndefined();
    });
    fc.assert(property, { numRuns: 3000 });
  });

  it('of any bytes', () => {
    const bytes = fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(METADATA.length));
    const property = fc.property(bytes, ([junk, place]) => {
      const file = Buffer.concat([Buffer.from(METADATA.slice(0, place)), junk, Buffer.from(METADATA.slice(place))]);
      expect(faultOf(() => dependenciesOf(decodeMetadata(file)))).toBeUndefined();
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('has requirement lines that print as lines without mistakes', () => {
    const lines = METADATA.split('\n').filter((line) => line.startsWith('Requires-Dist: '));
    const line = mistaken(fc.constantFrom(...lines.map((text) => text.slice('Requires-Dist: '.length))), 3);
    const property = fc.property(line, (text) => {
      const fault = faultOf(() => {
        const printed = formatRequirement(parseMetadataRequirement(text));
        expect(formatRequirement(parseRequirement(printed))).toBe(printed);
      });
      expect(fault).toBeUndefined();
    });
    fc.assert(property, { numRuns: 3000 });
  });
});

function useOf(page: Page): void {
  for (const file of page.files) {
    const artifact = artifactOf(file, 'demo-kit', 'index');
    if (artifact?.requiresPython === undefined) continue;
    const mended = mendedPythonText(artifact.requiresPython);
    expect(parsePythonRange(mended ?? '')).toEqual(parsePythonRange(artifact.requiresPython));
  }
  expect(parseSimpleJson(formatSimpleJson(page), URL).files).toEqual(page.files);
}

function dependenciesOf(text: string): void {
  const metadata = parseMetadata(text);
  const answer = readDependencies(metadata);
  expect(answer.kind === 'read' || answer.problem.startsWith('requirement "')).toBe(true);
  parsePythonRange(metadata.requiresPython ?? '');
}

/** What a call throws beside errors of ours. */
function faultOf(call: () => void): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return isTspmError(error) ? undefined : error;
  }
}
