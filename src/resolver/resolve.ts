import type { ResolutionOutcome, ResolutionRequest, ResolutionServices, ResolutionStats } from './model.ts';
import { conditionsOf } from './outcome/conditions.ts';
import { reportNotes } from './outcome/notes.ts';
import { resolvedPackages } from './outcome/packages.ts';
import { type SolverCounters, solve } from './pubgrub/solver.ts';
import { Provider } from './provider/provider.ts';
import type { Reason } from './provider/reason.ts';
import { ROOT } from './provider/universe.ts';
import { proofOf, shortestProof } from './report/proof.ts';

/**
 * Finds one version for every package the roots need, or a proof that there is none. The result depends on the request and on
 * what the services answer, not on when they do. Rejects when a service does: that is no fact about a package.
 */
export async function resolve(request: ResolutionRequest, services: ResolutionServices): Promise<ResolutionOutcome> {
  const provider = new Provider(request, services);
  const solver = solve<Reason>(provider.universe, ROOT);
  let step = solver.next();
  // One question after another: the next depends on the answer.
  while (step.done !== true) step = solver.next(await provider.answer(step.value));
  const outcome = step.value;
  const stats = statsOf(outcome.counters, provider);
  if (outcome.kind === 'unsolvable') {
    const derivation = shortestProof(outcome.failure, provider.universe);
    const proof = proofOf(derivation, provider.universe);
    return { kind: 'unsolvable', proof, conditions: conditionsOf(derivation), stats };
  }
  const { choices } = outcome;
  const packages = resolvedPackages({ request, provider, choices });
  reportNotes({ provider, choices }, services.reporter);
  services.reporter.emit({ kind: 'resolve:done', packages: packages.length, ...eventFigures(stats) });
  return { kind: 'solved', packages, stats };
}

function statsOf(counters: SolverCounters, { fetching }: Provider): ResolutionStats {
  return { ...counters, ...fetching.counters };
}

function eventFigures({ decisions, conflicts, listings, metadata, waves }: ResolutionStats) {
  return { decisions, conflicts, listings, metadata, waves };
}
