import { TspmError } from '../errors.ts';
import { parsePythonRange, pythonRangeContains } from '../packaging/python-range.ts';
import { formatTarget, type Lockfile, type LockTarget } from './model.ts';

/** The environment a lock is installed for. */
export interface LockEnvironment {
  /** `X.Y.Z`. */
  readonly pythonVersion: string;
  /** As targets name platforms: `manylinux_2_36_x86_64`, `macos_14_0_arm64`, `windows_amd64`, … */
  readonly platform: string;
  readonly implementation: string;
  readonly freeThreaded: boolean;
}

/** What of an interpreter decides. */
export interface InterpreterFacts {
  readonly versionText: string;
  readonly implementation: string;
  readonly freeThreaded: boolean;
  readonly tagTarget: { readonly platforms: readonly string[] };
}

/** How a target relates to an environment; `higher`: made for a newer version of the same system. */
export type TargetFit = 'ok' | 'higher' | 'no';

/** The environment of an interpreter, its platform taken from the best platform tag. */
export function lockEnvironment(facts: InterpreterFacts): LockEnvironment {
  const best = facts.tagTarget.platforms.find((tag) => !tag.startsWith('linux_')) ?? facts.tagTarget.platforms[0] ?? '';
  return {
    pythonVersion: facts.versionText,
    platform: best
      .replace(/^macosx_/, 'macos_')
      .replace(/^win_/, 'windows_')
      .replace(/^win32$/, 'windows_x86'),
    implementation: facts.implementation.toLowerCase(),
    freeThreaded: facts.freeThreaded,
  };
}

/** Whether one target can be installed in an environment. */
export function targetFit(target: LockTarget, environment: LockEnvironment): TargetFit {
  if (!pythonRangeContains(parsePythonRange(target.requiresPython), environment.pythonVersion)) return 'no';
  if (target.implementation !== undefined) {
    if (target.implementation !== environment.implementation) return 'no';
    if ((target.gilDisabled ?? false) !== environment.freeThreaded) return 'no';
  }
  if (target.platform === undefined || target.platform === environment.platform) return 'ok';
  const wanted = readPlatform(target.platform);
  const have = readPlatform(environment.platform);
  if (wanted === undefined || have === undefined || wanted.family !== have.family || wanted.arch !== have.arch)
    return 'no';
  return wanted.version[0] < have.version[0] ||
    (wanted.version[0] === have.version[0] && wanted.version[1] <= have.version[1])
    ? 'ok'
    : 'higher';
}

/**
 * Checks that a lock was made for an environment; gives the warning to show, if any. Locks of the time before targets fit
 * every one. Throws TSPM_LOCK_TARGET when no target fits.
 */
export function requireTarget(lock: Lockfile, environment: LockEnvironment): string | undefined {
  if (lock.targets.length === 0) return undefined;
  const fits = lock.targets.map((target) => targetFit(target, environment));
  if (fits.includes('ok')) return undefined;
  const higher = lock.targets[fits.indexOf('higher')];
  const here = formatEnvironment(environment);
  if (higher !== undefined) return `Found lock target ${formatTarget(higher)}, installing for env ${here}`;
  const targets = lock.targets.map((target) => formatTarget(target));
  throw new TspmError(
    'TSPM_LOCK_TARGET',
    `None of the lock targets matches the current env ${here}: ${targets.join('; ')}`,
    {
      hint: `use another interpreter, or add this environment: ${appendCommand(lock.targets, environment)}`,
      context: { environment, targets: lock.targets },
    },
  );
}

/** The command that adds a target for an environment, as wide in each respect as the targets there are. */
function appendCommand(targets: readonly LockTarget[], environment: LockEnvironment): string {
  const [major = '', minor = ''] = environment.pythonVersion.split('.');
  const platform = targets.some((target) => target.platform !== undefined) ? ` --platform ${environment.platform}` : '';
  const implementation = targets.some((target) => target.implementation !== undefined)
    ? ` --implementation ${environment.implementation}`
    : '';
  return `tspm lock --append --python '==${major}.${minor}.*'${platform}${implementation}`;
}

function formatEnvironment(environment: LockEnvironment): string {
  return formatTarget({
    requiresPython: environment.pythonVersion,
    platform: environment.platform,
    implementation: environment.implementation,
    gilDisabled: environment.freeThreaded,
  });
}

interface Platform {
  readonly family: string;
  readonly version: readonly [number, number];
  readonly arch: string;
}

function readPlatform(text: string): Platform | undefined {
  const versioned = /^(manylinux|musllinux|macos)_(\d+)_(\d+)_(.+)$/.exec(text);
  if (versioned !== null) {
    const [, family = '', major = '0', minor = '0', arch = ''] = versioned;
    return { family, version: [Number(major), Number(minor)], arch };
  }
  const plain = /^(windows|linux)_(.+)$/.exec(text);
  return plain === null ? undefined : { family: plain[1] ?? '', version: [0, 0], arch: plain[2] ?? '' };
}
