import { TspmError } from '../errors.ts';
import { isTextList, requireObject, requireText, showInput } from './input.ts';
import { parsePlatformName } from './platform-name.ts';
import { cpythonAbis, type TagTarget } from './tags.ts';

/** An interpreter on a platform in plain words. */
export interface TargetDescription {
  /** `3.11` or `3.11.7`. */
  readonly python: string;
  /** A name of `lock --platform`: `linux`, `windows`, `macos`, `alpine`, `manylinux_2_28_x86_64` … */
  readonly platform: string;
  /** `cpython` when left out. */
  readonly implementation?: 'cpython' | 'pypy' | undefined;
  /** Whether it is a build of CPython without the GIL. */
  readonly freeThreaded?: boolean | undefined;
}

/** The ABI of every release of PyPy since 2021 (7.3). */
const PYPY_ABI = 'pp73';

/**
 * The target that a description, an interpreter (by its `tagTarget`) or another target stands for. Throws TSPM_INVALID_TARGET,
 * also for what is none of them.
 */
export function readTagTarget(source: TagTarget | TargetDescription | { readonly tagTarget: TagTarget }): TagTarget {
  requireObject(source, 'TSPM_INVALID_TARGET', 'target');
  if ('tagTarget' in source) return requireTagTarget(source.tagTarget);
  return 'platforms' in source ? requireTagTarget(source) : targetOf(source);
}

function targetOf({
  python,
  platform,
  implementation = 'cpython',
  freeThreaded = false,
}: TargetDescription): TagTarget {
  const version = languageVersion(python);
  const { platforms } = parsePlatformName(platform);
  switch (implementation) {
    case 'cpython':
      return { implementation, version, abis: cpythonAbis(version, { freeThreaded }), platforms, freeThreaded };
    case 'pypy':
      if (freeThreaded) throw invalid('only cpython has builds that are free-threaded');
      return { implementation, version, abis: [`pypy${version.join('')}_${PYPY_ABI}`], platforms, freeThreaded };
    default:
      throw invalid(`implementation ${showInput(implementation)} is unknown, expected cpython or pypy`);
  }
}

function languageVersion(python: string): readonly [number, number] {
  requireText(python, 'TSPM_INVALID_TARGET', 'python');
  const [, major, minor] = /^(\d)\.(\d{1,3})(?:\.\d+)?$/.exec(python) ?? [];
  if (major !== undefined && minor !== undefined) return [Number(major), Number(minor)];
  throw invalid('python must be a version such as "3.11"');
}

/** The target, whose lists stay short enough to be made for any of its numbers. */
function requireTagTarget(target: TagTarget): TagTarget {
  requireObject(target, 'TSPM_INVALID_TARGET', 'target');
  const { implementation, version, abis, platforms } = target;
  const isVersion = Array.isArray(version) && version.length === 2 && version.every(isSmall);
  if (typeof implementation === 'string' && isVersion && isTextList(abis) && isTextList(platforms)) return target;
  throw invalid('target must have an implementation, a version such as [3, 11], and lists of abis and platforms');
}

function isSmall(part: unknown): boolean {
  return Number.isInteger(part) && Number(part) >= 0 && Number(part) < 1000;
}

function invalid(message: string): TspmError {
  return new TspmError('TSPM_INVALID_TARGET', message);
}
