import { describe, expect, it } from 'vitest';
import { derivationOf } from '../../../../src/resolver/pubgrub/derivation.ts';
import { explain } from '../../../../src/resolver/pubgrub/explanation.ts';
import { type Term, isNegative } from '../../../../src/resolver/pubgrub/incompatibility.ts';
import { complementRanks, listRanks } from '../../../../src/resolver/pubgrub/rank-set.ts';
import type { Narrator, Phrase } from '../../../../src/resolver/pubgrub/story.ts';
import { type ToyRegistry, solveToy, toySize } from './toy.ts';

const NAMES = ['root', 'a', 'b', 'c', 'd', 'e', 'f'];

function tell(registry: ToyRegistry): string[] {
  const size = toySize(registry);
  const noun = (term: Term): string => {
    const ranks = isNegative(term) ? complementRanks(term.ranks, size(term.package)) : term.ranks;
    return `${NAMES[term.package]} ${[...listRanks(ranks)].join('/')}`;
  };
  const link = (verb: 'depends on' | 'requires', terms: readonly Term[]): Phrase => ({
    kind: 'link',
    subject:
      terms
        .filter((term) => !isNegative(term))
        .map((term) => (term.package === 0 ? 'root' : noun(term)))
        .join(' with ') || 'root',
    verb,
    object: terms.filter(isNegative).map(noun).join(' or '),
  });
  const narrator: Narrator<string> = {
    failure: 'nothing works',
    fact: ({ terms }) => [
      terms.some(isNegative)
        ? link('depends on', terms)
        : { kind: 'statement', text: `${terms.map(noun).join(' with ')} is broken` },
    ],
    conclusion: (terms) =>
      terms.some(isNegative)
        ? link('requires', terms)
        : {
            kind: 'statement',
            text: `${terms
              .filter((term) => term.package > 0)
              .map(noun)
              .join(' and ')} is impossible`,
          },
  };
  const outcome = solveToy(registry);
  if (outcome.kind === 'solved') throw new Error('there is a solution');
  return explain(derivationOf(outcome.failure), narrator, { size }).split('\n');
}

describe('explanation', () => {
  it('tells two facts about one package in one sentence', () => {
    expect(tell([[{ 1: [1], 2: [1] }], [{ 2: [2] }], [{}, {}]])).toEqual([
      'Because root depends on b 1 and a 1 depends on b 2, a 1 is impossible.',
      'So, because root depends on a 1, nothing works.',
    ]);
  });

  it('chains facts with "which" and folds single steps into the next sentence', () => {
    const registry: ToyRegistry = [[{ 1: [1] }], [{ 2: [1] }], [{ 3: [1] }], [{ 4: [1] }], [{ 5: [] }], [{}]];
    expect(tell(registry).join('\n')).toMatchInlineSnapshot(`
      "Because b 1 depends on c 1 which depends on d 1, b 1 requires d 1.
      And because d 1 is broken, b 1 is impossible.
      So, because root depends on a 1 which depends on b 1, nothing works."
    `);
  });

  it('numbers what it refers back to', () => {
    const registry: ToyRegistry = [
      [{ 1: [1, 2] }],
      [
        { 2: [1], 3: [1] },
        { 4: [1], 5: [1] },
      ],
      [{ 6: [1] }],
      [{ 6: [2] }],
      [{ 6: [1] }],
      [{ 6: [2] }],
      [{}, {}],
    ];
    expect(tell(registry).join('\n')).toMatchInlineSnapshot(`
      "Because b 1 depends on f 1 and c 1 depends on f 2, b 1 and c 1 is impossible.
      (1) And because a 1 depends on both b 1 and c 1, a 1 is impossible.
      Because d 1 depends on f 1 and e 1 depends on f 2, e 1 and d 1 is impossible.
      And because a 2 depends on both d 1 and e 1, a 2 is impossible.
      And because a 1 is impossible (1), a 1/2 is impossible.
      So, because root depends on a 1/2, nothing works."
    `);
  });

  it('tells proofs of any depth without recursion', () => {
    const depth = 4000;
    const chain = Array.from({ length: depth }, (_, i) => [i + 1 === depth ? { [i + 2]: [] } : { [i + 2]: [1] }]);
    expect(tell([[{ 1: [1] }], ...chain, [{}]]).at(-1)).toMatch(/nothing works\.$/);
  });
});
