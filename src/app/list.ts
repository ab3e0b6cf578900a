import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isTspmError, TspmError } from '../errors.ts';
import { tryParseDirectUrl, type DirectUrl } from '../packaging/direct-url.ts';
import { decodeMetadata, parseMetadata, type CoreMetadata } from '../packaging/metadata.ts';
import { parseMetadataRequirement, type Requirement } from '../packaging/requirement.ts';
import { allGroups, groupNames, sortGroups } from '../project/groups.ts';
import { requirementKey } from '../project/requirement-line.ts';
import { compareText } from '../util/collections.ts';
import { installedDistributions } from './installed.ts';
import { projectRequirements } from './lock-inputs.ts';
import type { Session } from './session.ts';

/** An installed distribution with what its metadata says. */
export interface InstalledPackage {
  readonly key: string;
  /** As the package writes it. */
  readonly name: string;
  readonly version: string;
  /** Path of a local source, prefixed `-e ` when editable; else empty. */
  readonly location: string;
  /** Groups of the project that ask for it; `:sub` when only other packages do. */
  readonly groups: readonly string[];
  readonly homepage: string;
  readonly licenses: string;
  readonly directUrl: DirectUrl | undefined;
  /** Requirements that hold in the project's environment without extras. */
  readonly requires: readonly Requirement[];
}

/** What is installed in the project, by name without regard to case. */
export async function listInstalled(session: Session): Promise<InstalledPackage[]> {
  const { lib } = await session.packages();
  const { markers } = await session.interpreter();
  const groups = groupsByKey(session);
  const packages = (await installedDistributions(session)).flatMap((distribution): InstalledPackage[] => {
    const path = join(lib, distribution.distInfo, 'METADATA');
    if (!existsSync(path)) return [];
    const metadata = installedMetadata(path);
    const directUrl = tryParseDirectUrl(distribution.directUrl);
    return [
      {
        key: distribution.key,
        name: metadata.name,
        version: metadata.version,
        location: locationOf(directUrl),
        groups: groups.get(distribution.key) ?? [':sub'],
        homepage: metadata.homePage,
        licenses: metadata.fields.get('license-expression')?.[0] ?? metadata.license,
        directUrl,
        requires: metadata.requiresDist.flatMap((line) => applicable(line, markers)),
      },
    ];
  });
  return packages.sort((a, b) => compareText(a.key, b.key));
}

/** A requirement line that stands for the package as it is installed. */
export function frozenLine({ name, version, directUrl }: InstalledPackage): string {
  if (directUrl === undefined) return `${name}==${version}`;
  const { url, source, subdirectory } = directUrl;
  const fragment = subdirectory === undefined ? '' : `#subdirectory=${subdirectory}`;
  if (source.kind === 'vcs') return `${name} @ ${source.vcs}+${url}@${source.commitId}${fragment}`;
  if (source.kind === 'directory' && source.editable) return `-e ${url}#egg=${name}`;
  return `${name} @ ${url}${fragment}`;
}

function groupsByKey(session: Session): Map<string, string[]> {
  const { pyproject, settings } = session;
  const found = new Map<string, string[]>();
  for (const group of sortGroups(allGroups(groupNames(pyproject)))) {
    for (const { requirement } of projectRequirements(pyproject, [group], settings.env).requirements) {
      const key = requirementKey(requirement);
      if (key === undefined) continue;
      const groups = found.get(key) ?? [];
      if (!groups.includes(group)) found.set(key, [...groups, group]);
    }
  }
  return found;
}

function locationOf(directUrl: DirectUrl | undefined): string {
  if (directUrl === undefined || !directUrl.url.startsWith('file:')) return '';
  const editable = directUrl.source.kind === 'directory' && directUrl.source.editable;
  return `${editable ? '-e ' : ''}${fileURLToPath(directUrl.url)}`;
}

/** Throws TSPM_INVALID_METADATA with the path. */
function installedMetadata(path: string): CoreMetadata {
  try {
    return parseMetadata(decodeMetadata(readFileSync(path)));
  } catch (error) {
    if (!isTspmError(error)) throw error;
    const detail = { hint: 'install it again: `tspm sync -r`', cause: error };
    throw new TspmError(error.code, `${path}: ${error.message}`, detail);
  }
}

function applicable(line: string, markers: Readonly<Record<string, string>>): Requirement[] {
  try {
    const requirement = parseMetadataRequirement(line);
    return requirement.marker?.evaluate(markers) === false ? [] : [requirement];
  } catch (error) {
    if (isTspmError(error)) return [];
    throw error;
  }
}
