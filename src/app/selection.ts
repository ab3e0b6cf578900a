/** Which packages of a lock are installed here, from which of their files, and what the installer has to know of them. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TspmError } from '../errors.ts';
import { formatsOf } from '../index/file-rules.ts';
import type { WantedDistribution } from '../installer/wanted.ts';
import { requireDeclaredUrls, requireHashes } from '../lockfile/hashes.ts';
import { lockedFilename, type LockedPackage, type Lockfile } from '../lockfile/model.ts';
import { requirePythonOfPackages } from '../lockfile/pylock-environment.ts';
import { selectPackages, type RootRequirement } from '../lockfile/select.ts';
import { normalizeExtras, normalizeName } from '../packaging/name.ts';
import { compatibleTags } from '../packaging/tags.ts';
import type { Pyproject } from '../project/pyproject.ts';
import { requirementLocation } from '../project/requirement-line.ts';
import type { Environment } from '../project/variables.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { chooseFile, hashOf, tagRanks, type ChosenFile } from './choose-file.ts';
import { formatControl } from './file-rules.ts';
import { projectRequirements, type GroupRequirement } from './lock-inputs.ts';

/** A package to install. */
export interface SelectedPackage {
  readonly locked: LockedPackage;
  readonly file: ChosenFile;
  readonly wanted: WantedDistribution;
}

/** What a selection depends on beside the lock. */
export interface SelectionPlace {
  readonly pyproject: Pyproject;
  readonly env: Environment;
  readonly interpreter: Interpreter;
  /** Normalised. */
  readonly groups: readonly string[];
}

/**
 * The packages by key, with every file decided before the first is fetched. Throws TSPM_LOCK_UNHASHED, TSPM_NO_MATCHING_WHEEL, and
 * TSPM_UNSUPPORTED for folders and version control.
 */
export function selectWanted(lock: Lockfile, place: SelectionPlace): Map<string, SelectedPackage> {
  const { pyproject, env, interpreter, groups } = place;
  requireDeclaredUrls(lock);
  const { requirements } = projectRequirements(pyproject, groups, env);
  const selected = selectPackages(lock, {
    groups,
    environment: interpreter.markers,
    excludes: pyproject.resolution.excludes,
    roots: requirements.map(selectionRoot),
  });
  if (lock.pylock !== undefined) requirePythonOfPackages(selected, interpreter.markers);
  requireInstallable(selected);
  requireHashes(selected);
  const ranks = tagRanks(compatibleTags(interpreter.tagTarget));
  const control = formatControl(pyproject, env);
  return new Map(
    selected.map((locked) => {
      const requested = requirements.some((found) => asksFor(found, locked.name));
      const isPlaced = locked.url !== undefined || locked.path !== undefined;
      const file = chooseFile(locked, ranks, interpreter, isPlaced ? 'all' : formatsOf(control, locked.name));
      return [
        locked.name,
        { locked, file, wanted: wantedDistribution(locked, { root: pyproject.root, file, requested }) },
      ];
    }),
  );
}

/** `requested`: the project itself asks for the package. What is built here may be any wheel of the version. */
function wantedDistribution(
  locked: LockedPackage,
  { root, file, requested }: { readonly root: string; readonly file: ChosenFile; readonly requested: boolean },
): WantedDistribution {
  const version = locked.version ?? '';
  const wheels = locked.files.filter((one) => lockedFilename(one).endsWith('.whl'));
  const digests = wheels.flatMap((one) => hashOf(one)['sha256'] ?? []);
  const sha256s = file.kind === 'wheel' ? digests : [];
  const url = locationUrl(locked, root);
  const source = { kind: 'archive', hashes: file.hashes } as const;
  return {
    key: locked.name,
    name: locked.name,
    version,
    sha256s,
    requested,
    ...(url === undefined ? {} : { directUrl: { url, subdirectory: undefined, source } }),
    versionIsExactLocal: version.includes('+'),
  };
}

function locationUrl({ url, path }: LockedPackage, root: string): string | undefined {
  if (url !== undefined) return url;
  return path === undefined ? undefined : pathToFileURL(resolve(root, path)).href;
}

function asksFor({ requirement }: GroupRequirement, key: string): boolean {
  if (requirement.kind !== 'named') return false;
  return requirement.requirement.key === key && requirement.requirement.extras.length === 0;
}

/** The requirement as the walk through a lock without groups starts from it. */
export function selectionRoot({ requirement }: GroupRequirement): RootRequirement {
  if (requirement.kind === 'named') {
    const { key, extras, specifier, marker } = requirement.requirement;
    return { key, extras, specifier, location: undefined, marker };
  }
  const { name, extras, marker } = requirement;
  return {
    key: name === undefined ? undefined : normalizeName(name),
    extras: normalizeExtras(extras),
    specifier: undefined,
    location: requirementLocation(requirement),
    marker,
  };
}

function requireInstallable(selected: readonly LockedPackage[]): void {
  const built = selected.find(
    (locked) =>
      locked.vcs !== undefined || locked.editable === true || (locked.path !== undefined && locked.files.length === 0),
  );
  if (built === undefined) return;
  throw new TspmError(
    'TSPM_UNSUPPORTED',
    `${built.name} would have to be built from ${built.path ?? built.vcs?.url ?? 'its sources'}, which tspm cannot do yet`,
    {
      hint: 'leave its group out with --without, or depend on a built wheel',
    },
  );
}
