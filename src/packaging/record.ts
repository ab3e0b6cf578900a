import { TspmError } from '../errors.ts';
import { sortedBy } from '../util/collections.ts';

/** One line of a RECORD file. */
export interface RecordRow {
  /** With `/`, seen from the directory that holds `.dist-info`; as written, so maybe outside it or absolute. */
  readonly path: string;
  /** Undefined where the file gives none; `digest` is base64url without padding. */
  readonly hash: { readonly algorithm: string; readonly digest: string } | undefined;
  /** In bytes. */
  readonly size: number | undefined;
}

/** The rows of all files below one folder, as text and sorted. */
export interface RecordBlock {
  /** The folder, with a `/` at its end. */
  readonly path: string;
  readonly text: string;
}

const QUOTED = /[",\r\n]/;

/**
 * Reads a RECORD file (recording installed projects). What real files hold is taken: missing columns, repeated lines, hex
 * digests, padding, empty digests (no hash). Throws TSPM_INVALID_RECORD for an open quote, a line without a path or with a fourth column.
 */
export function parseRecord(text: string): RecordRow[] {
  const rows = new Map<string, RecordRow>();
  for (const [path = '', hash = '', size = '', ...more] of readCsv(text.replace(/^\uFEFF/, ''))) {
    if (more.length > 0) throw new TspmError('TSPM_INVALID_RECORD', 'a line of RECORD has more than three columns');
    if (path === '') throw new TspmError('TSPM_INVALID_RECORD', 'a line of RECORD must start with the path of a file');
    rows.set(JSON.stringify([path, hash, size]), { path, hash: readHash(hash), size: readSize(size) });
  }
  return [...rows.values()];
}

/** The paths of the rows of {@link formatRecord}'s text. */
export function recordPaths(text: string): string[] {
  if (text.includes('"')) return readCsv(text).map(([path = '']) => path);
  const paths: string[] = [];
  let end = 0;
  for (let start = 0; start < text.length; start = end + 1) {
    end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    paths.push(text.slice(start, text.indexOf(',', start)));
  }
  return paths;
}

/** Prints rows sorted by path, so that equal installations give equal files; LF after each row. No row may lie below the folder of a block. */
export function formatRecord(rows: Iterable<RecordRow | RecordBlock>): string {
  return sortedBy(rows, (row) => row.path)
    .map((row) => ('text' in row ? row.text : formatRow(row)))
    .join('');
}

function formatRow({ path, hash, size }: RecordRow): string {
  const digest = hash === undefined ? '' : `${hash.algorithm}=${hash.digest}`;
  return `${quoted(path)},${quoted(digest)},${size ?? ''}\n`;
}

function readHash(text: string): RecordRow['hash'] {
  const equals = text.indexOf('=');
  if (equals <= 0) return undefined;
  const algorithm = text.slice(0, equals).toLowerCase();
  const digest = text.slice(equals + 1).replace(/=+$/, '');
  if (digest === '') return undefined;
  const isHex = algorithm === 'sha256' && /^[0-9a-fA-F]{64}$/.test(digest);
  return { algorithm, digest: isHex ? Buffer.from(digest, 'hex').toString('base64url') : urlSafe(digest) };
}

function urlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}

function readSize(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function quoted(field: string): string {
  return QUOTED.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** Rows of comma-separated fields with `"` quoting, empty lines left out. */
function readCsv(text: string): string[][] {
  // Most files quote nothing, and splitting is several times faster than reading by character.
  if (!text.includes('"')) {
    return text
      .split(/\r\n|\r|\n/)
      .filter((line) => line !== '')
      .map((line) => line.split(','));
  }
  return readQuotedCsv(text);
}

function readQuotedCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const { field, end } = text[at] === '"' ? readQuotedField(text, at) : readPlainField(text, at);
    row.push(field);
    at = end;
    if (text[at] === ',') {
      at++;
      if (at < text.length && text[at] !== '\n' && text[at] !== '\r') continue;
      row.push('');
    }
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
    at += text.startsWith('\r\n', at) ? 2 : 1;
  }
  return rows;
}

function readPlainField(text: string, start: number): { field: string; end: number } {
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end++;
  return { field: text.slice(start, end), end };
}

function readQuotedField(text: string, start: number): { field: string; end: number } {
  let at = start + 1;
  let field = '';
  for (;;) {
    const close = text.indexOf('"', at);
    if (close < 0) throw new TspmError('TSPM_INVALID_RECORD', 'RECORD has a quote that is not closed');
    field += text.slice(at, close);
    if (text[close + 1] !== '"') {
      const tail = readPlainField(text, close + 1);
      return { field: field + tail.field, end: tail.end };
    }
    field += '"';
    at = close + 2;
  }
}
