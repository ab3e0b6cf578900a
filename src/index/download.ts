/** Files of projects, received and verified. */
import { TspmError, isTspmError } from '../errors.ts';
import { redactUrl } from '../util/redact.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../ports.ts';
import { withNeed } from '../util/need.ts';
import { FileSink, type Received } from './file-sink.ts';
import { localPath } from './find-links.ts';
import { readChunks } from './local-files.ts';
import type { Artifact, Hashes } from './model.ts';
import { isOpenEnded } from './open-ended.ts';

/** The file that is wanted, from a listing or from a lock. */
export type Download = Pick<Artifact, 'filename' | 'url' | 'hashes' | 'size'>;

/** How to receive it. */
export interface DownloadOptions {
  /** Bytes received so far; goes back when a server makes the download start again. */
  readonly onBytes?: (bytes: number) => void;
  /** Digests that must hold too, those of a lock. */
  readonly expected?: Hashes;
  readonly signal?: AbortSignal;
  /** An answer with status 200 to a request for the file, to begin with. */
  readonly answer?: HttpResponse;
}

/** A file that holds what was announced. */
export interface Downloaded {
  /** Hex. */
  readonly sha256: string;
  readonly size: number;
}

/**
 * Writes the file to `destination`, which must not exist, and is not left behind on failure. Cut downloads go on where they
 * stopped if the server vouches for that (strong ETag). Throws TSPM_HASH_MISMATCH when size or a digest differs,
 * TSPM_INDEX_RESPONSE when the file is gone, TSPM_IO, and what the client throws.
 */
export async function downloadArtifact(
  http: HttpClient,
  wanted: Download,
  destination: string,
  options: DownloadOptions = {},
): Promise<Downloaded> {
  if (/^file:/i.test(wanted.url)) {
    const chunks = readChunks(localPath(wanted.url));
    return receiveFile(wanted, destination, options, (sink) => writeAll(wanted, sink, { chunks, options }));
  }
  const answers: Answers = { all: 0, pieces: 0, isOpenEnded: false };
  const receive = (mayResume: boolean): Promise<Downloaded> =>
    receiveFile(wanted, destination, options, (sink) =>
      receiveResumed(http, wanted, { sink, options, mayResume, answers }),
    );
  try {
    return await receive(true);
  } catch (error) {
    // Put together from several answers by a server that lies about ranges, or cut without a sign, it may still come whole in one answer.
    const isDoubtful = answers.pieces > 1 || answers.isOpenEnded;
    if (!isDoubtful || !isTspmError(error) || error.code !== 'TSPM_HASH_MISMATCH') throw error;
    return await receive(false);
  }
}

/** The error for a file that a page lists and the server does not have. */
export function goneError(wanted: Pick<Artifact, 'filename' | 'url'>, status: number): TspmError {
  const url = redactUrl(wanted.url);
  return new TspmError('TSPM_INDEX_RESPONSE', `${wanted.filename} is listed but ${url} answers ${status}`, {
    hint: 'the index may have changed since its page was read; run the command again, or lock anew',
    context: { url, status },
  });
}

/** Cuts without a mebibyte of progress between them, and beginnings from zero, that are put up with. */
const MAX_CUTS = 4;
const PROGRESS = 1024 * 1024;

async function receiveFile(
  wanted: Download,
  destination: string,
  { expected = {} }: DownloadOptions,
  receive: (sink: FileSink) => Promise<void>,
): Promise<Downloaded> {
  const demands = [...Object.entries(wanted.hashes), ...Object.entries(expected)];
  let sink: FileSink | undefined;
  try {
    sink = new FileSink(
      destination,
      demands.map(([algorithm]) => algorithm),
    );
    await receive(sink);
    const received = sink.finish();
    verify(wanted, received, demands);
    return { sha256: received.digests.get('sha256') ?? '', size: received.size };
  } catch (error) {
    sink?.abandon();
    const bytes = wanted.size ?? sink?.announced ?? 0;
    throw withNeed(error, () => ({ work: `fetching ${wanted.filename}`, bytes, inodes: 1 }));
  }
}

interface Receiving {
  readonly sink: FileSink;
  readonly options: DownloadOptions;
  /** Go on where a cut download stopped. */
  readonly mayResume: boolean;
  readonly answers: Answers;
}

/** What came of one file so far. */
interface Answers {
  all: number;
  /** How many of them the file is put together from. */
  pieces: number;
  /** Nothing told where the last whole one ended. */
  isOpenEnded: boolean;
}

