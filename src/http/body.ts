/** Bodies of answers: decoded, watched for stalls, bounded. */
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TspmError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { redactUrl } from '../util/redact.ts';

/** Ends a body that gives less than 1 KiB a second over a minute of waiting for it. */
export class StalledBodyError extends Error {
  readonly code = 'TSPM_STALLED';
}

const STALL_WINDOW = 60_000;
const STALL_BYTES = 60 * 1024;

/** Yields `chunks`; throws {@link StalledBodyError} for a trickle. Time that the consumer takes does not count. */
export async function* watchProgress(chunks: AsyncIterable<Uint8Array>, clock: Clock): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let waited = 0;
  let since = clock.now();
  for await (const chunk of chunks) {
    bytes += chunk.length;
    waited += clock.now() - since;
    if (waited >= STALL_WINDOW) {
      if (bytes < STALL_BYTES) throw new StalledBodyError('less than 1 KiB a second');
      bytes = 0;
      waited = 0;
    }
    yield chunk;
    since = clock.now();
  }
}

/** Undoes gzip; a stream that ends early throws. */
export async function* gunzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  // The callback only keeps the failure from being unhandled: reading `gunzip` throws it.
  pipeline(Readable.from(chunks), gunzip, () => undefined);
  for await (const chunk of gunzip) {
    // A gunzip stream without an encoding gives buffers.
    if (chunk instanceof Uint8Array) yield chunk;
  }
}

/** All bytes of `chunks`; TSPM_INDEX_RESPONSE as soon as there are more than `limit`. */
export async function collectBytes(chunks: AsyncIterable<Uint8Array>, limit: number, url: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) {
      throw new TspmError('TSPM_INDEX_RESPONSE', `${redactUrl(url)} sent more than ${limit} bytes`, {
        context: { url: redactUrl(url), limit },
      });
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts, size);
}
