import { formatTargetPython } from '../../packaging/python-range.ts';
import { sortedText } from '../../util/collections.ts';
import type { Proof, ProofGraph, ProofPackage, ProofStep, ProofTerm } from '../model.ts';
import { type Derivation, derivationOf } from '../pubgrub/derivation.ts';
import { explain } from '../pubgrub/explanation.ts';
import { type Fact, type Incompatibility, type Term, isNegative } from '../pubgrub/incompatibility.ts';
import { complementRanks, highestRank } from '../pubgrub/rank-set.ts';
import { shorten } from '../pubgrub/shorten.ts';
import type { Part, Reason, RequirementQuote } from '../provider/reason.ts';
import { type Universe, ROOT } from '../provider/universe.ts';
import { listFacts } from './fact-list.ts';
import { narratorOf } from './narrator.ts';
import { rangeText } from './versions.ts';

/** The steps that lead to `failure`, as few as are found. */
export function shortestProof(failure: Incompatibility<Reason>, universe: Universe): Derivation<Reason> {
  const length = (derivation: Derivation<Reason>): number => lengthOf(tell(derivation, universe));
  return shorten(derivationOf(failure), { sizes: universe, root: ROOT, together, length });
}

/** The facts a proof rests on, in the order they became known. */
export function factsOf(derivation: Derivation<Reason>): readonly Part[] {
  return derivation.filter((step) => step.kind === 'fact').sort((a, b) => a.order - b.order);
}

/** A proof as data and in words. See docs/resolver.md, "As data". */
export function proofOf(derivation: Derivation<Reason>, universe: Universe): Proof {
  const reasons = factsOf(derivation).flatMap(reasonsOf);
  const about = reasons.flatMap((reason) => ('quote' in reason && isOwn(reason.quote) ? [reason.quote.key] : []));
  const missing = reasons.flatMap((reason) => (reason.kind === 'missing' ? [reason.quote.key] : []));
  return {
    graph: graphOf(derivation, universe),
    text: tell(derivation, universe),
    about: [...new Set(about)],
    missing: sortedText(new Set(missing)),
  };
}

/** More lines than this do not fit a screen. */
const SCREEN = 18;

/** Step by step, or where that gets too long and the facts are fewer, by the facts alone. */
function tell(derivation: Derivation<Reason>, universe: Universe): string {
  const narrator = narratorOf(derivation, universe);
  const story = explain(derivation, narrator, universe);
  return story.split('\n').length > SCREEN ? listFacts(derivation, narrator) : story;
}

function reasonsOf({ reason }: Part): readonly Reason[] {
  return reason.kind === 'together' ? reason.parts.flatMap(reasonsOf) : [reason];
}

/** Whether the project itself requires it. */
function isOwn({ group }: RequirementQuote): boolean {
  return group !== undefined;
}

/** A line counts as much as this many characters: reading on is harder than reading a longer line. */
const LINE = 200;

function lengthOf(text: string): number {
  return text.length + LINE * text.split('\n').length;
}

/** Facts about one package told as one, those about the newest versions last. */
function together(facts: readonly Fact<Reason>[]): Reason {
  const newest = ({ terms }: Fact<Reason>): number =>
    highestRank(terms.findLast((term) => !isNegative(term))?.ranks ?? [0, 1]);
  const parts = [...facts].sort((a, b) => newest(a) - newest(b));
  return { kind: 'together', parts: parts.map(({ terms, reason }) => ({ terms, reason })) };
}

function graphOf(derivation: Derivation<Reason>, universe: Universe): ProofGraph {
  const ids = new Set(derivation.flatMap((step) => step.terms.map((term) => term.package)));
  const packages = [...ids].map((id) => [nameOf(id, universe), proofPackage(id, universe)] as const);
  const steps = derivation.map((step): ProofStep => {
    const terms = step.terms.map((term) => proofTerm(term, universe));
    return step.kind === 'fact'
      ? { kind: 'fact', terms, reason: plainReason(step.reason, universe) }
      : { kind: 'derived', terms, causes: step.causes };
  });
  return { packages: Object.fromEntries(packages), steps };
}

function proofPackage(id: number, universe: Universe): ProofPackage {
  const one = universe.package(id);
  if (one.kind === 'root') return { kind: 'project', versions: [] };
  if (one.kind === 'flag') return { kind: 'extra', versions: [] };
  return { kind: 'package', versions: one.candidates.map(({ version }) => version.text) };
}

function proofTerm(term: Term, universe: Universe): ProofTerm {
  const one = universe.package(term.package);
  const negative = isNegative(term);
  const selected = negative ? complementRanks(term.ranks, universe.size(term.package)) : term.ranks;
  const versions = one.kind === 'named' ? rangeText(one, selected) : '';
  return { package: nameOf(term.package, universe), negative, versions, ranks: term.ranks };
}

function nameOf(id: number, universe: Universe): string {
  const one = universe.package(id);
  if (one.kind === 'root') return '(project)';
  return one.kind === 'flag' ? `${one.base.key}[${one.extra}]` : one.key;
}

function plainReason(reason: Reason, universe: Universe): Readonly<Record<string, unknown>> {
  if (reason.kind === 'python') return { ...reason, target: formatTargetPython(reason.target) };
  if (reason.kind !== 'together') return { ...reason };
  const parts = reason.parts.map((part) => ({
    terms: part.terms.map((term) => proofTerm(term, universe)),
    reason: plainReason(part.reason, universe),
  }));
  return { kind: reason.kind, parts };
}