async function receiveResumed(
  http: HttpClient,
  wanted: Download,
  { sink, options, mayResume, answers }: Receiving,
): Promise<void> {
  let etag: string | undefined;
  let cuts = 0;
  for (let starts = 0; ;) {
    const first = starts === 0 && mayResume ? options.answer : undefined;
    const response = first ?? (await http.get(requestFor(wanted, { etag, from: sink.size, signal: options.signal })));
    answers.all++;
    if (continues(response, sink.size)) {
      answers.pieces++;
    } else {
      if (response.status !== 200) {
        await response.discard();
        if (etag === undefined || !RANGE_STATUSES.has(response.status)) throw goneError(wanted, response.status);
        // Asked for the rest, the server gave something else: all of it is asked for.
        etag = undefined;
        continue;
      }
      starts++;
      answers.pieces = 1;
      answers.isOpenEnded = isOpenEnded(response);
      sink.restart();
      sink.announced = lengthOf(response);
      etag = mayResume ? strongEtag(response) : undefined;
    }
    const before = sink.size;
    const cut = await cutOf(wanted, sink, { chunks: response.body, options });
    if (cut === undefined && !isShort(wanted, sink)) return;
    cuts = etag !== undefined && sink.size - before >= PROGRESS ? 0 : cuts + 1;
    if (cuts <= MAX_CUTS && starts <= MAX_CUTS) continue;
    throw cut === undefined ? tooShort(wanted, sink, answers) : givenUp(cut, answers);
  }
}

/** Answers to a request for a part. */
const RANGE_STATUSES: ReadonlySet<number> = new Set([206, 416]);

/** An answer may end too early without any sign of it: where only the end of the connection ends it. */
function isShort(wanted: Download, sink: FileSink): boolean {
  return wanted.size !== undefined && sink.size < wanted.size;
}

/** Writes what an answer holds; gives the error if it was cut. */
async function cutOf(...[wanted, sink, what]: Parameters<typeof writeAll>): Promise<TspmError | undefined> {
  try {
    await writeAll(wanted, sink, what);
    return undefined;
  } catch (error) {
    if (!isTspmError(error) || error.code !== 'TSPM_NETWORK') throw error;
    return error;
  }
}

function requestFor(
  { url }: Download,
  { etag, from, signal }: { etag: string | undefined; from: number; signal: AbortSignal | undefined },
): HttpRequest {
  const headers = etag === undefined || from === 0 ? {} : { range: `bytes=${from}-`, 'if-range': etag };
  return { url, headers, ...(signal === undefined ? {} : { signal }) };
}

/** Bytes of the body, if the server says so. */
function lengthOf({ headers }: HttpResponse): number | undefined {
  const length = headers['content-length'] ?? '';
  return /^[0-9]{1,15}$/.test(length) ? Number(length) : undefined;
}

/** Whether the answer is exactly the rest that was asked for. */
function continues(response: HttpResponse, size: number): boolean {
  if (response.status !== 206 || size === 0) return false;
  return (response.headers['content-range'] ?? '').startsWith(`bytes ${size}-`);
}

function strongEtag(response: HttpResponse): string | undefined {
  const etag = response.headers['etag'];
  return etag?.startsWith('"') === true ? etag : undefined;
}

/** Stops as soon as there is more than was announced: a server must not fill the disk. */
async function writeAll(
  wanted: Download,
  sink: FileSink,
  { chunks, options }: { readonly chunks: AsyncIterable<Uint8Array>; readonly options: DownloadOptions },
): Promise<void> {
  for await (const chunk of chunks) {
    sink.write(chunk);
    if (wanted.size !== undefined && sink.size > wanted.size) {
      throw mismatch(wanted, 'size', { expected: `${wanted.size} bytes`, got: 'more' });
    }
    options.onBytes?.(sink.size);
  }
}

function tooShort(wanted: Download, sink: FileSink, { all }: Answers): TspmError {
  return mismatch(wanted, 'size', {
    expected: `${wanted.size} bytes`,
    got: `${sink.size} bytes after ${all} attempts`,
  });
}

function givenUp({ code, message, hint, context, cause }: TspmError, { all }: Answers): TspmError {
  const detail = { ...(hint !== undefined && { hint }), context: { ...context, attempts: all }, cause };
  return new TspmError(code, `${message}; given up after ${all} attempts`, detail);
}

function verify(wanted: Download, received: Received, demands: readonly (readonly [string, string])[]): void {
  if (wanted.size !== undefined && received.size !== wanted.size) {
    throw mismatch(wanted, 'size', { expected: `${wanted.size} bytes`, got: `${received.size} bytes` });
  }
  for (const [algorithm, expected] of demands) {
    const got = received.digests.get(algorithm) ?? '';
    if (got !== expected.toLowerCase()) throw mismatch(wanted, algorithm, { expected, got });
  }
}

function mismatch(
  wanted: Download,
  what: string,
  { expected, got }: { readonly expected: string; readonly got: string },
): TspmError {
  const url = redactUrl(wanted.url);
  return new TspmError('TSPM_HASH_MISMATCH', `${wanted.filename}: expected ${what} ${expected}, got ${got}`, {
    hint: `${url} does not hold what was announced; do not use it before you know why`,
    context: { file: wanted.filename, url, what, expected, got },
  });
}
