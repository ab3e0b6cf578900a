/** From a proof to sentences: one line for each step that needs one, numbered where another line refers back to it. */
import type { Derivation, Sizes } from './derivation.ts';
import { type Narrator, type Passage, type Phrase, chains, storyOf } from './story.ts';

/**
 * Tells a proof, one sentence a line. Loops instead of recursion: proofs can be thousands of steps deep.
 * See docs/resolver.md, "From a derivation to sentences".
 */
export function explain<Reason>(derivation: Derivation<Reason>, narrator: Narrator<Reason>, sizes: Sizes): string {
  const story = storyOf(derivation, narrator);
  return new Writer(story, sizes).write();
}

interface Line {
  readonly text: string;
  number: number | undefined;
}

/** Something left to do: first the lines of a passage, or the sentence that closes it. */
type Task =
  | { readonly kind: 'tell'; readonly passage: Passage; readonly mustNumber: boolean }
  | {
      readonly kind: 'close';
      readonly passage: Passage;
      readonly mustNumber: boolean;
      readonly sentence: () => string;
    };

class Writer {
  readonly #story: Passage;
  readonly #sizes: Sizes;
  readonly #uses: ReadonlyMap<Passage, number>;
  readonly #lines: Line[] = [];
  readonly #lineOf = new Map<Passage, Line>();
  readonly #tasks: Task[] = [];
  #numbers = 0;

  constructor(story: Passage, sizes: Sizes) {
    this.#story = story;
    this.#sizes = sizes;
    this.#uses = countUses(story);
  }

