/** The file by which the shell front makes a packages folder again (src/front/repeat.py reads it; docs/run.md). */
import { basename, dirname, join } from 'node:path';

import { recordPaths } from '../packaging/record.ts';
import type { NotedFile, TreeNotes } from './tree-notes.ts';

/** In a text, where the root of the project and the id of the machine's start come in. */
export const ROOT_GAP = '@ROOT@';
export const BOOT_GAP = '@BOOT@';

/** What a recipe says beside the tree. */
export interface RecipeFacts {
  /** Names and values. */
  readonly facts: readonly (readonly [name: string, ...values: readonly string[]])[];
  /** Files of tspm's own, with gaps, by name. */
  readonly control: ReadonlyMap<string, string>;
  /** What is said on standard error and on standard output. */
  readonly errors: string;
  readonly output: string;
}

/** Names in one line: some milliseconds of work. */
const MOST_NAMES = 128;

/**
 * The bytes of a recipe: lines of fields with NUL between them, an empty line, then the contents that the lines tell the lengths of, in
 * their order. Undefined when a path has a character that lines cannot hold.
 */
export function formatRecipe(notes: TreeNotes, { facts, control, errors, output }: RecipeFacts): Buffer | undefined {
  const contents: Uint8Array[] = [];
  const length = (content: string | Uint8Array): string => {
    const bytes = Buffer.from(content);
    contents.push(bytes);
    return String(bytes.length);
  };
  const lines: (readonly string[])[] = [
    ...facts.map((fact) => ['fact', ...fact]),
    ...notes.entries.map(({ directory, keepsByteCode }) => ['entry', keepsByteCode ? 'yes' : 'no', directory]),
    ...folderLines(notes),
    ...[...control].map(([name, text]) => ['file', `.tspm/${name}`, '', '', 'gaps', length(text)]),
  ];
  for (const [path, file] of notes.files) {
    if (file.kind === 'copy') lines.push(['copy', file.source, path, file.executable ? '755' : '644']);
    if (file.kind !== 'content') continue;
    const { content, executable, seconds = '' } = file;
    lines.push(['file', path, executable ? '755' : '', String(seconds), '', length(content)]);
  }
  lines.push(...linkLines(notes));
  lines.push(['fact', 'errors', length(errors)], ['fact', 'output', length(output)]);
  const texts = lines.map((line) => line.join('\0'));
  const isPlain = lines.every((line) => line.every((field) => !/[\n\0]/u.test(field)));
  return isPlain ? Buffer.concat([Buffer.from(`${texts.join('\n')}\n\n`), ...contents]) : undefined;
}

function folderLines(notes: TreeNotes): string[][] {
  const folders = new Set(['.tspm', 'lib', 'bin', 'include', ...notes.allFolders()]);
  for (const { tree } of notes.trees) {
    for (const path of recordPaths(tree.rows.text)) addWithParents(folders, dirname(`lib/${path}`));
  }
  return [...folders].sort().map((folder) => ['folder', folder]);
}

function addWithParents(folders: Set<string>, folder: string): void {
  if (folder === '.' || folders.has(folder)) return;
  addWithParents(folders, dirname(folder));
  folders.add(folder);
}

/** Links from one folder to one folder share a line. */
function linkLines(notes: TreeNotes): string[][] {
  const lines = new Map<string, string[]>();
  const finished: string[][] = [];
  function add(kind: 'symlink' | 'hardlink', source: string, target: string): void {
    const isAlike = basename(source) === basename(target);
    const [from, to, name] = isAlike
      ? [`${dirname(source)}/`, `${dirname(target)}/`, basename(target)]
      : [source, target, ''];
    const key = [kind, from, to].join('\0');
    let line = lines.get(key);
    if (line === undefined) lines.set(key, (line = [kind, from, to]));
    line.push(name);
    if (line.length < MOST_NAMES + 3) return;
    finished.push(line);
    lines.delete(key);
  }
  const links = [...notes.files].filter(
    (item): item is [string, Extract<NotedFile, { kind: 'symlink' | 'hardlink' }>] => isLink(item[1]),
  );
  for (const [target, { kind, source }] of links) add(kind, source, target);
  for (const { directory, tree } of notes.trees) {
    for (const path of recordPaths(tree.rows.text)) add('hardlink', join(directory, path), `lib/${path}`);
  }
  return [...finished, ...lines.values()];
}

function isLink({ kind }: NotedFile): boolean {
  return kind === 'symlink' || kind === 'hardlink';
}
