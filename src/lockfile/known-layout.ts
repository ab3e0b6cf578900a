/**
 * A reader for the one layout lock files are written in, several times as fast as a TOML parser that has just been loaded.
 * It takes a text only when every line of it has that layout; then the document is the one a TOML parser gives.
 */
import type { TomlTable, TomlValue } from '../toml/value.ts';

type Table = Record<string, TomlValue>;

const PLAIN = String.raw`"[^"\\\u0000-\u001f\u007f]*"`;
const TEXT = new RegExp(String.raw`^"(?:[^"\\\u0000-\u001f\u007f]|\\["\\btnfr]|\\u(?![dD])[0-9a-fA-F]{4})*"$`);
const PLAIN_TEXT = new RegExp(`^${PLAIN}$`);
const TEXTS = new RegExp(String.raw`^\[(?:${PLAIN}(?:, ${PLAIN})*)?\]$`);
const FILE = new RegExp(String.raw`^ {4}\{(file|url) = (${PLAIN}), hash = (${PLAIN})\},$`);
const COMMENT = /^#[^\u0000-\u0008\u000a-\u001f\u007f]*$/;
const ROW = /^([a-z_]+) = (.+)$/;

/** The document of a lock text; undefined when it is written in any other way, which may also be a wrong one. */
export function readKnownLayout(text: string): TomlTable | undefined {
  const lines = text.split('\n');
  const document: Document = { metadata: undefined, targets: [], packages: [] };
  let current: Table | undefined;
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line === '' || COMMENT.test(line)) continue;
    if (line.startsWith('[')) {
      current = openTable(document, line);
      if (current === undefined) return undefined;
      continue;
    }
    const [, key, written] = ROW.exec(line) ?? [];
    if (key === undefined || written === undefined || current === undefined || key in current) return undefined;
    const block = written === '[' ? readBlock(lines, index + 1) : undefined;
    const value = written === '[' ? block?.items : readValue(written);
    if (value === undefined) return undefined;
    current[key] = value;
    if (block !== undefined) index = block.end;
  }
  return finished(document);
}

interface Document {
  metadata: Table | undefined;
  readonly targets: Table[];
  readonly packages: Table[];
}

function openTable(document: Document, line: string): Table | undefined {
  const table: Table = Object.create(null);
  switch (line) {
    case '[metadata]':
      if (document.metadata !== undefined) return undefined;
      document.metadata = table;
      return table;
    case '[[metadata.targets]]':
      if (document.metadata === undefined) return undefined;
      document.targets.push(table);
      return table;
    case '[[package]]':
      document.packages.push(table);
      return table;
    default:
      return undefined;
  }
}

function finished({ metadata, targets, packages }: Document): TomlTable | undefined {
  const document: Table = Object.create(null);
  if (metadata !== undefined) {
    if (targets.length > 0) {
      if ('targets' in metadata) return undefined;
      metadata['targets'] = targets;
    }
    document['metadata'] = metadata;
  }
  if (packages.length > 0) document['package'] = packages;
  return document;
}

function readValue(written: string): TomlValue | undefined {
  if (written === 'true' || written === 'false') return written === 'true';
  return written.startsWith('[') ? readTexts(written) : readText(written);
}

function readText(written: string): string | undefined {
  if (PLAIN_TEXT.test(written)) return written.slice(1, -1);
  // These escapes mean the same in JSON.
  return TEXT.test(written) ? String(JSON.parse(written)) : undefined;
}

function readTexts(written: string): string[] | undefined {
  if (!TEXTS.test(written)) return undefined;
  return written === '[]' ? [] : written.slice(2, -2).split('", "');
}

/** The items of an array with one item a line, and the index of the line with its closing bracket. */
function readBlock(lines: readonly string[], start: number): { items: TomlValue[]; end: number } | undefined {
  const items: TomlValue[] = [];
  for (let index = start; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line === ']') return { items, end: index };
    const item = line.startsWith('    "') && line.endsWith('",') ? readText(line.slice(4, -1)) : readFile(line);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return undefined;
}

function readFile(line: string): Table | undefined {
  const [, key, place, hash] = FILE.exec(line) ?? [];
  if (key === undefined || place === undefined || hash === undefined) return undefined;
  const table: Table = Object.create(null);
  table[key] = place.slice(1, -1);
  table['hash'] = hash.slice(1, -1);
  return table;
}
