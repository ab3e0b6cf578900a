/**
 * The one judgement of names inside archives, manifests and RECORD: the verdict is the same on every operating system, so that
 * a wheel accepted on Linux never clashes or escapes elsewhere.
 */

/** Why a path is refused. */
export interface PathProblem {
  readonly code: 'TSPM_ARCHIVE' | 'TSPM_ARCHIVE_PATH' | 'TSPM_ARCHIVE_LIMIT';
  readonly path: string;
  readonly problem: string;
}

const LONGEST_COMPONENT = 255;
const LONGEST_PATH = 1024;
const DEEPEST = 64;

/** What is wrong with one relative `/`-separated file path, or `undefined`. */
export function pathProblem(path: string): PathProblem | undefined {
  // Nearly all: one look in the place of twenty. So short that it is neither too long nor too deep.
  return path.length <= 2 * DEEPEST && USUAL.test(path) ? undefined : problemOf(path);
}

function problemOf(path: string): PathProblem | undefined {
  const refuse = (problem: string): PathProblem => ({ code: 'TSPM_ARCHIVE_PATH', path, problem });
  if (path === '') return refuse('the name is empty');
  if (path.startsWith('/')) return refuse('the path is absolute');
  if (path.includes('\\')) return refuse('the name has a backslash');
  if (UNPRINTABLE.test(path)) return refuse('the name has a control or invisible character');
  if (NOT_PORTABLE.test(path)) return refuse('the name has one of the characters : * ? " < > |');
  if (Buffer.byteLength(path) > LONGEST_PATH) return refuse(`the path is longer than ${LONGEST_PATH} bytes`);
  const components = path.split('/');
  if (components.length > DEEPEST) {
    return { code: 'TSPM_ARCHIVE_LIMIT', path, problem: `the path is more than ${DEEPEST} folders deep` };
  }
  const problem = components.map(componentProblem).find((found) => found !== undefined);
  return problem === undefined ? undefined : refuse(problem);
}

/**
 * What is wrong with a set of paths: each must pass {@link pathProblem}, none may occur twice, equal another one after NFKC and
 * case folding, or name a file that another one uses as a folder. `folders` are paths without the final slash.
 */
export function pathSetProblem(files: readonly string[], folders: readonly string[]): PathProblem | undefined {
  for (const path of [...files, ...folders]) {
    const problem = pathProblem(path);
    if (problem !== undefined) return problem;
  }
  return duplicateProblem(files) ?? duplicateProblem(folders) ?? folderProblem(files, folders);
}

/** The key under which names that some file system holds for equal are equal: NFKC and full case folding. */
export function foldPath(path: string): string {
  if (ASCII.test(path)) return path.toLowerCase();
  // The way over upper case makes "ß" and "ss" meet, which lower case alone does not.
  return path.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
}

const ASCII = /^[\0-\x7f]*$/u;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const NOT_PORTABLE = /[:*?"<>|]/u;
const WORDS = String.raw`[\w+-]+(?:\.+[\w+-]+)*`;
const COMPONENT = String.raw`(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:[./]|$))\.*${WORDS}`;
/** Components of ASCII letters, digits, `_`, `-`, `+` and dots before them, none of which may be the name of a device. */
const USUAL = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`, 'i');
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:\.|$)/iu;

function componentProblem(component: string): string | undefined {
  if (component === '') return 'the path has an empty component';
  if (component === '.' || component === '..') return `the path has a "${component}" component`;
  if (component.endsWith('.') || component.endsWith(' ')) return 'a component ends with a dot or a blank';
  if (WINDOWS_DEVICE.test(component)) return 'a component is the name of a Windows device';
  if (Buffer.byteLength(component) > LONGEST_COMPONENT) return `a component is longer than ${LONGEST_COMPONENT} bytes`;
  return undefined;
}

function duplicateProblem(paths: readonly string[]): PathProblem | undefined {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const key = foldPath(path);
    const earlier = seen.get(key);
    if (earlier === path) return { code: 'TSPM_ARCHIVE', path, problem: 'the name occurs twice' };
    if (earlier !== undefined) {
      const problem = 'the name differs from another one only in case or Unicode form';
      return { code: 'TSPM_ARCHIVE_PATH', path, problem };
    }
    seen.set(key, path);
  }
  return undefined;
}

function folderProblem(files: readonly string[], folders: readonly string[]): PathProblem | undefined {
  const used = new Set(folders.map(foldPath));
  for (const path of [...files, ...folders]) addParents(foldPath(path), used);
  const clash = files.find((path) => used.has(foldPath(path)));
  if (clash === undefined) return undefined;
  return { code: 'TSPM_ARCHIVE', path: clash, problem: 'the name is used both for a file and for a folder' };
}

function addParents(path: string, into: Set<string>): void {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const parent = path.slice(0, at);
    if (into.has(parent)) return;
    into.add(parent);
  }
}
