import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

/** A member of a tar archive; `file` unless `type` says otherwise. */
export interface TarMember {
  readonly name: string;
  readonly data?: string | Uint8Array;
  readonly type?: Header['type'];
  readonly linkname?: string;
  readonly mode?: number;
  readonly pax?: Readonly<Record<string, string>>;
}

/** A gzip-compressed tar archive of the members as they are, good or bad. */
export async function writeTar(members: readonly TarMember[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, data = '', type = 'file', linkname, mode, pax } of members) {
    const more = {
      ...(linkname === undefined ? {} : { linkname }),
      ...(mode === undefined ? {} : { mode }),
      ...(pax === undefined ? {} : { pax }),
    };
    archive.entry({ name, type, mtime: new Date(0), ...more }, type === 'file' ? Buffer.from(data) : '');
  }
  archive.finalize();
  const pieces: Uint8Array[] = [];
  for await (const piece of archive) if (piece instanceof Uint8Array) pieces.push(piece);
  return gzipSync(Buffer.concat(pieces));
}
