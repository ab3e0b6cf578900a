/** A lock, or the project's own requirements, as lines that pip reads (requirements.txt), as PDM prints them. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TspmError } from '../errors.ts';
import { trustedFiles } from '../lockfile/hashes.ts';
import { inheritsMetadata, packageIdentity, type LockedPackage, type Lockfile } from '../lockfile/model.ts';
import { packagesOfGroups } from '../lockfile/select.ts';
import { markerImplies, markerOr, markerSetOf, NEVER, type MarkerSet } from '../packaging/marker-set.ts';
import { parseMarker, type MarkerEnvironment } from '../packaging/marker.ts';
import { formatRequirementLine, requirementKey, type ProjectRequirement } from '../project/requirement-line.ts';
import { expandSourceUrl } from '../project/sources.ts';
import { expandBraces } from '../project/variables.ts';
import { sortedBy, sortedText } from '../util/collections.ts';
import { projectRequirements } from './lock-inputs.ts';
import type { Session } from './session.ts';

/** What of the lock is written, and how. */
export interface ExportOptions {
  /** Normalised. */
  readonly groups: readonly string[];
  readonly hashes: boolean;
  readonly extras: boolean;
  /** Leave markers out, and what they exclude in this environment. */
  readonly only: MarkerEnvironment | undefined;
  /** Put the values of variables in. */
  readonly expand: boolean;
  /** How the project itself is listed. */
  readonly self: 'no' | 'plain' | 'editable';
}

/** Every package of the groups, pinned. Throws TSPM_USAGE for a lock without markers, a missing digest, and as {@link withFrame}. */
export function exportLock(session: Session, lock: Lockfile, options: ExportOptions): string {
  if (!inheritsMetadata(lock)) {
    throw new TspmError('TSPM_USAGE', 'a lock without markers cannot be exported', {
      hint: 'lock again with `tspm lock -S inherit_metadata`',
    });
  }
  const selected = packagesOfGroups(lock, options.groups).filter((locked) => applies(locked, options.only));
  const packages = selected.filter((locked) => isListed(locked, selected, options.extras));
  const lines = sortedBy(packages, packageIdentity).map((locked) => {
    const line = lockedLine(session, locked, options);
    return options.hashes ? line + hashLines(locked, line) : line;
  });
  return withFrame(session, lines, options);
}

/** The requirements of the groups as the project states them. Throws as {@link withFrame}. */
export function exportProject(session: Session, options: ExportOptions): string {
  const { pyproject, settings } = session;
  const { requirements } = projectRequirements(pyproject, options.groups, settings.env);
  const lines = sortedBy(requirements, ({ requirement }) => identityOf(requirement)).map(({ requirement }) =>
    requirementText(session, requirement, options),
  );
  return withFrame(session, [...new Set(lines)], options);
}

function applies({ marker }: LockedPackage, environment: MarkerEnvironment | undefined): boolean {
  return environment === undefined || marker === undefined || parseMarker(marker).evaluate(environment);
}

/** A plain entry goes without saying where those with extras are listed for all of its environments. */
function isListed(locked: LockedPackage, all: readonly LockedPackage[], extras: boolean): boolean {
  const hasExtras = (locked.extras ?? []).length > 0;
  if (hasExtras || !extras) return hasExtras === extras;
  const others = all.filter(
    (other) => other.name === locked.name && other.version === locked.version && (other.extras ?? []).length > 0,
  );
  const covered = others.map(environmentsOf).reduce(markerOr, NEVER);
  return !markerImplies(environmentsOf(locked), covered);
}

function environmentsOf({ marker }: LockedPackage): MarkerSet {
  return markerSetOf(marker === undefined ? undefined : parseMarker(marker));
}

function lockedLine(session: Session, locked: LockedPackage, options: ExportOptions): string {
  const { marker: text, version } = locked;
  const marker = text === undefined || options.only !== undefined ? undefined : parseMarker(text);
  const extras = options.extras ? (locked.extras ?? []) : [];
  const place = placeOf(locked);
  if (place !== undefined) return requirementText(session, { ...place, name: locked.name, extras, marker }, options);
  const name = locked.name + (extras.length === 0 ? '' : `[${extras.join(',')}]`);
  return `${name}==${version ?? ''}${marker === undefined ? '' : `; ${text ?? ''}`}`;
}

type Place = Exclude<ProjectRequirement, { readonly kind: 'named' }>;

/** Where a package comes from that no index has. */
function placeOf(locked: LockedPackage): Place | undefined {
  const { vcs, path, url, subdirectory, editable = false } = locked;
  const common = { name: undefined, extras: [], marker: undefined, subdirectory };
  if (vcs !== undefined) {
    const ref = editable ? vcs.ref : (vcs.revision ?? vcs.ref);
    return { ...common, kind: 'vcs', vcs: vcs.kind, repository: vcs.url, ref, editable };
  }
  if (path !== undefined) return { ...common, kind: 'path', path, editable };
  return url === undefined ? undefined : { ...common, kind: 'url', url, fragment: undefined };
}

/** An editable folder by its path from the root, everything else that is local by its absolute address. */
function requirementText(session: Session, found: ProjectRequirement, { expand }: ExportOptions): string {
  const { root, settings } = session;
  const written = formatRequirementLine(found, { root, env: settings.env, style: 'none' });
  const line =
    found.kind === 'path' && found.editable
      ? written.replace(pathToFileURL(resolve(root, found.path)).href, found.path)
      : written;
  return expand ? expandBraces(line, settings.env) : line;
}

function hashLines(locked: LockedPackage, line: string): string {
  const hashes = sortedText(new Set(trustedFiles(locked).map(({ hash }) => hash)));
  if (hashes.length > 0) return hashes.map((hash) => ` \\\n    --hash=${hash}`).join('');
  throw new TspmError('TSPM_USAGE', `Hash is not available for '${line}', please export with \`--no-hashes\` option.`, {
    hint: 'a folder or a checkout has none',
    context: { package: locked.name },
  });
}

function identityOf(found: ProjectRequirement): string {
  const extras = found.kind === 'named' ? found.requirement.extras : found.extras;
  return packageIdentity({ name: requirementKey(found) ?? '', extras });
}

/** Comment, lines, the project itself, sources. Throws TSPM_USAGE for a project that is no distribution. */
function withFrame(session: Session, lines: readonly string[], { self, expand }: ExportOptions): string {
  const { pyproject } = session;
  if (self !== 'no' && !pyproject.distribution) {
    throw new TspmError('TSPM_USAGE', 'Cannot export the project itself in a non-library project.', {
      hint: 'set distribution = true in [tool.pdm]',
    });
  }
  const own = { no: [], plain: ['.  # this package'], editable: ['-e .  # this package'] }[self];
  return [
    '# This file is @generated by PDM.',
    '# Please do not edit it manually.',
    '',
    ...lines,
    ...own,
    ...sourceLines(session, expand),
    '',
  ].join('\n');
}

/** The sources of pyproject.toml; their user and password keys stay there. */
function sourceLines({ pyproject, settings, root }: Session, expand: boolean): string[] {
  return pyproject.sources.flatMap(({ name, type, url, verify_ssl: verified }) => {
    if (url === undefined) return [];
    const option = type === 'find_links' ? '--find-links' : name === 'pypi' ? '--index-url' : '--extra-index-url';
    const trusted =
      verified === false ? [`--trusted-host ${new URL(expandSourceUrl(url, settings.env, root)).host}`] : [];
    return [`${option} ${expand ? expandSourceUrl(url, settings.env, root) : url}`, ...trusted];
  });
}
