import type { ResolutionRequest, ResolutionServices } from './model.ts';
import { Provider } from './provider/provider.ts';
import type { Reason } from './provider/reason.ts';
import { ROOT } from './provider/universe.ts';
import { type SolverOutcome, solveWithin } from './pubgrub/solver.ts';

/** What a search came to, and everything it learned on the way. */
export interface Searched {
  readonly outcome: SolverOutcome<Reason>;
  readonly provider: Provider;
}

/** How much work a search may be. */
export interface Patience {
  readonly conflicts: number;
  /** Asked before each candidate is looked at; false ends the search. */
  allows(): boolean;
}

/** Searches until there is a solution or a contradiction. Rejects when a service does. */
export async function search(request: ResolutionRequest, services: ResolutionServices): Promise<Searched> {
  const searched = await searchWithin(request, services, { conflicts: Number.POSITIVE_INFINITY, allows: () => true });
  if (searched === undefined) throw new Error('a search without limit was given up');
  return searched;
}

/** As {@link search}, but `undefined` when it would be more work than allowed. */
export async function searchWithin(
  request: ResolutionRequest,
  services: ResolutionServices,
  patience: Patience,
): Promise<Searched | undefined> {
  const provider = new Provider(request, services);
  const solver = solveWithin<Reason>(provider.universe, ROOT, patience.conflicts);
  let step = solver.next();
  // One question after another: the next depends on the answer.
  while (step.done !== true) {
    if (!patience.allows()) return undefined;
    if (step.value === undefined) await services.rest();
    step = solver.next(step.value === undefined ? [] : await provider.answer(step.value));
  }
  return step.value === undefined ? undefined : { outcome: step.value, provider };
}