  write(): string {
    this.#tasks.push({ kind: 'tell', passage: this.#story, mustNumber: false });
    for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) {
      if (task.kind === 'tell') this.#tell(task.passage, task.mustNumber);
      else this.#close(task);
    }
    return this.#lines
      .map((line) => (line.number === undefined ? line.text : `(${line.number}) ${line.text}`))
      .join('\n');
  }

  /** Queues the lines that lead to a passage; the last task queued runs first. */
  #tell(passage: Passage, mustNumber: boolean): void {
    if (passage.causes === undefined || this.#lineOf.has(passage)) return;
    const [first, second] = passage.causes;
    const untold = [first, second].filter((cause) => cause.causes !== undefined && !this.#lineOf.has(cause));
    const [one, other] = untold;
    if (one !== undefined && other !== undefined && one !== other) {
      this.#tellBranches(passage, mustNumber, [one, other]);
      return;
    }
    if (one === undefined) {
      const opener = this.#isEnd(passage) && this.#lines.length > 0 ? 'So, because' : 'Because';
      this.#queueClose(passage, mustNumber, () => `${opener} ${this.#join([first, second])}`);
      return;
    }
    const rest = one === first ? second : first;
    this.#tellChain(passage, mustNumber, { derived: one, rest });
  }

  /** Neither cause is told yet: the longer branch first, then the one that leads on to this passage. */
  #tellBranches(passage: Passage, mustNumber: boolean, [first, second]: readonly [Passage, Passage]): void {
    const secondIsShort = isShort(second);
    const [early, late] = secondIsShort || !isShort(first) ? [first, second] : [second, first];
    this.#queueClose(passage, mustNumber, () => `${this.#opener(passage)} ${this.#join([early])}`);
    this.#tasks.push({ kind: 'tell', passage: late, mustNumber: false });
    this.#tasks.push({ kind: 'tell', passage: early, mustNumber: true });
  }

  /** One cause leads on directly; a step in between that nobody else uses shares the sentence. */
  #tellChain(
    passage: Passage,
    mustNumber: boolean,
    parts: { readonly derived: Passage; readonly rest: Passage },
  ): void {
    const folded = this.#fold(parts.derived);
    const known = folded === undefined ? [parts.rest] : [folded.known, parts.rest];
    this.#queueClose(passage, mustNumber, () => `${this.#opener(passage)} ${this.#join(known)}`);
    this.#tasks.push({ kind: 'tell', passage: folded?.derived ?? parts.derived, mustNumber: false });
  }

  /** A passage used once that follows from one known clause and one untold step needs no line of its own. */
  #fold(passage: Passage): { readonly derived: Passage; readonly known: Passage } | undefined {
    if (passage.causes === undefined || (this.#uses.get(passage) ?? 0) > 1) return undefined;
    const [first, second] = passage.causes;
    if ((first.causes === undefined) === (second.causes === undefined)) return undefined;
    const [derived, known] = first.causes === undefined ? [second, first] : [first, second];
    return this.#lineOf.has(derived) ? undefined : { derived, known };
  }

  #queueClose(passage: Passage, mustNumber: boolean, sentence: () => string): void {
    this.#tasks.push({ kind: 'close', passage, mustNumber, sentence });
  }

  #close({ passage, mustNumber, sentence }: Task & { readonly kind: 'close' }): void {
    const line: Line = { text: `${sentence()}, ${textOf(passage.phrase)}.`, number: undefined };
    this.#lines.push(line);
    this.#lineOf.set(passage, line);
    if (mustNumber || (this.#uses.get(passage) ?? 0) > 1) line.number = ++this.#numbers;
  }

  #isEnd(passage: Passage): boolean {
    return passage === this.#story;
  }

  #opener(passage: Passage): string {
    return this.#isEnd(passage) ? 'So, because' : 'And because';
  }

  /** Known clauses as one enumeration, with "both" and "which" where they fit. */
  #join(passages: readonly Passage[]): string {
    const [first, second, ...rest] = inOrder(passages);
    if (first === undefined) throw new Error('a sentence needs a reason');
    if (second === undefined || first === second) return this.#reference(first);
    const pair = this.#lineOf.has(first) || this.#lineOf.has(second) ? undefined : this.#pair(first, second);
    const clauses = pair === undefined ? [this.#reference(first), this.#reference(second)] : [pair];
    return [...clauses, ...rest.map((passage) => this.#reference(passage))].join(' and ');
  }

  #pair(a: Passage, b: Passage): string | undefined {
    if (a.phrase.kind !== 'link' || b.phrase.kind !== 'link') return undefined;
    if (a.phrase.subject === b.phrase.subject && a.phrase.verb === b.phrase.verb) {
      return `${a.phrase.subject} ${a.phrase.verb} both ${a.phrase.object} and ${b.phrase.object}`;
    }
    const [link, next] = chains(a, b, this.#sizes) ? [a, b] : [b, a];
    if (next.phrase.kind !== 'link' || !chains(link, next, this.#sizes)) return undefined;
    return `${textOf(link.phrase)} which ${next.phrase.verb} ${next.phrase.object}`;
  }

  #reference(passage: Passage): string {
    const number = this.#lineOf.get(passage)?.number;
    return number === undefined ? textOf(passage.phrase) : `${textOf(passage.phrase)} (${number})`;
  }
}

/** Facts in the order they became known; with a derived clause among them the order given is the one that reads well. */
function inOrder(passages: readonly Passage[]): readonly Passage[] {
  if (passages.some(({ order }) => order === undefined)) return passages;
  return [...passages].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
}

function textOf(phrase: Phrase): string {
  return phrase.kind === 'statement' ? phrase.text : `${phrase.subject} ${phrase.verb} ${phrase.object}`;
}

/** Whether one sentence tells the passage. */
function isShort(passage: Passage): boolean {
  return passage.causes?.every((cause) => cause.causes === undefined) ?? true;
}

function countUses(story: Passage): ReadonlyMap<Passage, number> {
  const uses = new Map<Passage, number>();
  const pending = [story];
  for (let passage = pending.pop(); passage !== undefined; passage = pending.pop()) {
    for (const cause of new Set(passage.causes)) {
      const count = uses.get(cause) ?? 0;
      uses.set(cause, count + 1);
      if (count === 0) pending.push(cause);
    }
  }
  return uses;
}
