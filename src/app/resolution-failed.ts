import { TspmError } from '../errors.ts';
import type { Proof } from '../resolver/model.ts';
import { nearestProject } from './nearest-project.ts';
import type { Session } from './session.ts';

/** The error for a resolution without solution: the proof as text, the derivation graph as context; unknown names with the nearest known one. */
export async function resolutionFailed(session: Session, proof: Proof): Promise<TspmError> {
  const context = { proof: proof.graph, missing: proof.missing };
  const [missing] = proof.missing;
  if (missing === undefined) {
    return new TspmError('TSPM_RESOLUTION_FAILED', proof.text, { ...hintOf(proof.hints), context });
  }
  const near = await nearestProject(session, missing);
  const hints = near === undefined ? proof.hints : [`did you mean ${near}?`, ...proof.hints];
  return new TspmError('TSPM_PACKAGE_NOT_FOUND', proof.text, {
    ...hintOf(hints),
    context: { ...context, nearest: near },
  });
}

function hintOf(hints: readonly string[]): { readonly hint?: string } {
  return hints.length === 0 ? {} : { hint: hints.join('; ') };
}
