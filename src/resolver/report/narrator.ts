import { unreachable } from '../../errors.ts';
import { formatTargetPython } from '../../packaging/python-range.ts';
import { sortedText } from '../../util/collections.ts';
import type { Derivation } from '../pubgrub/derivation.ts';
import { type Term, isNegative } from '../pubgrub/incompatibility.ts';
import { complementRanks } from '../pubgrub/rank-set.ts';
import type { Narrator, Phrase } from '../pubgrub/story.ts';
import type { Reason, RequirementQuote } from '../provider/reason.ts';
import type { NamedPackage, Universe } from '../provider/universe.ts';
import { subjectText } from './versions.ts';

const DEFAULT_GROUP = 'default';

/** Words for proofs about Python packages. See docs/resolver.md, "Forms". */
export function narratorOf(derivation: Derivation<Reason>, universe: Universe): Narrator<Reason> {
  return new PythonNarrator(derivation, universe);
}

class PythonNarrator implements Narrator<Reason> {
  readonly failure: string;
  readonly #universe: Universe;
  /** Requirements on versions the proof rests on: their extras need no mention of their own. */
  readonly #told: ReadonlySet<string>;

  constructor(derivation: Derivation<Reason>, universe: Universe) {
    const reasons = derivation.flatMap((step) => (step.kind === 'fact' ? [step.reason] : []));
    this.#universe = universe;
    this.#told = new Set(reasons.flatMap((one) => (one.kind === 'requires' && !one.flag ? [quoteKey(one.quote)] : [])));
    this.failure = areGroupsAtOdds(reasons) ? 'the groups cannot be locked together' : 'resolution failed';
  }

  fact({ terms, reason }: { readonly terms: readonly Term[]; readonly reason: Reason }): readonly Phrase[] {
    const subject = this.#subject(terms);
    switch (reason.kind) {
      case 'requires':
        return reason.flag && this.#told.has(quoteKey(reason.quote)) ? [] : [dependency(subject, reason.quote)];
      case 'no-match':
        return [say(noMatch(reason)), dependency(subject, reason.quote)];
      case 'impossible':
        return [say(`${textOf(dependency(subject, reason.quote))}, which no version can satisfy`)];
      case 'missing':
        return [say(notFound(reason.quote.key, reason.asked)), dependency(subject, reason.quote)];
      case 'python':
        return [
          say(
            `${this.#object(terms, reason.key)} needs Python ${reason.requires} while the lock target is ${target(reason)}`,
          ),
        ];
      case 'yanked':
        return [
          say(
            `${this.#object(terms, reason.key)} was withdrawn${because(reason.why)} and is only chosen when pinned with ==`,
          ),
        ];
      case 'prerelease':
        return [say(`${this.#object(terms, reason.key)} is a pre-release and pre-releases are disabled`)];
      case 'unusable':
        return [say(`${subject} ${reason.problem}`)];
      case 'reference':
        return [
          say(`${subject} depends on ${reason.quote.key} @ ${reason.url}, which only direct requirements may do`),
        ];
      case 'two-sources':
        return [say(`${subject} depends on ${reason.quote.key} @ ${reason.url} while it comes from ${reason.chosen}`)];
      case 'other-self':
        return [say(`${subject} depends on ${reason.quote.text}, another version of itself`)];
      case 'together':
        return [
          this.#together(
            terms,
            reason.parts.map((part) => part.reason),
          ),
        ];
      default:
        return unreachable(reason);
    }
  }

  brief({ terms, reason }: { readonly terms: readonly Term[]; readonly reason: Reason }): Phrase | undefined {
    if (reason.kind !== 'no-match' && reason.kind !== 'missing') return undefined;
    const wish = textOf(dependency(this.#subject(terms), reason.quote));
    return say(`${wish}, ${reason.kind === 'missing' ? `which ${absent(reason.asked)}` : unmatched(reason)}`);
  }

  conclusion(terms: readonly Term[]): Phrase {
    const subjects = this.#subjects(terms);
    const objects = terms.filter(isNegative).map((term) => this.#required(term));
    const [first, ...others] = subjects;
    if (objects.length > 0) {
      const subject = first === undefined ? 'your project' : together(subjects);
      return { kind: 'link', subject, verb: 'requires', object: objects.join(' or ') };
    }
    if (first === undefined) return say(this.failure);
    if (others.length === 0) return say(unused(first));
    return say(
      `${enumerate(subjects.map(plainName))} ${others.length > 1 ? 'cannot be used together' : 'are incompatible'}`,
    );
  }

  /** Many facts about the same packages; the last of them is about the newest versions. */
  #together(terms: readonly Term[], parts: readonly Reason[]): Phrase {
    const newest = parts.at(-1);
    const isUniform = parts.every(({ kind }) => kind === newest?.kind);
    if (newest?.kind === 'requires' && isUniform) {
      const { key, text } = newest.quote;
      const object = `${key} (in ${parts.length} different ranges, ${text} for one)`;
      return { kind: 'link', subject: this.#subject(terms), verb: 'depends on', object };
    }
    if (newest?.kind === 'unusable' && isUniform) {
      return say(`${unused(this.#subject(terms))} (the newest ${newest.problem})`);
    }
    if (newest?.kind === 'python' && isUniform) {
      const subject = this.#object(terms, newest.key);
      const uncovered = subject.replace(/^every version of (.*)$/, 'no version of $1 covers');
      const fault = uncovered === subject ? `${subject} does not cover` : uncovered;
      return say(`${fault} the lock target ${target(newest)} (the newest needs Python ${newest.requires})`);
    }
    return say(`${textOf(this.conclusion(terms))} for ${parts.length} different reasons`);
  }

  /** Who a fact is about: the project, one of its groups, or the candidates of its positive terms. */
  #subject(terms: readonly Term[]): string {
    return together(this.#subjects(terms)) || 'your project';
  }

  /** The positive terms as nouns; extras go with their package, the project is left out. */
  #subjects(terms: readonly Term[]): string[] {
    const positive = terms.filter((term) => !isNegative(term)).sort((a, b) => a.package - b.package);
    const extras = new Map<NamedPackage, string[]>();
    for (const term of positive) {
      const one = this.#universe.package(term.package);
      if (one.kind === 'flag') extras.set(one.base, [...(extras.get(one.base) ?? []), one.extra]);
    }
    const nouns: string[] = [];
    for (const term of positive) {
      const one = this.#universe.package(term.package);
      if (one.kind !== 'named') continue;
      nouns.push(subjectText(one, term.ranks, sortedText(extras.get(one) ?? [])));
      extras.delete(one);
    }
    return [...nouns, ...[...extras].map(([base, names]) => `${base.key}[${sortedText(names).join(',')}]`)];
  }

  /** The candidates of one package that a fact speaks about. */
  #object(terms: readonly Term[], key: string): string {
    const own = terms.filter((term) => {
      const one = this.#universe.package(term.package);
      return one.kind === 'named' && one.key === key;
    });
    return this.#subjects(own).join('');
  }

  /** What a negative term asks for. */
  #required(term: Term): string {
    const one = this.#universe.package(term.package);
    if (one.kind === 'root') return 'your project';
    if (one.kind === 'flag') return `${one.base.key}[${one.extra}]`;
    const wanted = complementRanks(term.ranks, one.candidates.length);
    return plainName(subjectText(one, wanted));
  }
}

