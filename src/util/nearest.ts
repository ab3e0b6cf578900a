import { distance } from 'fastest-levenshtein';
import { compareText } from './collections.ts';

/**
 * The name a user most likely meant by `word`: the one with the fewest edits, if these are at most a third of the word (one for
 * short words). Case and the difference between `-`, `_` and `.` do not count; ties go to the first in code point order.
 */
export function nearestName(word: string, names: Iterable<string>): string | undefined {
  const wanted = fold(word);
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const name of names) {
    const candidate = fold(name);
    if (Math.abs(candidate.length - wanted.length) > allowed) continue;
    const edits = editCount(wanted, candidate);
    if (edits > allowed) continue;
    if (best === undefined || edits < best.edits || (edits === best.edits && compareText(name, best.name) < 0)) {
      best = { name, edits };
    }
  }
  return best?.name;
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

/** Edit distance, where swapping two neighbours (`adn` for `add` is none, `isntall` is one) counts once. */
function editCount(a: string, b: string): number {
  return isNeighbourSwap(a, b) ? 1 : distance(a, b);
}

function isNeighbourSwap(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at + 1 < a.length && a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}
