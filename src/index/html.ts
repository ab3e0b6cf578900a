/** Project pages and link pages as HTML (simple repository API, PEP 503, 592, 629, 658, 714, 792). Pure. */
import { Parser } from 'htmlparser2';
import { unusableAnswer } from './bad-answer.ts';
import type { SidecarNotice } from './model.ts';
import {
  MAX_LINKS,
  type Page,
  type PageFile,
  filenameOfUrl,
  isDigest,
  isKnownAlgorithm,
  looksLikeArchive,
  parseApiVersion,
  resolveLink,
} from './page.ts';

/**
 * Reads every link with a file name, in order. Throws TSPM_INDEX_RESPONSE for a bad API version, too many links, and for a page for
 * people that has none.
 */
export function parseSimpleHtml(text: string, pageUrl: string): Page {
  const found = scan(text);
  if (found.anchors.length > MAX_LINKS) throw unusableAnswer(pageUrl, `the page has more than ${MAX_LINKS} links`);
  const page = new URL(pageUrl);
  const base = new URL((found.base === undefined ? undefined : resolveLink(found.base, page)) ?? page);
  const files = found.anchors.flatMap((anchor) => fileOf(anchor, base));
  if (found.isForPeople && !files.some(({ filename }) => looksLikeArchive(filename))) {
    throw unusableAnswer(
      pageUrl,
      'it is a web page without links to packages: a login page in between, or the url of a web interface?',
    );
  }
  return {
    apiVersion: apiVersionOf(found.meta.get('pypi:repository-version'), pageUrl),
    status: found.meta.get('pypi:project-status'),
    statusReason: found.meta.get('pypi:project-status-reason'),
    files,
  };
}

/** The last part of each link's path: project names, on the page that lists an index's projects. */
export function parseProjectAnchors(text: string): string[] {
  return scan(text).anchors.flatMap(
    (anchor) => (anchor['href'] ?? '').split(/[?#]/, 1)[0]?.split('/').filter(Boolean).at(-1) ?? [],
  );
}

type Attributes = Readonly<Record<string, string>>;

interface Found {
  /** The first `<base href>`. */
  base: string | undefined;
  readonly meta: Map<string, string>;
  /** Attributes of each `<a href>`. */
  readonly anchors: Attributes[];
  /** It is made for people: it runs scripts, or asks for a password. */
  isForPeople: boolean;
}

function scan(text: string): Found {
  const found: Found = { base: undefined, meta: new Map(), anchors: [], isForPeople: false };
  const parser = new Parser({
    onopentag(name, attributes) {
      const { href } = attributes;
      if (name === 'a' && href !== undefined) found.anchors.push(attributes);
      else if (name === 'base' && href !== undefined) found.base ??= href;
      else if (name === 'script' || (name === 'input' && attributes['type']?.toLowerCase() === 'password')) {
        found.isForPeople = true;
      } else if (name === 'meta') {
        const key = attributes['name']?.toLowerCase() ?? '';
        if (key.startsWith('pypi:') && !found.meta.has(key)) found.meta.set(key, attributes['content'] ?? '');
      }
    },
  });
  parser.end(text);
  return found;
}

function fileOf(anchor: Attributes, base: URL): PageFile[] {
  const url = resolveLink(anchor['href']?.trim() ?? '', base);
  const filename = url === undefined ? undefined : filenameOfUrl(url);
  if (url === undefined || filename === undefined) return [];
  const requiresPython = anchor['data-requires-python']?.trim();
  return [
    {
      filename,
      url,
      hashes: {},
      requiresPython: requiresPython === '' ? undefined : requiresPython,
      yanked: anchor['data-yanked'] ?? false,
      size: undefined,
      uploadTime: undefined,
      metadata: sidecarOf(anchor['data-core-metadata'] ?? anchor['data-dist-info-metadata']),
    },
  ];
}

/** `true` or `<algorithm>=<hex>`. */
function sidecarOf(value: string | undefined): SidecarNotice {
  if (value === undefined) return 'unknown';
  const [, name = '', digest = ''] = /^(\w+)=(\w+)$/.exec(value.trim()) ?? [];
  const algorithm = name.toLowerCase();
  if (isKnownAlgorithm(algorithm) && isDigest(algorithm, digest))
    return { hashes: { [algorithm]: digest.toLowerCase() } };
  return name !== '' || value.trim().toLowerCase() === 'true' ? { hashes: {} } : 'absent';
}

function apiVersionOf(value: string | undefined, pageUrl: string): readonly [number, number] {
  if (value === undefined) return [1, 0];
  const version = parseApiVersion(value);
  if (version === undefined) throw unusableAnswer(pageUrl, `the API version "${value}" is not of the form 1.0`);
  return version;
}
