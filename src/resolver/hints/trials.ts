import { type MarkerSet, markerAnd, markerNot, pythonRangeOf } from '../../packaging/marker-set.ts';
import type { ResolutionRequest } from '../model.ts';
import { conditionsOf } from '../outcome/conditions.ts';
import type { Provider } from '../provider/provider.ts';
import type { Reason } from '../provider/reason.ts';
import { type Derivation, derivationOf } from '../pubgrub/derivation.ts';
import type { PackageId } from '../pubgrub/incompatibility.ts';
import { type Searched, searchWithin } from '../search.ts';
import { dividingCondition } from '../split.ts';
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

/**
 * Resolves changed requests within an effort that is counted in work, never in time: the same for the same answers.
 * See docs/resolver.md, "Hints".
 */
export class Trials {
  readonly #services: RememberingServices;
  readonly #limit: number;
  #candidates = 0;

  constructor(services: RememberingServices) {
    this.#services = services;
    this.#limit = services.asked + NEW_METADATA;
  }

  /** Resolves the request, in parts where its markers ask for it. */
  async of(request: ResolutionRequest): Promise<Trial> {
    const versions = new Map<string, string>();
    const pending = [request.target.environment];
    for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
      const searched = await this.#search(withEnvironment(request, part));
      if (searched === undefined) return { kind: 'unknown' };
      const { outcome, provider } = searched;
      if (outcome.kind === 'solved') {
        for (const [key, version] of versionsOf(outcome.choices, provider)) versions.set(key, version);
        continue;
      }
      const derivation = derivationOf(outcome.failure);
      const condition = dividingCondition(conditionsOf(derivation), part);
      if (condition === undefined) return { kind: 'unsolvable', reasons: reasonsOf(derivation) };
      pending.unshift(markerAnd(part, condition), markerAnd(part, markerNot(condition)));
    }
    return { kind: 'solved', versions };
  }

  #search(request: ResolutionRequest): Promise<Searched | undefined> {
    const quiet = { ...this.#services.withoutBuilds(), reporter: { emit: () => undefined } };
    const patience = { conflicts: CONFLICTS, allows: () => this.#allows() };
    return searchWithin(request, quiet, patience).catch(() => undefined);
  }

  #allows(): boolean {
    this.#candidates++;
    return this.#candidates <= CANDIDATES && this.#services.asked <= this.#limit;
  }
}

function withEnvironment(request: ResolutionRequest, environment: MarkerSet): ResolutionRequest {
  const { target } = request;
  if (environment === target.environment) return request;
  return { ...request, target: { ...target, environment, python: pythonRangeOf(environment) } };
}

function reasonsOf(derivation: Derivation<Reason>): Reason[] {
  return derivation.flatMap((step) => (step.kind === 'fact' ? [step.reason] : []));
}

function versionsOf(choices: ReadonlyMap<PackageId, number>, { universe }: Provider): Map<string, string> {
  const versions = new Map<string, string>();
  for (const [id, rank] of choices) {
    const one = universe.package(id);
    if (one.kind === 'named') versions.set(one.key, one.candidates[rank - 1]?.version.text ?? '');
  }
  return versions;
}
