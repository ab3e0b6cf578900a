import { TspmError } from '../errors.ts';
import { pathSetProblem } from '../archive/path-policy.ts';
import { show } from '../archive/show.ts';
import { SHARED_LIBRARY, type WheelFile, type WheelManifest } from '../archive/wheel-manifest.ts';
import { BIN_NAME, CONTROL_NAME, SCHEME_ROOTS } from './environment.ts';
import { parentOf } from './files.ts';

/**
 * How a file comes into the project: `link` by the link method, and its folder may be linked as a whole; `library` in a real folder,
 * because the loader looks for others from the path it was opened with, and rather by a hard than by a symbolic link; `program` never as
 * a symbolic link, because it looks by its real path; `script` from `.data/scripts`, always executable; `own` as a real copy.
 */
export type Treatment = 'link' | 'library' | 'program' | 'script' | 'own';

/** One file of a wheel and its place. */
export interface PlacedFile {
  /** '/'-separated, relative to `base`. */
  readonly target: string;
  /** Path in the wheel. */
  readonly source: string;
  readonly size: number;
  /** sha256 in base64url without padding, of the file in the wheel. */
  readonly digest: string;
  readonly treatment: Treatment;
  readonly executable: boolean;
}

/** A wheel's files at their places, and the files of the wheel that are not installed. */
export interface PlacedWheel {
  readonly files: readonly PlacedFile[];
  /** Where files would lie that are left out: byte code, and what the installer writes itself. */
  readonly skipped: readonly string[];
  /** Some native file may need a library of another wheel. */
  readonly reaching: boolean;
  /** Some native program lies among the modules. */
  readonly programs: boolean;
}

/**
 * Maps a wheel's files to the layout (binary distribution format, "The .data directory"): root, purelib and platlib to lib, scripts to
 * bin, headers to include/<name>, data to base. `launchers` are command names generated from entry points, which win over scripts.
 * Throws TSPM_ARCHIVE_PATH for a place that no wheel may write, TSPM_WHEEL_METADATA for an unknown scheme.
 */
export function placeWheel(manifest: WheelManifest, launchers: readonly string[]): PlacedWheel {
  const files: PlacedFile[] = [];
  const skipped: string[] = [];
  const reaching: string[] = [];
  let programs = false;
  const taken = new Set(launchers.flatMap((name) => REPLACED_ENDINGS.map((ending) => `${name}${ending}`)));
  for (const file of manifest.files) {
    const { target, isScript } = targetOf(manifest, file.path);
    if (isReplaced(manifest, file.path) || (isScript && taken.has(target.slice(BIN_NAME.length + 1)))) {
      skipped.push(target);
      continue;
    }
    checkTarget(manifest, file.path, target);
    if (file.native && file.confined !== true) reaching.push(target);
    programs ||= file.native && target.startsWith('lib/') && !SHARED_LIBRARY.test(target);
    files.push({
      target,
      source: file.path,
      size: file.size,
      digest: file.sha256,
      treatment: isScript && !(file.native && file.executable) ? 'script' : treatmentOf(file, target),
      executable: file.executable || isScript,
    });
  }
  checkTogether(manifest, files, launchers);
  return { files: withRealModules(files, reaching), skipped, reaching: reaching.length > 0, programs };
}

/** A script so named is what older builders made of the entry point itself. */
const REPLACED_ENDINGS = ['', '.exe', '.pya', '-script.py', '-script.pyw'];

/** Names that differ in the archive may meet at their places: through `.data`, and with generated commands. */
function checkTogether(manifest: WheelManifest, files: readonly PlacedFile[], launchers: readonly string[]): void {
  if (launchers.length === 0 && files.every(({ source, target }) => target === `lib/${source}`)) return;
  const targets = [...files.map(({ target }) => target), ...launchers.map((name) => `${BIN_NAME}/${name}`)];
  const found = pathSetProblem(targets, []);
  if (found === undefined) return;
  throw new TspmError(
    'TSPM_ARCHIVE_PATH',
    `${manifest.filename}: ${show(found.path)}, a place of two files: ${found.problem}`,
    {
      context: { wheel: manifest.filename, target: found.path },
    },
  );
}

/**
 * Modules beside or above a native file that needs another wheel's may hand it a path made from their own real one
 * (`Path(__file__).resolve()`), so they are never symbolic links.
 */
