/** `tspm verify`: from the lock over the cache and RECORD to every file on disk. Reads only. */
import type { Problem } from '../installer/verify/problem.ts';
import { verifyEnvironment, type VerifiedDistribution } from '../installer/verify/environment.ts';
import type { WantedDistribution } from '../installer/wanted.ts';
import type { Lockfile } from '../lockfile/model.ts';
import { normalizeName } from '../packaging/name.ts';
import { compareText } from '../util/collections.ts';
import { selectWanted } from './selection.ts';
import type { Session } from './session.ts';
import { NEVER_REMOVED } from './sync.ts';

/** A problem with the distribution it belongs to; undefined for files that belong to none. */
export interface Finding extends Problem {
  readonly package: string | undefined;
}

/** A distribution that was looked at. */
export interface VerifiedPackage {
  readonly name: string;
  readonly version: string;
  readonly files: number;
  /** What its files were compared with in the end: the wheel's manifest in the cache, what tspm wrote down, or RECORD alone. */
  readonly against: 'cache' | 'state' | 'record';
}

/** What {@link verifyProject} found; both lists are sorted. */
export interface Verification {
  readonly packages: readonly VerifiedPackage[];
  readonly findings: readonly Finding[];
}

/** Compares what is installed with the lock for these groups, byte by byte. Throws what selecting from a lock throws, and TSPM_IO. */
export async function verifyProject(
  session: Session,
  lock: Lockfile,
  groups: readonly string[],
): Promise<Verification> {
  const { pyproject, settings } = session;
  const interpreter = await session.interpreter();
  const selected = selectWanted(lock, { pyproject, env: settings.env, interpreter, groups, editable: true });
  const { base } = await session.packages();
  const { distributions, strays } = await verifyEnvironment(base, session.store, settings.signal);
  const own = pyproject.name === undefined ? [] : [normalizeName(pyproject.name)];
  const expected = new Set([...lock.packages.map(({ name }) => name), ...NEVER_REMOVED, ...own]);
  const findings: Finding[] = strays.map((problem) => ({ ...problem, package: undefined }));
  for (const found of distributions) {
    const { key, name, version } = found.installed;
    const outside = expected.has(key) ? againstLock(found, selected.get(key)?.wanted) : [NOT_LOCKED];
    for (const problem of [...outside, ...found.problems]) findings.push({ ...problem, package: `${name} ${version}` });
  }
  const installed = new Set(distributions.map((found) => found.installed.key));
  for (const { wanted } of selected.values()) {
    if (!installed.has(wanted.key)) findings.push({ ...NOT_INSTALLED, package: `${wanted.name} ${wanted.version}` });
  }
  return { packages: distributions.map(describe), findings: findings.sort(byPlace) };
}

const NOT_LOCKED: Problem = { kind: 'extra', path: undefined, detail: 'it is not in the lock' };
const NOT_INSTALLED: Problem = { kind: 'missing', path: undefined, detail: 'it is locked, but not installed' };

function againstLock({ installed, state }: VerifiedDistribution, wanted: WantedDistribution | undefined): Problem[] {
  const foreign = (detail: string): Problem[] => [{ kind: 'foreign', path: undefined, detail }];
  if (wanted === undefined) return [];
  if (state === undefined) return foreign('tspm did not install it');
  if (wanted.sha256s.length > 0 && !wanted.sha256s.includes(state.sha256)) {
    return foreign(`it came from a wheel that is not in the lock, sha256 ${state.sha256}`);
  }
  return installed.version === state.version ? [] : foreign(`${state.version} was installed`);
}

function describe({ installed, state, byManifest, files }: VerifiedDistribution): VerifiedPackage {
  const { name, version } = installed;
  return { name, version, files, against: byManifest ? 'cache' : state === undefined ? 'record' : 'state' };
}

/** Files of no package come last. */
function byPlace(a: Finding, b: Finding): number {
  const [owner, other] = [a, b].map((finding) => finding.package ?? '\uFFFF');
  return compareText(owner ?? '', other ?? '') || compareText(a.path ?? '', b.path ?? '');
}
