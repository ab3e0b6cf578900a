/** Every proof of a random registry without solution is checked step by step against the registry. */
import { describe, expect, it } from 'vitest';
import type { ProofGraph } from '../../src/resolver/model.ts';
import { proofFaults } from '../support/proof-checker.ts';
import { type RandomProject, randomProject } from '../support/random-registry.ts';
import { sentenceFaults } from '../support/sentence-checker.ts';
import { runIn, truthOf } from '../unit/resolver/registry.ts';

const PROOFS = 3000;

describe('proofs of random registries', () => {
  it('follow step by step, rest on facts, quote what is written', async () => {
    let proofs = 0;
    for (let seed = 1; proofs < PROOFS; seed++) {
      const project = randomProject(seed);
      const { outcome } = await runIn(project.registry, project.roots, project.options);
      if (outcome.kind === 'solved') continue;
      proofs++;
      const { graph, text } = outcome.proof;
      const truth = truthOf(project.registry, project.roots, project.options);
      const faults = [...proofFaults(graph, truth), ...sentenceFaults(text, truth), ...lengthFaults(graph, text)];
      if (faults.length > 0) throw new Error(report(project, text, faults));
    }
    expect(proofs).toBe(PROOFS);
  });
});

const SCREEN = 18;

/** Never more lines than a screen has, and at most two for each fact there is to tell. */
function lengthFaults({ steps }: ProofGraph, text: string): string[] {
  const lines = text.split('\n').length;
  const facts = steps.filter(({ kind }) => kind === 'fact').length;
  return lines > SCREEN || lines > 2 * facts ? [`${lines} lines for ${facts} facts`] : [];
}

function report({ seed, registry, roots }: RandomProject, text: string, faults: readonly string[]): string {
  return [`seed ${seed}`, ...faults, text, JSON.stringify({ roots, registry }, null, 1)].join('\n');
}
