/** What a lock is made for: the targets of its `[[metadata.targets]]` as the resolver understands them. */
import { TspmError } from '../errors.ts';
import { formatTarget, IMPLEMENTATIONS, type Lockfile, type LockTarget } from '../lockfile/model.ts';
import { markerAnd, markerSetOfPython, markerSetOfValues, type MarkerSet } from '../packaging/marker-set.ts';
import { parsePlatformName } from '../packaging/platform-name.ts';
import {
  formatTargetPython,
  intersectPython,
  isEmptyPython,
  parsePythonRange,
  parsePythonRangeStrict,
  type PythonRange,
} from '../packaging/python-range.ts';
import type { ResolutionTarget } from '../resolver/model.ts';
import type { Session } from './session.ts';

/** One target to lock. */
export interface LockGoal {
  /** As the lock records it. */
  readonly target: LockTarget;
  readonly resolution: ResolutionTarget;
  /** What the target fixes beside Python. */
  readonly assumed: MarkerSet;
}

/** A target as the options `--python`, `--platform` and `--implementation` name it; what is absent may be anything. */
export interface TargetWish {
  readonly python?: string | undefined;
  readonly platform?: string | undefined;
  readonly implementation?: string | undefined;
}

/**
 * The target that options name, within the project's Python range. Throws TSPM_INVALID_SPECIFIER, TSPM_INVALID_TARGET, and
 * TSPM_USAGE when no interpreter is left.
 */
export function wishedTarget({ python, platform, implementation }: TargetWish, requiresPython: string): LockTarget {
  const text = python === undefined ? requiresPython : /^\d+(?:\.\d+)*$/.test(python) ? `>=${python}` : python;
  const wanted = python === undefined ? parsePythonRange(text) : parsePythonRangeStrict(text);
  if (implementation !== undefined && !IMPLEMENTATIONS.has(implementation)) {
    throw new TspmError(
      'TSPM_INVALID_TARGET',
      `Unsupported implementation: ${implementation}, expected cpython, pypy, or pyston`,
    );
  }
  return {
    requiresPython: formatTargetPython(withinProject(wanted, requiresPython)),
    ...(platform === undefined ? {} : { platform: parsePlatformName(platform).name }),
    ...(implementation === undefined ? {} : { implementation, gilDisabled: false }),
  };
}

/**
 * The targets to lock: the one wished for, else those of the old lock, which stay until the lock is made anew, else the project's whole
 * Python range. Throws TSPM_USAGE when a target leaves no interpreter of the project, TSPM_INVALID_TARGET for an unknown one.
 */
export function lockGoals(session: Session, old: Lockfile | undefined, wish: LockTarget | undefined): LockGoal[] {
  const { requiresPython } = session.pyproject;
  const whole = formatTargetPython(parsePythonRange(requiresPython));
  if (wish !== undefined) return [goalOf(wish)];
  const targets = old?.targets ?? [];
  if (targets.length === 0) return [goalOf({ requiresPython: whole })];
  const goals = targets.map((target) => {
    const left = withinProject(parsePythonRange(target.requiresPython), requiresPython);
    return goalOf(isSame(left, target) ? target : { ...target, requiresPython: formatTargetPython(left) });
  });
  const [first, ...others] = goals.map(({ target }) => target);
  if (first !== undefined && others.length === 0 && first.requiresPython !== whole) {
    session.note(
      'info',
      `the lock stays limited to Python ${first.requiresPython}, requires-python says ${whole || 'any'}; delete the lock file to widen it`,
    );
  }
  return goals;
}

/** A target as the resolver understands it. Throws TSPM_INVALID_TARGET for a platform nobody knows. */
export function goalOf(target: LockTarget): LockGoal {
  const python = parsePythonRange(target.requiresPython);
  const platform = target.platform === undefined ? undefined : parsePlatformName(target.platform);
  const { implementation } = target;
  const display = IMPLEMENTATIONS.get(implementation ?? '');
  const assumed = markerAnd(
    markerSetOfValues(platform?.markers ?? {}),
    markerSetOfValues({
      ...(implementation === undefined ? {} : { implementation_name: implementation }),
      ...(display === undefined ? {} : { platform_python_implementation: display }),
    }),
  );
  const environment = markerAnd(markerSetOfPython(python), assumed);
  const freeThreaded = target.gilDisabled;
  return { target, assumed, resolution: { python, platform, implementation, freeThreaded, environment } };
}

/** Whether two targets are the same. */
export function sameTarget(a: LockTarget, b: LockTarget): boolean {
  return formatTarget(a) === formatTarget(b);
}

function withinProject(python: PythonRange, requiresPython: string): PythonRange {
  const left = intersectPython(python, parsePythonRange(requiresPython));
  if (!isEmptyPython(left)) return left;
  throw new TspmError(
    'TSPM_USAGE',
    `The target requires Python ${formatTargetPython(python)} which is not compatible with the project's requires-python ${requiresPython}`,
    { hint: 'choose interpreters within requires-python, or delete the lock file to lock for all of them' },
  );
}

function isSame(left: PythonRange, target: LockTarget): boolean {
  return formatTargetPython(left) === formatTargetPython(parsePythonRange(target.requiresPython));
}
