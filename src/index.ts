/**
 * The library entry: the packaging standards as typed functions. What cannot be read throws a {@link TspmError} with a stable code, also
 * where the value is no text at all. docs/library.md shows each function.
 */
import { compatibleTags as tagsOfTarget, type TagTarget } from './packaging/tags.ts';
import { readTagTarget, type TargetDescription } from './packaging/target-description.ts';
import { compareVersions as compareParsed, parseVersion, requireVersion, type Version } from './packaging/version.ts';

export { isTspmError, TspmError, type ErrorCode } from './errors.ts';
export { expandDependencyGroups } from './packaging/dependency-groups.ts';
export {
  parseSdistFilename,
  parseWheelFilename,
  type SdistFilename,
  type WheelFilename,
} from './packaging/filename.ts';
export { parseMarker, type Marker, type MarkerContext, type MarkerEnvironment } from './packaging/marker.ts';
export { parseMetadata, type CoreMetadata } from './packaging/metadata.ts';
export { parseName as normalizeName } from './packaging/name.ts';
export { parseRequirement, type Requirement } from './packaging/requirement.ts';
export { parseSpecifierSet, type PrereleasePolicy, type Specifier, type SpecifierSet } from './packaging/specifier.ts';
export type { Tag, TagTarget } from './packaging/tags.ts';
export type { TargetDescription } from './packaging/target-description.ts';
export { parseVersion, type Version, type VersionNumber } from './packaging/version.ts';

/**
 * The order of PEP 440 of two versions, parsed or as text: negative, zero or positive; `1.0` and `1.0.0` are equal. Throws
 * TSPM_INVALID_VERSION.
 */
export function compareVersions(a: Version | string, b: Version | string): number {
  return compareParsed(asVersion(a), asVersion(b));
}

/**
 * The compatibility tags `python-abi-platform` (PEP 425) of the wheels that an interpreter can load, best first, in the order of
 * `packaging.tags.sys_tags`. The interpreter is given in plain words, as the lists that decide, or as an object that has them as its
 * `tagTarget`. Throws TSPM_INVALID_TARGET.
 */
export function compatibleTags(target: TagTarget | TargetDescription | { readonly tagTarget: TagTarget }): string[] {
  return tagsOfTarget(readTagTarget(target));
}

function asVersion(value: Version | string): Version {
  return typeof value === 'string' ? parseVersion(value) : requireVersion(value);
}
