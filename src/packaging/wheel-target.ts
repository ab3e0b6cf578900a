import type { NamedPlatform } from './platform-name.ts';
import { intersectPython, isEmptyPython, parsePythonRange, type PythonRange } from './python-range.ts';
import { isStableAbi, shortImplementation, type Tag } from './tags.ts';

/** The environments a lock is made for; what is absent may be anything. */
export interface WheelTarget {
  readonly python: PythonRange;
  readonly platform?: NamedPlatform | undefined;
  /** `cpython`, `pypy`, …; with it, `freeThreaded` counts. */
  readonly implementation?: string | undefined;
  /** Whether CPython is a build without the GIL. */
  readonly freeThreaded?: boolean | undefined;
}

/**
 * Whether some environment of the target can load the wheel, by the same rules as `compatibleTags`: a `pyXY` tag serves X.Y and
 * every later X, the stable ABI the same on CPython, any other tag X.Y alone.
 */
export function wheelFits(tags: readonly Tag[], target: WheelTarget): boolean {
  return tags.some((tag) => {
    if (!fitsPlatform(tag, target) || !fitsImplementation(tag, target)) return false;
    const served = servedPythons(tag);
    return served !== undefined && !isEmptyPython(intersectPython(parsePythonRange(served), target.python));
  });
}

function fitsPlatform(tag: Tag, { platform }: WheelTarget): boolean {
  return platform === undefined || tag.platform === 'any' || platform.platforms.includes(tag.platform);
}

function fitsImplementation({ python, abi }: Tag, { implementation, freeThreaded = false }: WheelTarget): boolean {
  const [, short] = splitInterpreter(python) ?? [];
  if (implementation === undefined || short === 'py') return true;
  if (short !== shortImplementation(implementation)) return false;
  return short !== 'cp' || abi === 'none' || isFreeThreaded(abi) === freeThreaded;
}

function isFreeThreaded(abi: string): boolean {
  return abi === 'abi3t' || /^cp\d+[a-z]*t/.test(abi);
}

/** The Python versions a tag serves as a specifier set; undefined for a tag that no interpreter lists. */
function servedPythons({ python, abi, platform }: Tag): string | undefined {
  const [, implementation, major, minor] = splitInterpreter(python) ?? [];
  if (implementation === undefined || major === undefined || minor === undefined) return undefined;
  if (platform === 'any' && abi !== 'none') return undefined;
  const wholeMajor = `==${major}.*`;
  const exact = `==${major}.${minor}.*`;
  if (implementation === 'py') {
    if (abi !== 'none') return undefined;
    return minor === '' ? wholeMajor : `>=${major}.${minor},${wholeMajor}`;
  }
  if (platform === 'any' && implementation !== 'cp') {
    return implementation === 'pp' && minor === '' ? wholeMajor : undefined;
  }
  if (minor === '') return undefined;
  return isStableAbi(abi) ? stableAbiPythons(implementation, major, minor) : exact;
}

function stableAbiPythons(implementation: string, major: string, minor: string): string | undefined {
  return implementation === 'cp' ? `>=${major}.${minor},==${major}.*` : undefined;
}

/** `cp311` as implementation, major and minor, which may be empty. */
function splitInterpreter(python: string): RegExpExecArray | undefined {
  return /^([a-z_]+?)(\d)(\d*)$/.exec(python) ?? undefined;
}
