import { hintsFor } from './hints/hints.ts';
import { remembering } from './hints/memory.ts';
import type { ResolutionOutcome, ResolutionRequest, ResolutionServices, ResolutionStats } from './model.ts';
import { conditionsOf } from './outcome/conditions.ts';
import { reportNotes } from './outcome/notes.ts';
import { resolvedPackages } from './outcome/packages.ts';
import type { Provider } from './provider/provider.ts';
import type { SolverCounters } from './pubgrub/solver.ts';
import { factsOf, proofOf, shortestProof } from './report/proof.ts';
import { search } from './search.ts';

/**
 * Finds one version for every package the roots need, or a proof that there is none. The result depends on the request and on
 * what the services answer, not on when they do. Rejects when a service does: that is no fact about a package.
 */
export async function resolve(request: ResolutionRequest, services: ResolutionServices): Promise<ResolutionOutcome> {
  const known = remembering(services);
  const { outcome, provider } = await search(request, known);
  const stats = statsOf(outcome.counters, provider);
  if (outcome.kind === 'unsolvable') {
    const { universe } = provider;
    const derivation = shortestProof(outcome.failure, universe);
    const facts = factsOf(derivation);
    return {
      kind: 'unsolvable',
      proof: proofOf(derivation, universe),
      conditions: conditionsOf(derivation),
      stats,
      hints: () => hintsFor({ request, facts, universe }, known),
    };
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
