import type { ResolutionRequest } from '../model.ts';
import type { Provider } from '../provider/provider.ts';
import type { Reason } from '../provider/reason.ts';
import { derivationOf } from '../pubgrub/derivation.ts';
import type { PackageId } from '../pubgrub/incompatibility.ts';
import { searchWithin } from '../search.ts';
import type { RememberingServices } from './memory.ts';

/** What would come of a changed request. */
export type Trial =
  /** A solution: the versions that would be chosen, by key. */
  | { readonly kind: 'solved'; readonly versions: ReadonlyMap<string, string> }
  /** Still none: the reasons its proof rests on. */
  | { readonly kind: 'unsolvable'; readonly reasons: readonly Reason[] }
  /** Finding out would be too much work, or a service failed. */
  | { readonly kind: 'unknown' };

/** Conflicts one trial may meet. */
const CONFLICTS = 2000;
/** Candidates that all trials together may look at. */
const CANDIDATES = 5000;
/** Versions whose metadata may be asked for beyond what the failed resolution knows, and a batch more. */
const NEW_METADATA = 50;

/** Resolves changed requests within an effort that is counted in work, never in time: the same for the same answers. */
export class Trials {
  readonly #services: RememberingServices;
  readonly #limit: number;
  #candidates = 0;

  constructor(services: RememberingServices) {
    this.#services = services;
    this.#limit = services.asked + NEW_METADATA;
  }

  async of(request: ResolutionRequest): Promise<Trial> {
    const quiet = { ...this.#services, reporter: { emit: () => undefined } };
    const patience = { conflicts: CONFLICTS, allows: () => this.#allows() };
    const searched = await searchWithin(request, quiet, patience).catch(() => undefined);
    if (searched === undefined) return { kind: 'unknown' };
    const { outcome, provider } = searched;
    if (outcome.kind === 'solved') return { kind: 'solved', versions: versionsOf(outcome.choices, provider) };
    const steps = derivationOf(outcome.failure);
    return { kind: 'unsolvable', reasons: steps.flatMap((step) => (step.kind === 'fact' ? [step.reason] : [])) };
  }

  #allows(): boolean {
    this.#candidates++;
    return this.#candidates <= CANDIDATES && this.#services.asked <= this.#limit;
  }
}

function versionsOf(choices: ReadonlyMap<PackageId, number>, { universe }: Provider): Map<string, string> {
  const versions = new Map<string, string>();
  for (const [id, rank] of choices) {
    const one = universe.package(id);
    if (one.kind === 'named') versions.set(one.key, one.candidates[rank - 1]?.version.text ?? '');
  }
  return versions;
}
