/** The headers of METADATA, PKG-INFO and WHEEL. */
export interface HeaderBlock {
  /** By lower-case name; values in the order of the file, continuation lines joined with a line feed and kept as they are. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly warnings: readonly string[];
}

// What Python's e-mail parser takes for the start of a header: printable ASCII without blank and colon, then a colon.
const HEADER = /^([!-9;-~]+):[ \t]*/;
const OUTER_BLANKS = /^[ \t]+|[ \t\r\n]+$/g;

/**
 * Reads headers as Python's e-mail parser does, which every installer builds on: they end at the first empty line or at
 * the first line that is none, whatever follows.
 */
export function readHeaders(text: string): HeaderBlock {
  const warnings: string[] = [];
  const values: { name: string; value: string }[] = [];
  let rest = text;
  if (rest.startsWith('\uFEFF')) {
    warnings.push('a byte order mark was skipped');
    rest = rest.slice(1);
  }
  let lineNumber = 0;
  for (const line of linesOf(rest)) {
    lineNumber++;
    if (line === '') break;
    const last = values.at(-1);
    const header = HEADER.exec(line);
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (last !== undefined) last.value += `\n${line}`;
    } else if (header?.[1] !== undefined) {
      values.push({ name: header[1].toLowerCase(), value: line.slice(header[0].length) });
    } else if (lineNumber > 1 || !line.startsWith('From ')) {
      // The first line of a mail box file is no header, yet does not end them.
      warnings.push(`line ${lineNumber} is no header, so everything from it on was taken for the description`);
      break;
    }
  }
  return { fields: groupByName(values), warnings };
}

/** Lines up to CRLF, CR or LF, one at a time: the description below the headers may be long. */
function* linesOf(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    let end = start;
    while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++;
    yield text.slice(start, end);
    start = end + (text.startsWith('\r\n', end) ? 2 : 1);
  }
}

function groupByName(values: readonly { readonly name: string; readonly value: string }[]): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const { name, value } of values) {
    const trimmed = value.replaceAll(OUTER_BLANKS, '');
    const known = fields.get(name);
    if (known === undefined) fields.set(name, [trimmed]);
    else known.push(trimmed);
  }
  return fields;
}
