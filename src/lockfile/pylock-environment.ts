/** What a pylock.toml demands of the place it is installed in (PEP 751). */
import { TspmError } from '../errors.ts';
import { parseMarker, type MarkerEnvironment } from '../packaging/marker.ts';
import { parsePythonRange, pythonRangeContains } from '../packaging/python-range.ts';
import type { LockedPackage, Lockfile, PylockHead } from './model.ts';

/**
 * Checks `requires-python`, and `environments` unless the lock describes its targets, which say more. Throws TSPM_LOCK_TARGET.
 */
export function requirePylockEnvironment({ targets }: Lockfile, head: PylockHead, markers: MarkerEnvironment): void {
  const { requiresPython, environments } = head;
  const python = markers['python_full_version'] ?? '';
  if (!allows(requiresPython, python)) {
    throw wrongPlace(`the lock is for Python ${requiresPython}, this is Python ${python}`);
  }
  if (targets.length > 0 || environments === undefined) return;
  if (environments.some((text) => parseMarker(text).evaluate(markers))) return;
  throw wrongPlace(`the lock is for no environment like this one, only for ${environments.join('; ') || 'none'}`);
}

/** Checks the Pythons that the entries to install are for. Throws TSPM_LOCK_TARGET. */
export function requirePythonOfPackages(packages: readonly LockedPackage[], markers: MarkerEnvironment): void {
  const python = markers['python_full_version'] ?? '';
  const misfit = packages.find(({ requiresPython = '' }) => !allows(requiresPython, python));
  if (misfit === undefined) return;
  throw wrongPlace(`${misfit.name} in the lock is for Python ${misfit.requiresPython ?? ''}, this is Python ${python}`);
}

function allows(requiresPython: string, python: string): boolean {
  return pythonRangeContains(parsePythonRange(requiresPython), python);
}

function wrongPlace(message: string): TspmError {
  return new TspmError('TSPM_LOCK_TARGET', message, {
    hint: 'use another interpreter with `tspm use`, or lock for this one',
  });
}
