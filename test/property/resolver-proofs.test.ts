/** Every proof of a random registry without solution is checked step by step against the registry. */
import { describe, expect, it } from 'vitest';
import type { ProofGraph } from '../../src/resolver/model.ts';
import { proofFaults } from '../support/proof-checker.ts';
import { type RandomProject, randomProject } from '../support/random-registry.ts';
import { sentenceFaults } from '../support/sentence-checker.ts';
import { type Roots, type Run, runIn, runInParts, truthOf } from '../unit/resolver/registry.ts';

const PROOFS = 2000;
const HINTS = 300;

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

describe('hints of random registries', () => {
  it('hold when a user follows them: without the bound there is a solution, with the version told', async () => {
    let followed = 0;
    for (let seed = 1; followed < HINTS; seed++) {
      const project = randomProject(seed);
      const { outcome } = await runIn(project.registry, project.roots, project.options);
      if (outcome.kind === 'solved') continue;
      for (const { kind, solves, text } of await outcome.hints()) {
        if (kind !== 'bound' || !solves) continue;
        followed++;
        const { roots, chosen } = follow(text, project.roots);
        const again = await runInParts(project.registry, roots, project.options);
        if (again.kind === 'unsolvable') throw new Error(report(project, text, [again.failure.proof.text]));
        const versions = again.parts.flatMap(({ packages }) => packages.map((one) => `${one.key} ${one.version.text}`));
        expect(versions).toContain(chosen);
      }
    }
  });

  it('are the same whatever the order in which answers arrive', async () => {
    for (let seed = 1; seed < 150; seed++) {
      const { registry, roots, options } = randomProject(seed);
      let turn = seed;
      const onAsk = async (): Promise<void> => {
        turn = (turn * 7 + 3) % 11;
        for (let i = 0; i < turn % 4; i++) await new Promise((done) => setImmediate(done));
      };
      const calm = await runIn(registry, roots, options);
      const shuffled = await runIn(registry, roots, { ...options, onAsk });
      expect(await hintsOf(shuffled)).toEqual(await hintsOf(calm));
    }
  });
});

async function hintsOf({ outcome }: Run): Promise<unknown> {
  return outcome.kind === 'solved' ? [] : outcome.hints();
}

/** The requirements after `drop "<2" from "core<2" in group "dev" (core 2.0 would be chosen)`. */
function follow(text: string, roots: Roots): { readonly roots: Roots; readonly chosen: string } {
  const told = /^drop "([^"]*)" from "(.*?)"(?: in group "(\w+)")? \((\S+ \S+) would be chosen\)$/.exec(text);
  const [, clauses = '', line = '', group = 'default', chosen = ''] = told ?? [];
  const left = clauses.split(',').reduce((rest, clause) => rest.replace(clause, ''), line);
  const mended = left.replaceAll(/,+(?=,|;|$)/g, '').replace(/(\w|\]),/, '$1');
  const change = (lines: readonly string[]): string[] => lines.map((one) => (one === line ? mended : one));
  if (isPlain(roots)) return { roots: change(roots), chosen };
  return { roots: { ...roots, [group]: change(roots[group] ?? []) }, chosen };
}

function isPlain(roots: Roots): roots is readonly string[] {
  return Array.isArray(roots);
}

function report({ seed, registry, roots }: RandomProject, text: string, faults: readonly string[]): string {
  return [`seed ${seed}`, ...faults, text, JSON.stringify({ roots, registry }, null, 1)].join('\n');
}
