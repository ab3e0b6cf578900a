/** The checker of proofs finds what is wrong with one: otherwise its silence says nothing. */
import { describe, expect, it } from 'vitest';
import type { ProofGraph, ProofStep } from '../../../src/resolver/model.ts';
import { proofFaults, type Truth } from '../../support/proof-checker.ts';
import { sentenceFaults } from '../../support/sentence-checker.ts';
import { type Registry, runIn, truthOf } from './registry.ts';

const registry: Registry = {
  alpha: { '1.0': ['core<2'], '1.1': { requires: ['core<2'], yanked: 'bad' } },
  beta: { '1.0': ['core>=2'], '2.0': { requires: [], python: '>=3.12' } },
  core: { '1.0': [], '1.5': [], '2.0': [] },
};
const roots = ['alpha', 'beta'];

async function goodProof(): Promise<{ readonly graph: ProofGraph; readonly text: string; readonly truth: Truth }> {
  const { outcome } = await runIn(registry, roots);
  if (outcome.kind === 'solved') throw new Error('there is a solution');
  return { ...outcome.proof, truth: truthOf(registry, roots) };
}

describe('the checker of proofs', () => {
  it('has nothing to say about a good one', async () => {
    const { graph, text, truth } = await goodProof();
    expect([...proofFaults(graph, truth), ...sentenceFaults(text, truth)]).toEqual([]);
    expect(graph.steps.length).toBeGreaterThan(6);
  });

  it('finds a derived step that says more than its causes', async () => {
    const { graph, truth } = await goodProof();
    graph.steps.forEach((step, index) => {
      if (step.kind === 'fact' || index === graph.steps.length - 1) return;
      for (const [place, term] of step.terms.entries()) {
        const wider = { ...term, ranks: [0, (graph.packages[term.package]?.versions.length ?? 1) + 1] };
        const terms = step.terms.map((old, at) => (at === place ? wider : old));
        expect(proofFaults(withStep(graph, index, { ...step, terms }), truth), `step ${index}`).not.toEqual([]);
      }
    });
  });

  it('finds a proof that stops early, and causes that come later', async () => {
    const { graph, truth } = await goodProof();
    expect(proofFaults({ ...graph, steps: graph.steps.slice(0, -1) }, truth)).not.toEqual([]);
    const last = graph.steps.length - 1;
    const end = graph.steps[last];
    if (end?.kind !== 'derived') throw new Error('a proof ends with a derived step');
    expect(proofFaults(withStep(graph, last, { ...end, causes: [last, end.causes[1]] }), truth)).not.toEqual([]);
  });

  it('finds facts that the registry does not know', async () => {
    const { graph, truth } = await goodProof();
    const lies: readonly Registry[] = [
      { ...registry, alpha: { '1.0': ['core<3'], '1.1': { requires: ['core<3'], yanked: 'bad' } } },
      { ...registry, alpha: { '1.0': ['core<2'], '1.1': { requires: ['core<2'] } } },
      { ...registry, beta: { '1.0': ['core>=2'], '2.0': { requires: [], python: '>=3.9' } } },
      { ...registry, core: { '1.0': [], '2.0': [] } },
    ];
    for (const lie of lies) expect(proofFaults(graph, truthOf(lie, roots))).not.toEqual([]);
    expect(proofFaults(graph, truthOf(registry, ['alpha']))).not.toEqual([]);
    expect(proofFaults(graph, truth)).toEqual([]);
  });

  it('finds versions and requirements in sentences that do not exist', async () => {
    const { truth } = await goodProof();
    expect(sentenceFaults('Because beta 1.5 cannot be used, resolution failed.', truth)).toHaveLength(1);
    expect(sentenceFaults('Because beta 1.0 depends on core>=3, resolution failed.', truth)).toHaveLength(1);
    expect(sentenceFaults('Because beta 1.0 depends on core>=2, core 2.0 cannot be used.', truth)).toEqual([]);
  });
});

function withStep(graph: ProofGraph, index: number, step: ProofStep): ProofGraph {
  return { ...graph, steps: graph.steps.map((old, at) => (at === index ? step : old)) };
}
