import { compareVersions, versionsEqual } from '../packaging/version.ts';
import type { SourceOffer } from '../index/finder.ts';
import type { ResolvedPackage } from '../resolver/model.ts';
import { sortedBy } from '../util/collections.ts';
import type { Session } from './session.ts';

/**
 * Says once for a lock which chosen packages other sources have too, but not in the chosen version: whoever may publish on one source
 * takes the place of a package of another one. Mirrors that have the same versions are no news, nor is an order the project gives.
 */
export function noteContested(session: Session, chosen: readonly ResolvedPackage[]): void {
  if (session.sourceOrder !== undefined || session.builds.length > 0) return;
  const contested = new Map<string, string>();
  for (const { key, version, release } of chosen) {
    const offers = session.offers.get(key) ?? [];
    const others = offers.filter(({ versions }) => !versions.some((one) => versionsEqual(one, version)));
    const from = release?.artifacts[0]?.source;
    if (others.length === 0 || from === undefined) continue;
    contested.set(key, `${key} ${version.text} is from "${from}", ${others.map(newestOf).join(', ')}`);
  }
  if (contested.size === 0) return;
  const told = sortedBy([...contested], ([key]) => key).map(([, text]) => text);
  const more = told.length > MOST_TOLD ? `; and ${told.length - MOST_TOLD} more` : '';
  session.note(
    'warning',
    `more than one source has packages of these names: ${told.slice(0, MOST_TOLD).join('; ')}${more}. ` +
      'Name those of each source in its include_packages, or set respect-source-order',
  );
}

const MOST_TOLD = 3;

function newestOf({ source, versions }: SourceOffer): string {
  const [first, ...rest] = versions;
  if (first === undefined) return `"${source}" has the name`;
  const newest = rest.reduce((best, one) => (compareVersions(one, best) > 0 ? one : best), first);
  return `"${source}" has ${newest.text}`;
}
