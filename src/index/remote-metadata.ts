/** Metadata over HTTP: the metadata file, the tail of a wheel, or the whole wheel. */
import { createHash, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TspmError, isTspmError } from '../errors.ts';
import { decodeMetadata } from '../packaging/metadata.ts';
import { redactUrl } from '../util/redact.ts';
import type { HttpClient, HttpResponse } from '../ports.ts';
import { unusableAnswer } from './bad-answer.ts';
import { removeQuietly } from './cache-files.ts';
import { downloadArtifact, goneError } from './download.ts';
import { readMetadataOfFile } from './local-files.ts';
import type { Artifact, Hashes } from './model.ts';
import { type Tail, metadataInTail, tailLength } from './wheel-tail.ts';

/** A file that was received whole and verified. */
interface WholeFile {
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
}

/** A wheel that had to be received whole; it may be moved away. */
export interface WholeWheel extends WholeFile {
  readonly artifact: Artifact;
}

/** What reading over HTTP needs. */
export interface RemoteSettings {
  readonly http: HttpClient;
  /** Folder for wheels that are received whole; the system's unless given. */
  readonly temporaryDirectory?: string;
  /** Takes such a wheel, so that it need not be downloaded again; it is removed otherwise. */
  readonly keepWheel?: (wheel: WholeWheel) => void | Promise<void>;
}

/** Text of the metadata file beside an archive (PEP 658); undefined when the server does not have it after all. */
export async function readSidecar(http: HttpClient, artifact: Artifact, hashes: Hashes): Promise<string | undefined> {
  const url = new URL(artifact.url);
  url.pathname += '.metadata';
  let response: HttpResponse;
  try {
    response = await http.get({ url: url.href });
  } catch (error) {
    // Some mirrors announce files that they refuse to give.
    if (isTspmError(error) && error.code === 'TSPM_INDEX_AUTH') return undefined;
    throw error;
  }
  if (response.status !== 200) {
    await response.discard();
    return undefined;
  }
  const bytes = await response.bytes(MAX_METADATA);
  for (const [algorithm, expected] of Object.entries(hashes)) {
    const got = createHash(algorithm).update(bytes).digest('hex');
    if (got === expected) continue;
    const message = `${artifact.filename}.metadata: expected ${algorithm} ${expected}, got ${got}`;
    throw new TspmError('TSPM_HASH_MISMATCH', message, { context: { url: redactUrl(url.href), expected, got } });
  }
  return decodeMetadata(bytes);
}

/** Text of METADATA of a wheel: from its tail, or from all of it where the server gives no ranges. */
export async function readWheelMetadata(settings: RemoteSettings, artifact: Artifact): Promise<string> {
  const response = await settings.http.get({ url: artifact.url, headers: { range: firstRange(artifact) } });
  if (response.status === 200) return readWhole(settings, artifact, response);
  const range = response.status === 206 ? parseContentRange(response) : undefined;
  if (range === undefined || range.end !== range.total) {
    await response.discard();
    if (response.status === 404 || response.status === 410) throw goneError(artifact, response.status);
    return readWhole(settings, artifact);
  }
  checkSize(artifact, range.total);
  const tail = { bytes: await rangeBytes(artifact, response, range), fileSize: range.total };
  return readRanges(settings, artifact, { tail, etag: strongEtag(response) });
}

const MAX_METADATA = 16 * 1024 * 1024;

/** Explicit where the size is known: some stores do not understand "the last n bytes". */
function firstRange({ size }: Artifact): string {
  const length = tailLength(size);
  return size === undefined || size === 0 ? `bytes=-${length}` : `bytes=${size - length}-${size - 1}`;
}

interface Ranges {
  readonly tail: Tail;
  readonly etag: string | undefined;
}

/** Half-open. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
  readonly total: number;
}

class RangesLost extends Error {}

async function readRanges(settings: RemoteSettings, artifact: Artifact, { tail, etag }: Ranges): Promise<string> {
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const range = `bytes=${offset}-${offset + length - 1}`;
    const headers = etag === undefined ? { range } : { range, 'if-range': etag };
    const response = await settings.http.get({ url: artifact.url, headers });
    const got = response.status === 206 ? parseContentRange(response) : undefined;
    if (got?.start === offset && got.end === offset + length && got.total === tail.fileSize) {
      return rangeBytes(artifact, response, got);
    }
    await response.discard();
    throw new RangesLost();
  };
  try {
    return await metadataInTail(artifact, tail, read);
  } catch (error) {
    if (error instanceof RangesLost) return readWhole(settings, artifact);
    throw error;
  }
}

async function rangeBytes(artifact: Artifact, response: HttpResponse, range: ByteRange): Promise<Uint8Array> {
  const length = range.end - range.start;
  const bytes = await response.bytes(length);
  if (bytes.length === length) return bytes;
  const problem = `${bytes.length} bytes instead of the ${length} it announces`;
  throw unusableAnswer(artifact.url, problem);
}

/** `answer` is one with status 200 to a request for the file. */
async function readWhole(settings: RemoteSettings, artifact: Artifact, answer?: HttpResponse): Promise<string> {
  const read = async ({ path: file, sha256 }: WholeFile): Promise<string> => {
    const text = await readMetadataOfFile(artifact, file);
    await settings.keepWheel?.({ artifact, path: file, sha256 });
    return text;
  };
  return withWhole(settings, artifact, { read, answer });
}

/** Receives a file and lets `read` look at it; afterwards it is removed, unless it was moved away. */
export async function withWhole<T>(
  settings: RemoteSettings,
  artifact: Artifact,
  { read, answer }: { readonly read: (file: WholeFile) => Promise<T>; readonly answer?: HttpResponse | undefined },
): Promise<T> {
  const folder = settings.temporaryDirectory ?? tmpdir();
  const file = path.join(folder, `tspm-${randomUUID()}${path.extname(artifact.filename)}`);
  try {
    const { sha256 } = await downloadArtifact(settings.http, artifact, file, answer === undefined ? {} : { answer });
    return await read({ path: file, sha256 });
  } finally {
    removeQuietly(file);
  }
}

function checkSize(artifact: Artifact, total: number): void {
  if (artifact.size === undefined || artifact.size === total) return;
  const message = `${artifact.filename}: expected size ${artifact.size} bytes, got ${total} bytes`;
  const url = redactUrl(artifact.url);
  throw new TspmError('TSPM_HASH_MISMATCH', message, { context: { url, expected: artifact.size, got: total } });
}

function parseContentRange(response: HttpResponse): ByteRange | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(response.headers['content-range'] ?? '');
  const [, first, last, total] = match ?? [];
  if (first === undefined || last === undefined || total === undefined) return undefined;
  const range = { start: Number(first), end: Number(last) + 1, total: Number(total) };
  return range.start < range.end && range.end <= range.total ? range : undefined;
}

function strongEtag(response: HttpResponse): string | undefined {
  const etag = response.headers['etag'];
  return etag?.startsWith('"') === true ? etag : undefined;
}
