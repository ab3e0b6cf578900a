/** The library entry: the packaging standards as typed functions. All throw {@link TspmError} with a stable code. */
export { isTspmError, TspmError, type ErrorCode } from './errors.ts';
export { normalizeName } from './packaging/name.ts';
export { compareVersions, parseVersion, type Version } from './packaging/version.ts';
export { parseSpecifierSet, type Specifier, type SpecifierSet } from './packaging/specifier.ts';
export { parseMarker, type Marker, type MarkerEnvironment } from './packaging/marker.ts';
export { parseRequirement, type Requirement } from './packaging/requirement.ts';
export {
  parseSdistFilename,
  parseWheelFilename,
  type SdistFilename,
  type WheelFilename,
} from './packaging/filename.ts';
export { compatibleTags, type Tag, type TagTarget } from './packaging/tags.ts';
export { parseMetadata, type CoreMetadata } from './packaging/metadata.ts';
