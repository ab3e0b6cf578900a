import { parseRecord, type RecordRow } from '../packaging/record.ts';
import { archiveFault } from './fault.ts';
import { show } from './show.ts';
import { checkNames, type ZipEntry } from './zip-directory.ts';

/** What RECORD says about one file; `undefined` for RECORD itself and its signatures. */
interface RecordedFile {
  readonly algorithm: 'sha256' | 'sha384' | 'sha512';
  /** base64url without padding. */
  readonly digest: string;
  readonly size: number;
}

/** A file of a wheel with what RECORD says about it. */
export interface ListedEntry {
  readonly entry: ZipEntry;
  readonly recorded: RecordedFile | undefined;
}

/**
 * Joins the members of a wheel with RECORD, both ways complete: every file is listed with its size and a hash of sha256 or better,
 * and every line has its file. Names without the UTF-8 flag get the reading that RECORD lists. Throws TSPM_WHEEL_METADATA, and
 * TSPM_ARCHIVE_PATH for names that only clash in that reading.
 */
export function matchRecord(
  entries: readonly ZipEntry[],
  text: string,
  wheel: { archive: string; distInfo: string },
): ListedEntry[] {
  const { archive, distInfo } = wheel;
  const rows = readRows(text, archive, `${distInfo}/RECORD`);
  const named = entries.map((entry) => readAsRecorded(entry, rows));
  if (entries.some((entry) => entry.utf8Name !== undefined)) checkNames(named, archive);
  const unlisted = new Set(['RECORD', 'RECORD.jws', 'RECORD.p7s'].map((name) => `${distInfo}/${name}`));
  const files = new Set(named.filter((entry) => !entry.directory).map((entry) => entry.name));
  for (const path of rows.keys()) {
    if (files.has(path)) continue;
    throw archiveFault(
      'TSPM_WHEEL_METADATA',
      { archive, member: path },
      'RECORD lists this file, but the wheel does not have it',
    );
  }
  return named.map((entry) => {
    if (entry.directory || unlisted.has(entry.name)) return { entry, recorded: undefined };
    const row = rows.get(entry.name);
    if (row === undefined) {
      throw archiveFault('TSPM_WHEEL_METADATA', { archive, member: entry.name }, 'the file is not listed in RECORD');
    }
    return { entry, recorded: readExpectation(row, archive) };
  });
}

/** Bytes of a digest. */
const DIGEST_LENGTHS = { sha256: 32, sha384: 48, sha512: 64 } as const;

function readRows(text: string, archive: string, record: string): Map<string, RecordRow> {
  const rows = new Map<string, RecordRow>();
  for (const row of readRecordText(text, archive, record)) {
    if (rows.has(row.path)) {
      throw archiveFault(
        'TSPM_WHEEL_METADATA',
        { archive, member: row.path },
        'RECORD lists this file twice, differently',
      );
    }
    rows.set(row.path, row);
  }
  return rows;
}

function readRecordText(text: string, archive: string, record: string): readonly RecordRow[] {
  try {
    return parseRecord(text);
  } catch (error) {
    const problem = show(error instanceof Error ? error.message : String(error));
    throw archiveFault('TSPM_WHEEL_METADATA', { archive, member: record }, problem, error);
  }
}

function readAsRecorded(entry: ZipEntry, rows: ReadonlyMap<string, RecordRow>): ZipEntry {
  const { utf8Name } = entry;
  if (utf8Name === undefined || rows.has(entry.name) || !rows.has(utf8Name)) return entry;
  return { ...entry, name: utf8Name };
}

function readExpectation(row: RecordRow, archive: string): RecordedFile {
  const place = { archive, member: row.path };
  const algorithm = row.hash?.algorithm;
  if (algorithm !== 'sha256' && algorithm !== 'sha384' && algorithm !== 'sha512') {
    throw archiveFault('TSPM_WHEEL_METADATA', place, 'RECORD gives no hash of sha256 or better for the file');
  }
  const digest = row.hash?.digest ?? '';
  if (Buffer.from(digest, 'base64url').length !== DIGEST_LENGTHS[algorithm]) {
    throw archiveFault('TSPM_WHEEL_METADATA', place, `RECORD gives a hash for the file that is no ${algorithm}`);
  }
  if (row.size === undefined) throw archiveFault('TSPM_WHEEL_METADATA', place, 'RECORD gives no size for the file');
  return { algorithm, digest, size: row.size };
}
