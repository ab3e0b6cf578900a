import { TspmError } from '../errors.ts';
import { formatTarget, type LockTarget } from '../lockfile/model.ts';
import { formatMarkerSet, markerGiven, type MarkerSet } from '../packaging/marker-set.ts';
import type { Proof } from '../resolver/model.ts';
import { nearestProject } from './nearest-project.ts';
import type { Session } from './session.ts';

/** What a failed resolution was for, where the lock is for more than that. */
export interface FailedScope {
  /** One of several targets. */
  readonly target: LockTarget | undefined;
  /** The environments of the target that have no solution; the others may have one. */
  readonly part: { readonly environment: MarkerSet; readonly within: MarkerSet } | undefined;
}

/** The error for a resolution without solution: the proof as text, the derivation graph as context; unknown names with the nearest known one. */
export async function resolutionFailed(session: Session, proof: Proof, scope: FailedScope): Promise<TspmError> {
  const context = { proof: proof.graph, missing: proof.missing };
  const text = `${scopeText(scope)}${proof.text}`;
  const [missing] = proof.missing;
  if (missing === undefined) {
    return new TspmError('TSPM_RESOLUTION_FAILED', text, { ...hintOf(proof.hints), context });
  }
  const near = await nearestProject(session, missing);
  const hints = near === undefined ? proof.hints : [`did you mean ${near}?`, ...proof.hints];
  return new TspmError('TSPM_PACKAGE_NOT_FOUND', text, {
    ...hintOf(hints),
    context: { ...context, nearest: near },
  });
}

/** Which of the lock's environments the proof is about. */
function scopeText({ target, part }: FailedScope): string {
  const places = [
    ...(target === undefined ? [] : [formatTarget(target)]),
    ...(part === undefined ? [] : [formatMarkerSet(markerGiven(part.environment, part.within)) ?? 'some environments']),
  ];
  return places.length === 0 ? '' : `For ${places.join(' where ')}: `;
}

function hintOf(hints: readonly string[]): { readonly hint?: string } {
  return hints.length === 0 ? {} : { hint: hints.join('; ') };
}
