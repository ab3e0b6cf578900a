import { type Derivation } from '../pubgrub/derivation.ts';
import type { Narrator, Phrase } from '../pubgrub/story.ts';
import type { Reason } from '../provider/reason.ts';

/** Facts that are told one by one; the rest is counted. */
const TOLD = 16;

/**
 * A proof without its steps: the facts alone, which no choice of versions agrees with. For contradictions whose steps go through one
 * combination after the other, where the facts say more in fewer lines.
 */
export function listFacts(derivation: Derivation<Reason>, narrator: Narrator<Reason>): string {
  const facts = derivation.filter((step) => step.kind === 'fact').sort((a, b) => a.order - b.order);
  const clauses = joined(facts.flatMap((fact) => narrator.fact(fact)));
  const told = clauses.length > TOLD ? clauses.slice(0, TOLD - 1) : clauses;
  const more = clauses.length - told.length;
  return [
    'Because no choice of versions agrees with all of the following:',
    ...told.map((clause) => `- ${clause}`),
    ...(more === 0 ? [] : [`- ${more} more like these, which --json lists`]),
    `So, ${narrator.failure}.`,
  ].join('\n');
}

/** What one subject depends on in one clause. */
function joined(phrases: readonly Phrase[]): string[] {
  const objects = new Map<string, string[]>();
  for (const phrase of phrases) {
    const key = phrase.kind === 'statement' ? phrase.text : `${phrase.subject} ${phrase.verb} `;
    const known = objects.get(key) ?? [];
    objects.set(key, known);
    if (phrase.kind === 'link') known.push(phrase.object);
  }
  return [...objects].map(([key, all]) => key + [...new Set(all)].join(' and '));
}
