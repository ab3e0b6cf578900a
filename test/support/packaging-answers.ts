/** What the library answers to the questions that `reference.py` puts to the reference, by topic. */
import {
  compareVersions,
  expandDependencyGroups,
  isTspmError,
  normalizeName,
  parseMarker,
  parseMetadata,
  parseRequirement,
  parseSdistFilename,
  parseSpecifierSet,
  parseVersion,
  parseWheelFilename,
} from '../../src/index.ts';
import { formatTag } from '../../src/packaging/tags.ts';
import {
  baseVersion,
  canonicalizeVersion,
  isPostrelease,
  isPrerelease,
  publicVersion,
} from '../../src/packaging/version.ts';

type Environment = Readonly<Record<string, string>>;

/** All texts as numbers of any size may stand in them. */
export function answerVersion(text: string): unknown {
  const version = orNull(() => parseVersion(text));
  if (version === null) return [null, canonicalizeVersion(text)];
  return [
    version.text,
    canonicalizeVersion(text),
    canonicalizeVersion(text, { stripTrailingZeros: false }),
    isPrerelease(version),
    isPostrelease(version),
    publicVersion(version),
    baseVersion(version),
  ];
}

export function answerOrder(a: string, b: string): unknown {
  return Math.sign(compareVersions(parseVersion(a), parseVersion(b)));
}

export function answerSpecifier(text: string): unknown {
  const specifiers = orNull(() => parseSpecifierSet(text));
  return specifiers === null ? null : [specifiers.toString(), specifiers.namesPrerelease];
}

export function answerContains(specifiers: string, version: string, policy: boolean | null, parsed: boolean): unknown {
  return orNull(() => {
    const set = parseSpecifierSet(specifiers);
    return set.contains(parsed ? parseVersion(version) : version, { prereleases: policy ?? undefined });
  });
}

export function answerFilter(specifiers: string, versions: readonly string[], policy: boolean | null): unknown {
  return orNull(() => parseSpecifierSet(specifiers).filter(versions, { prereleases: policy ?? undefined }));
}

export function answerMarker(text: string, environment: Environment, extras: readonly string[]): unknown {
  const marker = orNull(() => parseMarker(text));
  if (marker === null) return null;
  const value = (context: Parameters<typeof marker.evaluate>[1]): unknown =>
    orNull(() => marker.evaluate(environment, context));
  return [
    ...['', ...extras].map((extra) => value({ extra })),
    value({ extras: new Set(extras) }),
    value({ extras: new Set(extras), dependencyGroups: new Set(extras) }),
  ];
}

export function answerRequirement(text: string): unknown {
  return orNull(() => {
    const { name, extras, specifier, url, marker } = parseRequirement(text);
    return [name, extras, specifier.toString(), url ?? null, marker !== undefined];
  });
}

export function answerName(text: string): unknown {
  return orNull(() => normalizeName(text));
}

export function answerWheel(text: string): unknown {
  return orNull(() => {
    const { name, version, build, tags } = parseWheelFilename(text);
    return [name, version.text, (build ?? []).map(String), [...new Set(tags.map(formatTag))].toSorted()];
  });
}

export function answerSdist(text: string): unknown {
  return orNull(() => {
    const { name, version } = parseSdistFilename(text);
    return [name, version.text];
  });
}

export function answerMetadata(text: string): unknown {
  return orNull(() => {
    const { name, version, requiresPython, requiresDist, providesExtra } = parseMetadata(text);
    return [name, version, requiresPython, requiresDist, providesExtra];
  });
}

export function answerGroups(table: Readonly<Record<string, unknown>>, names: readonly string[]): unknown {
  return orNull(() => expandDependencyGroups(table, ...names).map((text) => parseRequirement(text).name));
}

/** The value, null for an error of ours; any other error is a fault. */
export function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isTspmError(error)) return null;
    throw error;
  }
}
