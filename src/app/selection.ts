/** Which packages of a lock are installed here, from which of their files, and what the installer has to know of them. */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TspmError } from '../errors.ts';
import { formatsOf } from '../index/file-rules.ts';
import { packagesPaths } from '../installer/environment.ts';
import type { WantedDistribution } from '../installer/wanted.ts';
import { requireDeclaredUrls, requireHashes } from '../lockfile/hashes.ts';
import { lockedFilename, type LockedPackage, type LockedVcs, type Lockfile } from '../lockfile/model.ts';
import { requirePythonOfPackages } from '../lockfile/pylock-environment.ts';
import { selectPackages, type RootRequirement } from '../lockfile/select.ts';
import type { DirectUrl } from '../packaging/direct-url.ts';
import { normalizeExtras, normalizeName } from '../packaging/name.ts';
import { compatibleTags } from '../packaging/tags.ts';
import type { Pyproject } from '../project/pyproject.ts';
import { requirementLocation } from '../project/requirement-line.ts';
import type { Environment } from '../project/variables.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { redactUrl } from '../util/redact.ts';
import { isCommit } from '../vcs/repository.ts';
import { chooseFile, hashOf, tagRanks, type ChosenFile } from './choose-file.ts';
import { formatControl } from './file-rules.ts';
import { projectRequirements, type GroupRequirement } from './lock-inputs.ts';
import { unsupportedVcs } from './repositories.ts';

/** A package to install. */
export interface SelectedPackage {
  readonly locked: LockedPackage;
  readonly file: ChosenFile | ChosenFolder | ChosenCheckout;
  readonly wanted: WantedDistribution;
}

/** A folder that a package is built from each time it is installed. */
export interface ChosenFolder {
  readonly kind: 'folder';
  /** Absolute. */
  readonly path: string;
  /** Folder of it that holds the project. */
  readonly subdirectory: string | undefined;
  readonly editable: boolean;
  /** Where the folder is cloned from when it is not there. */
  readonly origin: LockedVcs | undefined;
}

/** A commit that a package is built from. */
export interface ChosenCheckout {
  readonly kind: 'checkout';
  readonly vcs: LockedVcs;
  readonly commit: string;
  readonly subdirectory: string | undefined;
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
 * The packages by key, with every file decided before the first is fetched. Throws TSPM_LOCK_UNHASHED, TSPM_NO_MATCHING_WHEEL,
 * TSPM_LOCK_INVALID for a checkout without a commit, and TSPM_UNSUPPORTED for version control other than git.
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
  requireHashes(selected);
  const ranks = tagRanks(compatibleTags(interpreter.tagTarget));
  const control = formatControl(pyproject, env);
  return new Map(
    selected.map((locked) => {
      const requested = requirements.some((found) => asksFor(found, locked.name));
      const isPlaced = locked.url !== undefined || locked.path !== undefined;
      const formats = isPlaced ? 'all' : formatsOf(control, locked.name);
      const file = folderOf(locked, place) ?? checkoutOf(locked) ?? chooseFile(locked, ranks, interpreter, formats);
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
  const directUrl = directUrlOf(locked, { root, file });
  return {
    key: locked.name,
    name: locked.name,
    version,
    sha256s,
    requested,
    ...(directUrl === undefined ? {} : { directUrl }),
    versionIsExactLocal: version.includes('+'),
  };
}

function directUrlOf(
  locked: LockedPackage,
  { root, file }: { readonly root: string; readonly file: SelectedPackage['file'] },
): DirectUrl | undefined {
  const { subdirectory } = locked;
  if (file.kind === 'checkout') {
    const { vcs, commit } = file;
    const source = { kind: 'vcs', vcs: vcs.kind, commitId: commit, requestedRevision: vcs.ref } as const;
    return { url: vcs.url, subdirectory, source };
  }
  if (file.kind === 'folder') {
    const { path, editable } = file;
    return { url: pathToFileURL(path).href, subdirectory, source: { kind: 'directory', editable } };
  }
  const url = locationUrl(locked, root);
  return url === undefined ? undefined : { url, subdirectory, source: { kind: 'archive', hashes: file.hashes } };
}

function checkoutOf({ name, vcs, subdirectory }: LockedPackage): ChosenCheckout | undefined {
  if (vcs === undefined) return undefined;
  if (vcs.kind !== 'git') throw unsupportedVcs(vcs.kind, vcs.url);
  const { revision } = vcs;
  if (revision !== undefined && isCommit(revision)) return { kind: 'checkout', vcs, commit: revision, subdirectory };
  throw new TspmError('TSPM_LOCK_INVALID', `the lock does not say which commit of ${redactUrl(vcs.url)} ${name} is`, {
    hint: `run \`tspm update ${name}\``,
    context: { package: name },
  });
}

/** A folder of this machine, or the checkout of an editable package, which is cloned beside the packages and kept. */
function folderOf(
  locked: LockedPackage,
  { pyproject: { root }, interpreter, editable }: SelectionPlace,
): ChosenFolder | undefined {
  const { name, path, files, subdirectory, vcs } = locked;
  const isEditable = locked.editable === true;
  const common = { kind: 'folder', subdirectory, editable: isEditable && editable } as const;
  if (vcs !== undefined && isEditable) {
    return { ...common, path: join(packagesPaths(root, interpreter.ident).base, 'src', name), origin: vcs };
  }
  if (path === undefined || files.length > 0) return undefined;
  return { ...common, path: resolve(root, path), origin: undefined };
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
