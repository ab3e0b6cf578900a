/** The file by which the shell front makes a packages folder again (src/front/repeat.py reads it; docs/run.md). */
import { recordPaths } from '../packaging/record.ts';
import { parentOf } from './files.ts';
import type { TreeNotes } from './tree-notes.ts';

/** In a text, where the root of the project and the id of the machine's start come in. */
export const ROOT_GAP = '@ROOT@';
export const BOOT_GAP = '@BOOT@';

/** What a recipe says beside the tree. */
export interface RecipeFacts {
  /** Names and values. */
  readonly facts: readonly (readonly [name: string, ...values: readonly string[]])[];
  /** The entries of the store that it is made from. */
  readonly entries: readonly (readonly string[])[];
  /** Files of tspm's own, with gaps, by name. */
  readonly control: ReadonlyMap<string, string>;
  /** What is said on standard error and on standard output. */
  readonly errors: string;
  readonly output: string;
}

const MOST_NAMES = 128;

/**
 * The bytes of a recipe: lines of fields with NUL between them, an empty line, then the contents that the lines tell the lengths of, in
 * their order. Undefined when a path has a character that lines cannot hold.
 */
export function formatRecipe(
  notes: TreeNotes,
  { facts, entries, control, errors, output }: RecipeFacts,
): Buffer | undefined {
  if (!areFields([...facts.flat(), ...entries.flat()])) return undefined;
  const trees = treeFolders(notes);
  const contents: Uint8Array[] = [];
  const length = (content: string | Uint8Array): string => {
    const bytes = Buffer.from(content);
    contents.push(bytes);
    return String(bytes.length);
  };
  const lines: (readonly string[])[] = [
    ...facts.map((fact) => ['fact', ...fact]),
    ...entries.map((entry) => ['entry', ...entry]),
    ...folderLines(notes, trees),
    ...[...control].map(([name, text]) => ['file', `../${name}`, '', '', 'gaps', length(text)]),
  ];
  for (const [path, file] of notes.files) {
    if (file.kind === 'copy') lines.push(['copy', file.source, path, file.executable ? '755' : '644']);
    if (file.kind !== 'content') continue;
    const { content, executable, seconds = '' } = file;
    lines.push(['file', path, executable ? '755' : '', String(seconds), '', length(content)]);
  }
  lines.push(...linkLines(notes, trees));
  lines.push(['fact', 'errors', length(errors)], ['fact', 'output', length(output)]);
  const texts = lines.map((line) => line.join('\0'));
  return Buffer.concat([Buffer.from(`${texts.join('\n')}\n\n`), ...contents]);
}

/** Whether lines can hold what comes from outside of wheels, whose paths have no control characters. */
function areFields(values: readonly string[]): boolean {
  return values.every((value) => !/[\n\0]/u.test(value));
}

function folderLines(notes: TreeNotes, trees: readonly TreeFolder[]): string[][] {
  const folders = new Set(['lib', 'bin', 'include', ...notes.allFolders()]);
  for (const { to } of trees) addWithParents(folders, to);
  return [...folders].sort().map((folder) => ['folder', folder]);
}

function addWithParents(folders: Set<string>, folder: string): void {
  if (folder === '' || folders.has(folder)) return;
  addWithParents(folders, parentOf(folder));
  folders.add(folder);
}

/** One folder of a plain tree. */
interface TreeFolder {
  readonly from: string;
  readonly to: string;
  readonly names: string[];
}

/** Rows are sorted by path, so most are in the folder of the one before. */
function treeFolders({ trees }: TreeNotes): TreeFolder[] {
  return trees.flatMap(({ directory, tree }) => {
    const found = new Map<string, TreeFolder>();
    let [inside, names]: [string, string[]] = ['', []];
    for (const path of recordPaths(tree.rows.text)) {
      const cut = path.lastIndexOf('/') + 1;
      if (cut !== inside.length || !path.startsWith(inside)) {
        inside = path.slice(0, cut);
        const folder = inside.slice(0, -1);
        const seen = found.get(folder) ?? { from: `${directory}/${folder}`, to: `lib/${folder}`, names: [] };
        found.set(folder, seen);
        ({ names } = seen);
      }
      names.push(path.slice(cut));
    }
    return [...found.values()];
  });
}

/** Links from one folder to one folder share a line. */
function linkLines(notes: TreeNotes, trees: readonly TreeFolder[]): string[][] {
  const lines = new Map<string, string[]>();
  for (const [target, file] of notes.files) {
    if (file.kind === 'symlink' || file.kind === 'hardlink') addLink(lines, file.kind, file.source, target);
  }
  const ofTrees = trees.map(({ from, to, names }) => ['hardlink', `${from}/`, `${to}/`, ...names]);
  return [...lines.values(), ...ofTrees].flatMap((line) => inParts(line));
}

function addLink(lines: Map<string, string[]>, kind: string, source: string, target: string): void {
  const [from, to] = [source.lastIndexOf('/') + 1, target.lastIndexOf('/') + 1];
  const name = target.slice(to);
  const isAlike = source.endsWith(name) && source.length - from === name.length;
  const start = isAlike ? [kind, source.slice(0, from), target.slice(0, to)] : [kind, source, target];
  const key = start.join('\0');
  const line = lines.get(key);
  if (line === undefined) lines.set(key, [...start, isAlike ? name : '']);
  else line.push(name);
}

/** So many names in one line take some milliseconds. */
function inParts([kind = '', from = '', to = '', ...names]: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let at = 0; at < names.length; at += MOST_NAMES)
    parts.push([kind, from, to, ...names.slice(at, at + MOST_NAMES)]);
  return parts;
}
