/** The lines of a requirements file (pip's format) that count as overrides. Pure. */

/** A logical line; `number` counts from 1 and is that of its first physical line. */
interface NumberedLine {
  readonly number: number;
  readonly line: string;
}

/** The requirements of a file, and what in it is left out. */
export interface OverrideLines {
  readonly lines: readonly NumberedLine[];
  readonly warnings: readonly { readonly number: number; readonly problem: string }[];
}

/**
 * Reads requirements; comments, empty lines and the options behind a requirement (`--hash=…`) are dropped. Lines that are options
 * themselves (`-c more.txt`, `--index-url …`, `-e ./x`) are left out with a warning.
 */
export function overrideLines(text: string): OverrideLines {
  const lines: NumberedLine[] = [];
  const warnings: { number: number; problem: string }[] = [];
  for (const { number, line } of logicalLines(text)) {
    const bare = line.replace(/(?:^|\s)#.*$/, '').trim();
    if (bare.startsWith('-')) warnings.push({ number, problem: `"${bare}" is ignored: only requirements override` });
    else if (bare !== '') lines.push({ number, line: bare.replace(/\s--?[A-Za-z].*$/, '').trim() });
  }
  return { lines, warnings };
}

/** Physical lines, those that end with a backslash joined with the next. */
export function logicalLines(text: string): NumberedLine[] {
  const result: NumberedLine[] = [];
  let open: NumberedLine | undefined;
  for (const [index, physical] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n?|\n/)
    .entries()) {
    const line = (open?.line ?? '') + physical;
    const number = open?.number ?? index + 1;
    open = line.endsWith('\\') ? { number, line: line.slice(0, -1) } : undefined;
    if (open === undefined) result.push({ number, line });
  }
  return open === undefined ? result : [...result, open];
}
