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
  readonly file: ChosenFile | ChosenFolder;
  readonly wanted: WantedDistribution;
}

/** A folder that a package is built from each time it is installed. */
export interface ChosenFolder {
  readonly kind: 'folder';
  /** Absolute. */
  readonly path: string;
  readonly editable: boolean;
}

/** What a selection depends on beside the lock. */
export interface SelectionPlace {
  readonly pyproject: Pyproject;
  readonly env: Environment;
  readonly interpreter: Interpreter;
  /** Normalised. */
  readonly groups: readonly string[];
  /** Whether editable packages are installed as such. */
  readonly editable: boolean;
}

/**
 * The packages by key, with every file decided before the first is fetched. Throws TSPM_LOCK_UNHASHED, TSPM_NO_MATCHING_WHEEL, and
 * TSPM_UNSUPPORTED for version control.
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
      const formats = isPlaced ? 'all' : formatsOf(control, locked.name);
      const file = folderOf(locked, place) ?? chooseFile(locked, ranks, interpreter, formats);
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
  {
    root,
    file,
    requested,
  }: { readonly root: string; readonly file: SelectedPackage['file']; readonly requested: boolean },
): WantedDistribution {
  const version = locked.version ?? '';
  const wheels = locked.files.filter((one) => lockedFilename(one).endsWith('.whl'));
  const digests = wheels.flatMap((one) => hashOf(one)['sha256'] ?? []);
  const sha256s = file.kind === 'wheel' ? digests : [];
  const url = locationUrl(locked, root);
  const source =
    file.kind === 'folder'
      ? ({ kind: 'directory', editable: file.editable } as const)
      : ({ kind: 'archive', hashes: file.hashes } as const);
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

function folderOf({ path, files, editable }: LockedPackage, place: SelectionPlace): ChosenFolder | undefined {
  if (path === undefined || files.length > 0) return undefined;
  return { kind: 'folder', path: resolve(place.pyproject.root, path), editable: editable === true && place.editable };
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
  const checkout = selected.find(({ vcs }) => vcs !== undefined);
  if (checkout?.vcs === undefined) return;
  throw new TspmError(
    'TSPM_UNSUPPORTED',
    `${checkout.name} would have to be fetched from ${checkout.vcs.url} by ${checkout.vcs.kind}, which tspm cannot do yet`,
    {
      hint: 'leave its group out with --without, or depend on an archive or a wheel',
    },
  );
}
