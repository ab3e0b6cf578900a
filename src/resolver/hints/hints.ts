/** What the user could change about a request without solution. Nothing is guessed: changes are tried out before they are told. */
import { markerAnd, markerSetOfPython } from '../../packaging/marker-set.ts';
import {
  type PythonRange,
  formatTargetPython,
  intersectPython,
  isEmptyPython,
  parsePythonRange,
  pythonRangeIsSubset,
  samePython,
  withoutFourCap,
} from '../../packaging/python-range.ts';
import type { Hint, ResolutionRequest } from '../model.ts';
import { type Part, type Reason, reasonKey } from '../provider/reason.ts';
import type { Universe } from '../provider/universe.ts';
import { type Change, changesFor } from './changes.ts';
import type { RememberingServices } from './memory.ts';
import { type Trial, Trials } from './trials.ts';

/** A failed resolution. */
export interface Failure {
  readonly request: ResolutionRequest;
  /** The facts its proof rests on. */
  readonly facts: readonly Part[];
  readonly universe: Universe;
}

/** More hints than this are not told. */
const TOLD = 6;

/** At most so many ranges of interpreters are tried one inside the other. */
const NARROWINGS = 4;

/**
 * The changes that lead to a solution, or, where no single one does, those after which nothing of this proof stands in the way any more.
 * See docs/resolver.md, "Hints".
 */
export async function hintsFor({ request, facts, universe }: Failure, services: RememberingServices): Promise<Hint[]> {
  const parts = facts.flatMap(flatten);
  const reasons = parts.map(({ reason }) => reason);
  const trials = new Trials(services);
  const tried = [
    ...(await narrowPython(reasons, request, trials)),
    ...(await tryAll(parts, { request, universe, trials })),
  ];
  const solving = tried.filter(({ solves }) => solves);
  const told = solving.length > 0 ? solving : tried;
  // What the project asks for comes last: everything else changes less.
  const isBound = ({ kind }: Hint): boolean => kind === 'bound';
  return [...reasons.flatMap(certain), ...told.filter((hint) => !isBound(hint)), ...told.filter(isBound)].slice(
    0,
    TOLD,
  );
}

function flatten(part: Part): Part[] {
  return part.reason.kind === 'together' ? part.reason.parts.flatMap(flatten) : [part];
}

/** What needs no trial: the reason itself says what would have to be different. */
function certain(reason: Reason): Hint[] {
  if (reason.kind === 'reference') {
    const text = `add ${reason.quote.key} @ ${reason.url} to the project's own dependencies`;
    return [{ kind: 'reference', package: reason.quote.key, solves: false, text }];
  }
  if (reason.kind === 'two-sources') {
    const text = `decide on one source of ${reason.quote.key}`;
    return [{ kind: 'reference', package: reason.quote.key, solves: false, text }];
  }
  return [];
}

async function tryAll(
  parts: readonly Part[],
  {
    request,
    universe,
    trials,
  }: { readonly request: ResolutionRequest; readonly universe: Universe; readonly trials: Trials },
): Promise<Hint[]> {
  const before = new Set(parts.map(({ reason }) => reasonKey(reason)));
  const hints: Hint[] = [];
  for (const change of changesFor(parts, request, universe)) {
    // One after the other: what a trial may still look at depends on the ones before.
    const hint = hintOf(change, await trials.of(change.request), before);
    if (hint !== undefined) hints.push(hint);
  }
  return hints;
}

function hintOf(change: Change, trial: Trial, before: ReadonlySet<string>): Hint | undefined {
  const { kind, package: key } = change;
  if (trial.kind === 'solved') {
    return { kind, package: key, solves: true, text: change.text(trial.versions.get(key)) };
  }
  if (trial.kind === 'unknown' || trial.reasons.some((reason) => before.has(reasonKey(reason)))) return undefined;
  return {
    kind,
    package: key,
    solves: false,
    text: `${change.text(undefined)}, though something else is in the way then`,
  };
}

type PythonReason = Reason & { readonly kind: 'python' };

/** The widest range of interpreters for which there is a solution: what the versions ruled out ask for, one after the other. */
async function narrowPython(reasons: readonly Reason[], request: ResolutionRequest, trials: Trials): Promise<Hint[]> {
  let range = request.target.python;
  let causes = reasons.filter((reason) => reason.kind === 'python');
  for (let round = 0; round < NARROWINGS; round++) {
    const options = narrower(range, causes);
    const results: (readonly [PythonRange, Trial])[] = [];
    for (const { requires, narrowed } of options) {
      const trial = await trials.of(withPython(request, narrowed));
      if (trial.kind === 'solved') return [pythonHint(narrowed, requires.key, trial.versions)];
      results.push([narrowed, trial]);
    }
    const [widest, trial] = results[0] ?? [];
    if (widest === undefined || trial?.kind !== 'unsolvable') return [];
    range = widest;
    causes = trial.reasons.filter((reason) => reason.kind === 'python');
  }
  return [];
}

interface Narrowing {
  readonly requires: PythonReason;
  readonly narrowed: PythonRange;
}

/** What is left of a range under each of the requirements; the widest first, each range once. */
function narrower(range: PythonRange, causes: readonly PythonReason[]): Narrowing[] {
  const options: Narrowing[] = [];
  for (const requires of causes) {
    const narrowed = intersectPython(range, withoutFourCap(parsePythonRange(requires.requires)));
    const isKnown = options.some((one) => samePython(one.narrowed, narrowed));
    if (!isKnown && !isEmptyPython(narrowed) && !samePython(narrowed, range)) options.push({ requires, narrowed });
  }
  const wider = ({ narrowed }: Narrowing): number =>
    options.filter((one) => pythonRangeIsSubset(narrowed, one.narrowed)).length;
  return options.sort((a, b) => wider(a) - wider(b)).slice(0, NARROWINGS);
}

function withPython(request: ResolutionRequest, python: PythonRange): ResolutionRequest {
  const { environment } = request.target;
  return {
    ...request,
    target: { ...request.target, python, environment: markerAnd(environment, markerSetOfPython(python)) },
  };
}

function pythonHint(range: PythonRange, key: string, versions: ReadonlyMap<string, string>): Hint {
  const version = versions.get(key);
  const chosen = version === undefined ? '' : ` (${key} ${version} would be chosen)`;
  const text = `narrow requires-python to "${formatTargetPython(range)}"${chosen}`;
  return { kind: 'python', package: key, solves: true, text };
}
