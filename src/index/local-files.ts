/** Reading files of this machine. */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import type { Artifact } from './model.ts';
import { metadataInTail, tailLength } from './wheel-tail.ts';
import { ioFault } from '../util/io-fault.ts';

/** Text of METADATA of the wheel `artifact`, which lies at `file`. Throws TSPM_IO and what the zip reader throws. */
export async function readMetadataOfFile(artifact: Artifact, file: string): Promise<string> {
  let descriptor: number | undefined;
  try {
    const open = openSync(file, 'r');
    descriptor = open;
    const { size } = fstatSync(open);
    const length = Math.min(size, tailLength(size));
    const tail = { bytes: readAt(open, size - length, length), fileSize: size };
    return await metadataInTail(artifact, tail, (offset, count) => Promise.resolve(readAt(open, offset, count)));
  } catch (error) {
    throw ioFault('cannot read', file, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** The bytes of a file in pieces. Throws TSPM_IO. */
export async function* readChunks(file: string): AsyncGenerator<Uint8Array> {
  try {
    // A read stream without an encoding gives buffers.
    for await (const chunk of createReadStream(file)) if (chunk instanceof Uint8Array) yield chunk;
  } catch (error) {
    throw ioFault('cannot read', file, error);
  }
}

function readAt(descriptor: number, offset: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const count = readSync(descriptor, bytes, done, length - done, offset + done);
    if (count === 0) throw new Error('the file got shorter while it was read');
    done += count;
  }
  return bytes;
}
