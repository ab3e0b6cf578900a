import { normalizeName } from '../packaging/name.ts';
import { comparePublic, tryParseVersion, versionsEqual, type Version } from '../packaging/version.ts';
import { archiveFault } from './fault.ts';
import { show } from './show.ts';

/** The wheel an archive must be, from its file name. */
export interface ExpectedWheel {
  readonly filename: string;
  /** Normalised. */
  readonly name: string;
  readonly version: Version;
}

/** The directories below `<name>-<version>.data` that installers know. */
const DATA_SCHEMES = new Set(['purelib', 'platlib', 'scripts', 'headers', 'data']);

/**
 * Checks where the files of a wheel lie (binary distribution format) and gives the name of its `.dist-info` directory: exactly one,
 * of the project and version of the file name; `.data` of the same wheel with known sub-directories only; no second distribution
 * smuggled in, nothing that Python would import by itself at every start. Throws TSPM_WHEEL_METADATA or TSPM_ARCHIVE_PATH.
 */
export function checkLayout(paths: readonly string[], wheel: ExpectedWheel): string {
  const distInfo = findDistInfo(paths, wheel);
  const dataDirectory = distInfo.replace(/\.dist-info$/u, '.data');
  for (const path of paths) {
    const problem = dataProblem(path, dataDirectory);
    if (problem !== undefined) {
      throw archiveFault('TSPM_WHEEL_METADATA', { archive: wheel.filename, member: path }, problem);
    }
    if (runsAtStart(path, dataDirectory)) {
      const startup = 'Python would run this file at every start, wheels must not bring one';
      throw archiveFault('TSPM_ARCHIVE_PATH', { archive: wheel.filename, member: path }, startup);
    }
  }
  return distInfo;
}

/**
 * Whether a version that a wheel states inside is the one of its file name. It may lack the local part, which builders of variant
 * wheels put into the file name alone.
 */
export function isSameVersion(stated: string, wheel: ExpectedWheel): boolean {
  const version = tryParseVersion(stated);
  if (version === undefined) return false;
  if (versionsEqual(version, wheel.version)) return true;
  return !stated.includes('+') && comparePublic(version, wheel.version) === 0;
}

function findDistInfo(paths: readonly string[], wheel: ExpectedWheel): string {
  const tops = new Set(paths.map((path) => path.split('/', 1)[0] ?? ''));
  const [distInfo, second] = [...tops].filter((top) => top.toLowerCase().endsWith('.dist-info'));
  if (distInfo === undefined) {
    throw archiveFault('TSPM_WHEEL_METADATA', { archive: wheel.filename }, 'the wheel has no .dist-info directory');
  }
  if (second !== undefined) {
    const problem = `a second .dist-info directory besides ${show(distInfo)}`;
    throw archiveFault('TSPM_WHEEL_METADATA', { archive: wheel.filename, member: second }, problem);
  }
  const stem = /^(.+)-([^-]+)\.dist-info$/u.exec(distInfo);
  const [, name = '', version = ''] = stem ?? [];
  if (normalizeName(name) !== wheel.name || !isSameVersion(version, wheel)) {
    const problem = 'the directory does not belong to the project and version in the file name';
    throw archiveFault('TSPM_WHEEL_METADATA', { archive: wheel.filename, member: distInfo }, problem);
  }
  return distInfo;
}

function dataProblem(path: string, dataDirectory: string): string | undefined {
  const [top = '', scheme = '', ...rest] = path.split('/');
  if (!top.toLowerCase().endsWith('.data') || scheme === '') return undefined;
  if (top !== dataDirectory) return `a .data directory of another wheel, expected ${dataDirectory}`;
  if (rest.length === 0 || !DATA_SCHEMES.has(scheme)) return 'not below purelib, platlib, scripts, headers or data';
  const inLibrary = scheme === 'purelib' || scheme === 'platlib';
  if (inLibrary && rest[0]?.toLowerCase().endsWith('.dist-info')) return 'a second .dist-info directory';
  return undefined;
}

/** Such a module would also take the place of the one that makes `__pypackages__` known to Python. */
function runsAtStart(path: string, dataDirectory: string): boolean {
  const [top = '', scheme = '', below] = path.split('/');
  const first = top === dataDirectory && (scheme === 'purelib' || scheme === 'platlib') ? below : top;
  return first !== undefined && /^(?:site|user)customize(?:\.|$)/iu.test(first);
}
