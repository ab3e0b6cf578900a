/** Everything that is taken from a place: by the project's own requirements, and by those of what lies at such places. */
import { existsSync } from 'node:fs';
import { TspmError } from '../errors.ts';
import type { LockedPackage } from '../lockfile/model.ts';
import { normalizeExtras, normalizeName } from '../packaging/name.ts';
import { NEVER, withExtra } from '../packaging/marker-set.ts';
import { parseRequirementLine, requirementLocation, type VcsRequirement } from '../project/requirement-line.ts';
import { readDependencies } from '../resolver/provider/dependencies.ts';
import { redactUrl } from '../util/redact.ts';
import { withoutSecrets } from '../vcs/repository.ts';
import { type DirectSource, directSource, type PlacedRequirement } from './direct.ts';
import type { GroupRequirement } from './lock-inputs.ts';
import type { LockRequest } from './lock-request.ts';
import type { Session } from './session.ts';

/** The direct candidates by key, and by the requirement line that asked for them. */
export interface DirectSources {
  readonly byKey: ReadonlyMap<string, DirectSource>;
  readonly byLine: ReadonlyMap<string, DirectSource>;
}

interface Wish {
  readonly line: string;
  readonly requirement: PlacedRequirement;
}

/**
 * Fetches what requirements name by address or path and learns its metadata; so also what these require by address, which packages of an
 * index may not. Commits of the old lock stay where their package is not to be updated. A folder that is asked for as editable and
 * as it is, is editable. Throws as {@link directSource}, TSPM_RESOLUTION_FAILED when one package has two places.
 */
export async function directCandidates(
  session: Session,
  requirements: readonly GroupRequirement[],
  request: LockRequest,
): Promise<DirectSources> {
  const found = new Map<string, { readonly source: DirectSource; readonly wish: Wish }>();
  const byLine = new Map<string, DirectSource>();
  const queue: Wish[] = requirements.flatMap(({ line, requirement }) =>
    requirement.kind === 'named' ? [] : [{ line, requirement }],
  );
  for (let wish = queue.shift(); wish !== undefined; wish = queue.shift()) {
    if (byLine.has(wish.line)) continue;
    const source = await directSource(session, { ...wish, commit: keptCommit(wish.requirement, request) });
    const key = normalizeName(source.metadata.name);
    const other = found.get(key);
    if (other !== undefined && other.source.url !== source.url) throw twoPlaces(key, other.wish, wish);
    if (other?.source.place.editable !== true) found.set(key, { source, wish });
    byLine.set(wish.line, source);
    queue.push(...wishesOf(session, source, wish.requirement));
  }
  const byKey = new Map([...found].map(([key, { source }]) => [key, source]));
  return { byKey, byLine };
}

/** What a package requires by address, with the extras it is asked for. The environment of this machine is none of its business. */
function wishesOf({ root }: Session, { metadata }: DirectSource, { extras }: PlacedRequirement): Wish[] {
  const answer = readDependencies(metadata);
  if (answer.kind === 'unreadable') return [];
  const context = { scope: { root, env: {}, style: 'none' as const }, exists: (path: string) => existsSync(path) };
  const wanted = [undefined, ...normalizeExtras(extras)];
  return answer.dependencies.lines.flatMap(({ requirement: { url }, text: line, marker }): Wish[] => {
    if (url === undefined || /[{}]/.test(url)) return [];
    if (wanted.every((extra) => withExtra(marker, extra) === NEVER)) return [];
    const requirement = parseRequirementLine(line, context);
    return requirement.kind === 'named' ? [] : [{ line, requirement }];
  });
}

/** The commit the old lock has for the same ref of the same repository, when its package is not to be updated. */
export function keptCommit(requirement: PlacedRequirement, { old, update }: LockRequest): string | undefined {
  if (requirement.kind !== 'vcs' || requirement.editable || update === 'all') return undefined;
  const locked = (old?.packages ?? []).find((one) => !update.has(one.name) && isSame(one, requirement));
  return locked?.vcs?.revision;
}

function isSame({ vcs, subdirectory }: LockedPackage, wanted: VcsRequirement): boolean {
  if (vcs === undefined || vcs.kind !== wanted.vcs || subdirectory !== wanted.subdirectory) return false;
  return withoutSecrets(vcs.url) === withoutSecrets(wanted.repository) && vcs.ref === wanted.ref;
}

function twoPlaces(key: string, a: Wish, b: Wish): TspmError {
  const [first, second] = [a, b].map(placeOf);
  return new TspmError('TSPM_RESOLUTION_FAILED', `the project takes ${key} from two places: ${first} and ${second}`);
}

function placeOf({ line, requirement }: Wish): string {
  const ref = requirement.kind === 'vcs' && requirement.ref !== undefined ? `@${requirement.ref}` : '';
  return redactUrl((requirementLocation(requirement) ?? line) + ref);
}