function dependency(subject: string, quote: RequirementQuote): Phrase {
  const who = quote.group === undefined || quote.group === DEFAULT_GROUP ? subject : `group "${quote.group}"`;
  const replaced = quote.override === undefined ? '' : ` (replaced by the override ${quote.key}${quote.override})`;
  return { kind: 'link', subject: who, verb: 'depends on', object: quote.text + replaced };
}

function noMatch({ quote, newest, from }: Reason & { readonly kind: 'no-match' }): string {
  const { key, specifier, override } = quote;
  if (from !== undefined) return `${key} from ${from} has version ${newest ?? ''}`;
  if (newest === undefined) return `${key} has no version in any source`;
  const wanted = override === undefined ? specifier : `the override ${override}`;
  return `no version of ${key} matches ${wanted} (newest is ${newest})`;
}

function unmatched({ quote, newest, from }: Reason & { readonly kind: 'no-match' }): string {
  if (from !== undefined) return `but ${quote.key} from ${from} has version ${newest ?? ''}`;
  return newest === undefined ? 'which has no version in any source' : `which no version matches (newest is ${newest})`;
}

function notFound(key: string, asked: readonly string[]): string {
  return `${key} ${absent(asked)}`;
}

function absent(asked: readonly string[]): string {
  return `was not found in any source${asked.length === 0 ? '' : ` (${asked.join(', ')})`}`;
}

/** Several packages at once: "alpha 1.0 with beta". */
function together(subjects: readonly string[]): string {
  return subjects.length < 2 ? subjects.join('') : subjects.map(plainName).join(' with ');
}

function unused(subject: string): string {
  return `${plainName(subject)} cannot be used`;
}

/** "beta" for every version of it, where that goes without saying. */
function plainName(subject: string): string {
  return subject.replace(/^every version of /, '');
}

function because(why: string): string {
  return why === '' ? '' : ` ("${why}")`;
}

function target(reason: Reason & { readonly kind: 'python' }): string {
  const text = formatTargetPython(reason.target);
  return text === '' ? 'every Python' : `Python ${text}`;
}

function say(text: string): Phrase {
  return { kind: 'statement', text };
}

function textOf(phrase: Phrase): string {
  return phrase.kind === 'statement' ? phrase.text : `${phrase.subject} ${phrase.verb} ${phrase.object}`;
}

function enumerate(nouns: readonly string[]): string {
  return nouns.length < 2 ? nouns.join('') : `${nouns.slice(0, -1).join(', ')} and ${nouns.at(-1) ?? ''}`;
}

function quoteKey({ key, text, group }: RequirementQuote): string {
  return JSON.stringify([key, text, group]);
}

/** Whether the proof rests on requirements of several groups and on none of the project's own dependencies. */
function areGroupsAtOdds(reasons: readonly Reason[]): boolean {
  const groups = new Set(reasons.flatMap((reason) => ('quote' in reason ? [reason.quote.group] : [])));
  groups.delete(undefined);
  return groups.size > 1 && !groups.has(DEFAULT_GROUP);
}
