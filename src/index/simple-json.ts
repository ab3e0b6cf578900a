/** Project pages as JSON (simple repository API, PEP 691, 700, 714, 792). Pure. */
import { normalizeName } from '../packaging/name.ts';
import { unusableAnswer } from './bad-answer.ts';
import type { Hashes, SidecarNotice } from './model.ts';
import {
  MAX_LINKS,
  type Page,
  type PageFile,
  isDigest,
  isKnownAlgorithm,
  isPlainFilename,
  parseApiVersion,
  resolveLink,
} from './page.ts';

/**
 * Reads a page. Entries without name or URL are left out; TSPM_INDEX_RESPONSE for everything else that is not as the
 * standard has it, and for the page of another project than `project` (normalised).
 */
export function parseSimpleJson(text: string, pageUrl: string, project?: string): Page {
  const page = asRecord(parseJson(text, pageUrl));
  if (page === undefined) throw unusableAnswer(pageUrl, 'the page is not a JSON object');
  const name = page['name'];
  if (project !== undefined && typeof name === 'string' && normalizeName(name) !== project) {
    throw unusableAnswer(pageUrl, `the page is about "${name}", not "${project}"`);
  }
  const files = page['files'];
  if (!Array.isArray(files)) throw unusableAnswer(pageUrl, 'the page has no list of files');
  if (files.length > MAX_LINKS) throw unusableAnswer(pageUrl, `the page has more than ${MAX_LINKS} files`);
  const meta = asRecord(page['meta']);
  const base = new URL(pageUrl);
  return {
    apiVersion: apiVersionOf(meta?.['api-version'], pageUrl),
    ...statusOf(page['project-status'], meta),
    files: files.flatMap((file: unknown) => fileOf(asRecord(file), base)),
  };
}

/** A page in the form {@link parseSimpleJson} reads, with absolute URLs. */
export function formatSimpleJson(page: Page): string {
  return JSON.stringify({
    meta: { 'api-version': page.apiVersion.join('.') },
    'project-status': { status: page.status, reason: page.statusReason },
    files: page.files.map((file) => ({
      filename: file.filename,
      url: file.url,
      hashes: file.hashes,
      'requires-python': file.requiresPython,
      yanked: file.yanked === '' ? true : file.yanked,
      size: file.size,
      'upload-time': file.uploadTime,
      'core-metadata': sidecarValue(file.metadata),
    })),
  });
}

function parseJson(text: string, pageUrl: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const portal = /^\s*</.test(text) ? '; it looks like a web page: is there a login page in between?' : '';
    throw unusableAnswer(pageUrl, `the page announced as JSON cannot be parsed${portal}`, error);
  }
}

/** Objects only; the values are looked at where they are used. */
function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  // A JSON object is a record of unknown values.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function apiVersionOf(value: unknown, pageUrl: string): readonly [number, number] {
  if (value === undefined) return [1, 0];
  const version = typeof value === 'string' ? parseApiVersion(value) : undefined;
  if (version === undefined)
    throw unusableAnswer(pageUrl, `the API version ${JSON.stringify(value)} is not of the form 1.0`);
  return version;
}

/** The standard's text, its example and PEP 792 each have another form. */
function statusOf(
  value: unknown,
  meta: Readonly<Record<string, unknown>> | undefined,
): Pick<Page, 'status' | 'statusReason'> {
  const record = asRecord(value);
  return {
    status:
      textOf(record?.['status']) ?? textOf(record?.['state']) ?? textOf(value) ?? textOf(meta?.['project-status']),
    statusReason: textOf(record?.['reason']) ?? textOf(meta?.['project-status-reason']),
  };
}

function fileOf(file: Readonly<Record<string, unknown>> | undefined, base: URL): PageFile[] {
  const filename = textOf(file?.['filename']);
  const link = textOf(file?.['url']);
  if (file === undefined || filename === undefined || link === undefined || !isPlainFilename(filename)) return [];
  const url = resolveLink(link, base);
  const hashes = hashesOf(file['hashes']);
  if (url === undefined || hashes === undefined) return [];
  const { size, yanked } = file;
  return [
    {
      filename,
      url,
      hashes,
      requiresPython: textOf(file['requires-python']),
      yanked: yanked === true ? '' : (textOf(yanked) ?? false),
      size: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : undefined,
      uploadTime: textOf(file['upload-time']),
      metadata: sidecarOf('core-metadata' in file ? file['core-metadata'] : file['dist-info-metadata']),
    },
  ];
}

/** Known algorithms; undefined when one of them has a digest that is none: such a file could not be verified. */
function hashesOf(value: unknown): Hashes | undefined {
  const hashes: Record<string, string> = {};
  for (const [name, digest] of Object.entries(asRecord(value) ?? {})) {
    const algorithm = name.toLowerCase();
    if (!isKnownAlgorithm(algorithm) || digest === '') continue;
    if (typeof digest !== 'string' || !isDigest(algorithm, digest)) return undefined;
    hashes[algorithm] = digest.toLowerCase();
  }
  return hashes;
}

/** Truth as in Python, so that `{}` means no: PEP 714. */
function sidecarOf(value: unknown): SidecarNotice {
  if (value === undefined) return 'unknown';
  if (value === true) return { hashes: {} };
  const hashes = asRecord(value);
  if (hashes === undefined || Object.keys(hashes).length === 0) return 'absent';
  return { hashes: hashesOf(hashes) ?? {} };
}

function sidecarValue(notice: SidecarNotice): unknown {
  if (notice === 'unknown') return undefined;
  if (notice === 'absent') return false;
  return Object.keys(notice.hashes).length === 0 ? true : notice.hashes;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
