/** The tables of `list` as CSV and as a Markdown page. */
import { noticesOf } from '../app/list.ts';
import type { ListedPackage } from '../app/listed-package.ts';

/** Rows of cells as CSV (RFC 4180, with line feeds). */
export function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\n`).join('');
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One package of a page: its facts as pairs of label and value. */
export interface PageEntry {
  readonly listed: ListedPackage;
  readonly facts: readonly (readonly [label: string, value: string])[];
}

/** A page of packages with the legal notices they are installed with. */
export function licensePage(title: string, entries: readonly PageEntry[]): string {
  return `# ${title} licenses\n${entries.map(packageSection).join('')}`;
}

function packageSection({ listed, facts }: PageEntry): string {
  const [[, first] = ['', ''], ...others] = facts;
  const rows = others.map(([label, value]) => `| ${label} | ${value.replaceAll('|', '\\|')} |\n`);
  const [[head] = ['']] = facts;
  const notices = noticesOf(listed).map(({ path, text }) => `${path}\n\n\n${fenced(text)}\n`);
  return `## ${listed.name}\n\n| ${head} | ${first} |\n|----|----|\n${rows.join('')}\n${notices.join('')}\n`;
}

/** A fence longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(3, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}\n`;
}