function withRealModules(files: readonly PlacedFile[], reaching: readonly string[]): PlacedFile[] {
  const folders = new Set<string>();
  for (const target of reaching) {
    for (let folder = parentOf(target); folder !== '' && !folders.has(folder); folder = parentOf(folder))
      folders.add(folder);
  }
  return files.map((file) => {
    const isModule = file.treatment === 'link' && file.target.endsWith('.py');
    return isModule && folders.has(parentOf(file.target)) ? { ...file, treatment: 'program' } : file;
  });
}

interface Target {
  readonly target: string;
  readonly isScript: boolean;
}

function targetOf(manifest: WheelManifest, path: string): Target {
  const [top = '', scheme = ''] = path.split('/', 2);
  if (!top.endsWith('.data')) return { target: `lib/${path}`, isScript: false };
  const rest = path.slice(top.length + scheme.length + 2);
  switch (scheme) {
    case 'purelib':
    case 'platlib':
      return { target: `lib/${rest}`, isScript: false };
    case 'scripts':
      return { target: `${BIN_NAME}/${rest}`, isScript: true };
    case 'headers':
      return { target: `include/${manifest.filename.split('-', 1)[0] ?? manifest.name}/${rest}`, isScript: false };
    case 'data':
      return { target: rest, isScript: false };
    default:
      throw new TspmError('TSPM_WHEEL_METADATA', `${manifest.filename}: ${path} is in no scheme of the wheel format`, {
        context: { wheel: manifest.filename, path },
      });
  }
}

const WRITTEN_BY_INSTALLER: ReadonlySet<string> = new Set([
  'RECORD',
  'INSTALLER',
  'REQUESTED',
  'direct_url.json',
  'REFER_TO',
]);

function isReplaced(manifest: WheelManifest, path: string): boolean {
  if (path.startsWith(`${manifest.distInfo}/`)) {
    return WRITTEN_BY_INSTALLER.has(path.slice(manifest.distInfo.length + 1));
  }
  return path.includes('__pycache__') && path.split('/').includes('__pycache__');
}

const INTERPRETER = /^(?:python|pypy|graalpy)w?(?:\d+(?:\.\d+)*t?)?(?:\.exe)?$/iu;

function checkTarget(manifest: WheelManifest, source: string, target: string): void {
  const [top = '', second = '', third] = target.split('/', 3);
  const problem = targetProblem(target, { top, second, isBelowSecond: third !== undefined });
  const foreign = top === 'lib' && third !== undefined && /\.dist-info$/iu.test(second) && second !== manifest.distInfo;
  if (problem === undefined && !foreign) return;
  const reason = problem ?? 'which belongs to another distribution';
  throw new TspmError('TSPM_ARCHIVE_PATH', `${manifest.filename}: ${source} would be written to ${target}, ${reason}`, {
    context: { wheel: manifest.filename, path: source, target },
  });
}

interface TargetParts {
  readonly top: string;
  readonly second: string;
  readonly isBelowSecond: boolean;
}

function targetProblem(target: string, parts: TargetParts): string | undefined {
  if (target === '' || target.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    return 'which is no path below the packages folder';
  }
  if (parts.top.toLowerCase() === CONTROL_NAME) return "which is tspm's own folder";
  if (SCHEME_ROOTS.includes(target)) return 'which must be a folder';
  if (parts.top === 'lib' && /^(?:site|user)customize(?:\.|$)/iu.test(parts.second))
    return 'which runs at every start of Python';
  if (target.toLowerCase() === 'pyvenv.cfg') return 'which would turn the folder into a virtual environment';
  if (parts.top === BIN_NAME && !parts.isBelowSecond && INTERPRETER.test(parts.second)) {
    return 'which would shadow the Python interpreter';
  }
  return undefined;
}

const TOP_LEVEL_PTH = /^lib\/[^/]+\.pth$/iu;

function treatmentOf(file: WheelFile, target: string): Treatment {
  if (TOP_LEVEL_PTH.test(target)) return 'own';
  if (file.native && SHARED_LIBRARY.test(target)) return file.confined === true ? 'link' : 'library';
  return file.native || file.executable || target.startsWith(`${BIN_NAME}/`) ? 'program' : 'link';
}
