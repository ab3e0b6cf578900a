/** Source archives, of which only the files that tell what a package requires are read; nothing is unpacked to disk. */
import { archiveFault } from './fault.ts';
import { eachSdistMember } from './sdist-members.ts';

/** Texts of a source archive, from its one folder at the top; undefined for a file it does not have. */
export interface SdistTexts {
  readonly pkgInfo: string | undefined;
  readonly pyproject: string | undefined;
}

/** Bytes of the largest file that is read. */
const LARGEST_TEXT = 4 * 1024 * 1024;

const WANTED = /^[^/]+\/(PKG-INFO|pyproject\.toml)$/;

/**
 * Reads `.tar.gz`, `.tgz` (PEP 625) and `.zip`; other kinds give nothing. Only regular files are read: links and devices of a wanted
 * name count as absent. Throws as {@link eachSdistMember}.
 */
export async function readSdist(path: string, filename: string): Promise<SdistTexts> {
  const texts = new Map<string, string>();
  await eachSdistMember(path, filename, async (member) => {
    const wanted = WANTED.exec(member.path)?.[1];
    if (wanted === undefined || member.kind !== 'file') return;
    const place = { archive: filename, member: member.name };
    if (texts.has(wanted)) throw archiveFault('TSPM_ARCHIVE', place, 'a second member of this name');
    const pieces: Uint8Array[] = [];
    let size = 0;
    await member.content((piece) => {
      size += piece.length;
      if (size > LARGEST_TEXT) {
        throw archiveFault('TSPM_ARCHIVE_LIMIT', place, `larger than ${LARGEST_TEXT} bytes`);
      }
      pieces.push(piece);
    });
    texts.set(wanted, new TextDecoder().decode(Buffer.concat(pieces)));
  });
  return { pkgInfo: texts.get('PKG-INFO'), pyproject: texts.get('pyproject.toml') };
}
