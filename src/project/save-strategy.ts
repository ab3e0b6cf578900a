import { unreachable } from '../errors.ts';
import { isPrerelease, publicVersion, type Version } from '../packaging/version.ts';

/** How `add` and `update -u` write the version they found into pyproject.toml. */
export type SaveStrategy = 'minimum' | 'compatible' | 'safe_compatible' | 'exact' | 'wildcard';

/** The strategy a configuration value names; words nobody knows leave the requirement open. */
export function saveStrategyOf(word: string): SaveStrategy {
  const known = ['minimum', 'compatible', 'safe_compatible', 'exact', 'wildcard'] as const;
  return known.find((strategy) => strategy === word) ?? 'wildcard';
}

/**
 * The specifier saved for a resolved version, empty for none. The local part is never saved. For a release of one number
 * `safe_compatible` writes a zero behind it: `~=5` is no valid specifier.
 */
export function savedSpecifier(strategy: SaveStrategy, version: Version): string {
  const text = publicVersion(version);
  switch (strategy) {
    case 'minimum':
      return `>=${text}`;
    case 'exact':
      return `==${text}`;
    case 'wildcard':
      return '';
    case 'compatible':
      return compatible(version, text, compatibleBase(version));
    case 'safe_compatible':
      return compatible(version, text, version.release.length < 2 ? compatibleBase(version) : text);
    default:
      return unreachable(strategy);
  }
}

function compatible(version: Version, text: string, base: string): string {
  const [major = 0] = version.release;
  return isPrerelease(version) ? `<${epochOf(version)}${BigInt(major) + 1n},>=${text}` : `~=${base}`;
}

/** The first two numbers of the release. */
function compatibleBase(version: Version): string {
  const [major = 0, minor = 0] = version.release;
  return `${epochOf(version)}${major}.${minor}`;
}

function epochOf(version: Version): string {
  return Number(version.epoch) === 0 ? '' : `${version.epoch}!`;
}
