import type { Derivation, Sizes, Step } from './derivation.ts';
import { type Term, isNegative } from './incompatibility.ts';
import { complementRanks, isSubsetOf } from './rank-set.ts';

/** A clause of a sentence. A link says that its subject depends on its object and can be chained with others. */
export type Phrase =
  | { readonly kind: 'statement'; readonly text: string }
  | {
      readonly kind: 'link';
      readonly subject: string;
      readonly verb: 'depends on' | 'requires';
      readonly object: string;
    };

/** Puts packages, candidates and reasons into words. */
export interface Narrator<Reason> {
  /** The clauses a fact is told with; none leaves the fact out, several are told together. */
  fact(fact: { readonly terms: readonly Term[]; readonly reason: Reason }): readonly Phrase[];
  /** The same in one clause, for a fact of several that is told among others. */
  brief?(fact: { readonly terms: readonly Term[]; readonly reason: Reason }): Phrase | undefined;
  /** What is known when the terms must not all hold. */
  conclusion(terms: readonly Term[]): Phrase;
  /** What the whole proof comes to. */
  readonly failure: string;
}

/** One clause to tell, with the two clauses it follows from unless it is known by itself. */
export interface Passage {
  readonly phrase: Phrase;
  readonly terms: readonly Term[];
  /** Place of a fact among the facts; they are told in this order. */
  readonly order: number | undefined;
  readonly causes: readonly [Passage, Passage] | undefined;
  /** A fact of several clauses in one. */
  readonly brief?: Passage | undefined;
}

/**
 * The proof as passages; steps that are not worth telling are left out.
 * See docs/resolver.md, "From a derivation to sentences".
 */
export function storyOf<Reason>(derivation: Derivation<Reason>, narrator: Narrator<Reason>): Passage {
  const told: (Passage | undefined)[] = [];
  derivation.forEach((step, index) => {
    const isLast = index === derivation.length - 1;
    const phrase: Phrase = isLast ? statement(narrator.failure) : narrator.conclusion(step.terms);
    told.push(
      step.kind === 'fact' ? passageOfFact(step, narrator, isLast ? phrase : undefined) : follow(step, phrase, told),
    );
  });
  const last = told.at(-1);
  if (last === undefined) throw new Error('a proof without steps cannot be told');
  // When everything else was left out, the last passage is one of the others under its own words.
  return { ...last, phrase: statement(narrator.failure), causes: last.causes ?? [last, last] };
}

/** Whether what `link` requires always falls under what `next` speaks about, so that they chain with "which". */
export function chains(link: Passage, next: Passage, sizes: Sizes): boolean {
  const required = link.terms.filter(isNegative);
  const [term] = required;
  const subjects = next.terms.filter((candidate) => !isNegative(candidate));
  const [subject] = subjects;
  if (term === undefined || subject === undefined || required.length > 1 || subjects.length > 1) return false;
  return (
    subject.package === term.package && isSubsetOf(complementRanks(term.ranks, sizes.size(term.package)), subject.ranks)
  );
}

function statement(text: string): Phrase {
  return { kind: 'statement', text };
}

function passageOfFact<Reason>(
  step: Step<Reason> & { readonly kind: 'fact' },
  narrator: Narrator<Reason>,
  failure: Phrase | undefined,
): Passage | undefined {
  const { terms, order } = step;
  const passages = narrator.fact(step).map((phrase): Passage => ({ phrase, terms, order, causes: undefined }));
  const [first, second] = passages;
  if (first === undefined) return undefined;
  if (second !== undefined) {
    const short = narrator.brief?.(step);
    const brief = short === undefined ? undefined : { phrase: short, terms, order, causes: undefined };
    return { phrase: failure ?? narrator.conclusion(terms), terms, order: undefined, causes: [first, second], brief };
  }
  return failure === undefined ? first : { phrase: failure, terms, order: undefined, causes: [first, first] };
}

function follow(
  step: Step<unknown> & { readonly kind: 'derived' },
  phrase: Phrase,
  told: readonly (Passage | undefined)[],
): Passage | undefined {
  const [first, second] = step.causes.map((cause) => told[cause]);
  if (first === undefined || second === undefined) return first ?? second;
  return { phrase, terms: step.terms, order: undefined, causes: shortened(first, second) };
}

/** Beside something that takes lines of its own a fact of several clauses takes none. */
function shortened(first: Passage, second: Passage): readonly [Passage, Passage] {
  if (second.brief !== undefined && first.causes !== undefined) return [first, second.brief];
  if (first.brief !== undefined && second.causes !== undefined) return [first.brief, second];
  return [first, second];
}
