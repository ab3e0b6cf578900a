import { TspmError } from '../errors.ts';
import { routeSources } from '../index/source.ts';
import { formatTarget, type LockTarget } from '../lockfile/model.ts';
import { formatMarkerSet, markerGiven, type MarkerSet } from '../packaging/marker-set.ts';
import type { FailedResolution } from '../resolver/model.ts';
import { nearestProject } from './nearest-project.ts';
import type { Session } from './session.ts';

/** What a failed resolution was for, where the lock is for more than that. */
export interface FailedScope {
  /** One of several targets. */
  readonly target: LockTarget | undefined;
  /** The environments of the target that have no solution; the others may have one. */
  readonly part: { readonly environment: MarkerSet; readonly within: MarkerSet } | undefined;
}

/** More packages than this are not named in the first line. */
const NAMED = 3;

/**
 * The error for a resolution without solution: in one line what could not be resolved; proof and hints as lines in
 * `context.explanation` and as data. A name that no source has is told at once, with the nearest one that exists.
 */
export async function resolutionFailed(
  session: Session,
  { proof, hints: findHints }: FailedResolution,
  scope: FailedScope,
): Promise<TspmError> {
  const hints = await findHints();
  const place = placeOf(scope);
  const [first = '', ...rest] = proof.text.split('\n');
  const context = {
    explanation: [
      place === undefined ? first : `For ${place}: ${first}`,
      ...rest,
      ...hints.map(({ text }) => `Hint: ${text}`),
    ],
    target: place,
    proof: proof.graph,
    hints,
    missing: proof.missing,
  };
  const failure = `Unable to find a resolution for ${enumerate(proof.about)}`;
  const [missing] = proof.missing;
  if (missing === undefined) return new TspmError('TSPM_RESOLUTION_FAILED', failure, { context });
  const nearest = await nearestProject(session, missing);
  const hint = nearest === undefined ? whereToLook(session, missing) : `did you mean ${nearest}?`;
  return new TspmError('TSPM_PACKAGE_NOT_FOUND', `${failure}: there is no package ${missing}`, {
    hint,
    context: { ...context, nearest },
  });
}

/** Which of the lock's environments the proof is about; undefined for all of them. */
function placeOf({ target, part }: FailedScope): string | undefined {
  const places = [
    ...(target === undefined ? [] : [formatTarget(target)]),
    ...(part === undefined ? [] : [formatMarkerSet(markerGiven(part.environment, part.within)) ?? 'some environments']),
  ];
  return places.length === 0 ? undefined : places.join(' where ');
}

/** Sources that the configuration leaves out for a name are named, never asked: that would tell them the name. */
function whereToLook({ sources }: Session, name: string): string {
  const asked = routeSources(sources, name);
  const others = sources.filter((source) => !asked.includes(source)).map((source) => `"${source.name}"`);
  if (others.length === 0) return 'check the name, or add the source that has it';
  return `check the name; its include_packages or exclude_packages keep it from ${enumerate(others)}`;
}

function enumerate(words: readonly string[]): string {
  const told = words.length > NAMED ? [...words.slice(0, NAMED), `${words.length - NAMED} more`] : words;
  return told.length < 2 ? told.join('') : `${told.slice(0, -1).join(', ')} and ${told.at(-1) ?? ''}`;
}
