import { firstNotBelow } from './specifier-clause.ts';
import { formatParts } from './version-reader.ts';
import { parseVersion, type Version, type VersionNumber } from './version.ts';

/**
 * A place between versions, as the least version above it; it may be one that nobody can write: a post-release number of
 * Infinity stands above all post-releases, a last local part of `''` directly above one exact version. Every place has one form,
 * in particular "above all local versions of V" is the least version that can follow (`V.post0.dev0`, `V.devN+1`, …).
 */
export type Cut = Version;

/** Below every version. */
export const LOWEST_CUT: Cut = below(parseVersion('0.dev0'));

/** Directly below a version. */
export function below(version: Version): Cut {
  return canonicalCut(version);
}

/** Directly above one version; its local versions, other than itself, are above the cut. */
export function aboveExactly(version: Version): Cut {
  return canonicalCut({ ...version, local: [...(version.local ?? []), ''] });
}

/** Above a version and all its local versions. */
export function aboveLocals(version: Version): Cut {
  const { dev, post } = version;
  if (dev !== undefined) return canonicalCut({ ...version, dev: increment(dev), local: undefined });
  return canonicalCut({ ...version, post: post === undefined ? 0 : increment(post), dev: 0, local: undefined });
}

/** Above a version that is no post- or development release, and all its post-releases. */
export function abovePosts(version: Version): Cut {
  const { pre } = version;
  if (pre === undefined) return canonicalCut({ ...version, post: Infinity });
  return canonicalCut({ ...version, pre: [pre[0], increment(pre[1])], dev: 0 });
}

/** Where `<version` ends. */
export function belowWithPrereleases(version: Version): Cut {
  return canonicalCut(firstNotBelow(version));
}

/** Below every version that starts with the release of `prefix`. */
export function belowPrefix(prefix: Version): Cut {
  return canonicalCut({ ...prefix, pre: undefined, post: undefined, dev: 0, local: undefined });
}

/** Above every version that starts with the release of `prefix`. */
export function abovePrefix(prefix: Version): Cut {
  const last = prefix.release.at(-1) ?? 0;
  return belowPrefix({ ...prefix, release: [...prefix.release.slice(0, -1), increment(last)] });
}

/** Whether no version nor text lies at the cut itself, only below or above it. */
export function isBetween(cut: Cut): boolean {
  return cut.post === Infinity || cut.local?.at(-1) === '';
}

/** The number after `number`, exact at any size. */
export function increment(number: VersionNumber): VersionNumber {
  return typeof number === 'bigint' || number === Number.MAX_SAFE_INTEGER ? BigInt(number) + 1n : number + 1;
}

function canonicalCut(version: Version): Cut {
  let length = version.release.length;
  while (length > 1 && version.release[length - 1] === 0) length--;
  const parts = { ...version, release: version.release.slice(0, length) };
  return { ...parts, text: formatParts(parts) };
}
