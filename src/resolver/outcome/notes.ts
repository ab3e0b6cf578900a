import type { Reporter } from '../../ports.ts';
import { sortedText } from '../../util/collections.ts';
import type { PackageId } from '../pubgrub/incompatibility.ts';
import type { Provider } from '../provider/provider.ts';

/** What the solver selected, to be looked over. */
export interface Selection {
  readonly provider: Provider;
  readonly choices: ReadonlyMap<PackageId, number>;
}

/** Tells what a user should know about a solution: versions passed over, withdrawn ones taken, extras that do not exist. */
export function reportNotes({ provider, choices }: Selection, reporter: Reporter): void {
  const notes: string[] = [];
  for (const [id, rank] of choices) {
    const chosen = provider.universe.package(id);
    if (chosen.kind === 'named') notes.push(...notesOn({ provider, choices }, id, rank));
    if (chosen.kind !== 'flag') continue;
    const base = choices.get(chosen.base.id);
    if (base === undefined || provider.readingOf(chosen.base, base).dependencies.extras.has(chosen.extra)) continue;
    const version = chosen.base.candidates[base - 1]?.version.text ?? '';
    notes.push(`${chosen.base.key} ${version} has no extra "${chosen.extra}"`);
  }
  for (const message of sortedText(notes)) reporter.emit({ kind: 'note', level: 'warning', message });
}

function notesOn({ provider, choices }: Selection, id: PackageId, rank: number): string[] {
  const named = provider.universe.package(id);
  if (named.kind !== 'named') return [];
  const notes: string[] = [];
  const skipped = provider.edges.newestSkipped(named, choices);
  if (skipped !== undefined) notes.push(`skipping ${named.key} ${skipped.version} because it ${skipped.because}`);
  const candidate = named.candidates[rank - 1];
  if (candidate !== undefined && candidate.yanked !== false) {
    const why = candidate.yanked === '' ? '' : `: ${candidate.yanked}`;
    notes.push(`${named.key} ${candidate.version.text} was withdrawn from its index${why}`);
  }
  return notes;
}
