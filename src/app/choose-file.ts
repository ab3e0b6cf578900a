/** Which of a locked version's files is installed here: the wheel with the best tag (standards: platform compatibility tags), else the archive. */
import { TspmError } from '../errors.ts';
import type { Formats } from '../index/file-rules.ts';
import { trustedFiles } from '../lockfile/hashes.ts';
import { lockedFilename, type LockedFile, type LockedPackage } from '../lockfile/model.ts';
import { tryParseWheelFilename, type WheelFilename } from '../packaging/filename.ts';
import { formatTag } from '../packaging/tags.ts';
import { compareVersions, tryParseVersion, versionsEqual } from '../packaging/version.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { compareText, sortedText } from '../util/collections.ts';

/** A locked file that fits the interpreter. */
export interface ChosenFile {
  /** An archive has to be built. */
  readonly kind: 'wheel' | 'archive';
  readonly filename: string;
  /** Hex digests the file must have, by algorithm: one of sha256, sha384, sha512. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Where the lock says the file is: an address, or a path from the root, which goes first. */
  readonly url: string | undefined;
  readonly path: string | undefined;
  /** Bytes; only in a pylock.toml. */
  readonly size: number | undefined;
}

/** Tag text ('cp311-cp311-manylinux_2_17_x86_64') to its rank, 0 = best. */
export type TagRanks = ReadonlyMap<string, number>;

/** What messages say of the Python the file is for. */
type NamedInterpreter = Pick<Interpreter, 'implementation' | 'versionText'>;

/** Ranks of a list of compatible tags, best first. */
export function tagRanks(tags: readonly string[]): TagRanks {
  return new Map(tags.map((tag, rank) => [tag, rank]));
}

/**
 * The file of `locked` to install: the wheel with the local version that is locked, else the highest one, then the best tag, then the highest build; where no wheel
 * fits, the source archive. `formats` may leave one of the two alone. Throws TSPM_NO_MATCHING_WHEEL naming the tags that exist and
 * those that were wanted.
 */
export function chooseFile(
  locked: LockedPackage,
  ranks: TagRanks,
  interpreter: NamedInterpreter,
  formats: Formats = 'all',
): ChosenFile {
  const wheel = formats === 'archives' ? undefined : bestWheel(locked, ranks);
  const archive = formats === 'wheels' ? undefined : bestArchive(locked);
  if (wheel !== undefined) return chosenFile(wheel, 'wheel');
  if (archive !== undefined) return chosenFile(archive, 'archive');
  throw formats === 'archives' ? noArchive(locked) : noMatchingWheel(locked, ranks, interpreter);
}

function chosenFile(file: LockedFile, kind: ChosenFile['kind']): ChosenFile {
  const { url, path, size } = file;
  return { kind, filename: lockedFilename(file), hashes: hashOf(file), url, path, size };
}

/** The archive a build can start from; `.tar.gz` goes first (PEP 625). */
function bestArchive(locked: LockedPackage): LockedFile | undefined {
  const ranked = trustedFiles(locked).flatMap((file) => {
    const filename = lockedFilename(file);
    const rank = BUILDABLE.findIndex((pattern) => pattern.test(filename));
    return rank < 0 ? [] : [{ file, filename, rank }];
  });
  return ranked.sort((a, b) => a.rank - b.rank || compareText(a.filename, b.filename))[0]?.file;
}

const BUILDABLE: readonly RegExp[] = [
  /\.tar\.gz$/i,
  /\.tgz$/i,
  /\.zip$/i,
  /\.(?:tar\.(?:bz2|xz|lzma)|tbz2?|txz|tlz)$/i,
  /\.tar$/i,
];

function bestWheel(locked: LockedPackage, ranks: TagRanks): LockedFile | undefined {
  const fitting = trustedFiles(locked).flatMap((file) => {
    const filename = lockedFilename(file);
    const wheel = tryParseWheelFilename(filename);
    if (wheel === undefined) return [];
    const rank = Math.min(...wheel.tags.map((tag) => ranks.get(formatTag(tag)) ?? Infinity));
    return rank === Infinity ? [] : [{ file, filename, wheel, rank }];
  });
  const version = locked.version?.includes('+') === true ? tryParseVersion(locked.version) : undefined;
  const isLocked = ({ wheel }: (typeof fitting)[number]): boolean =>
    version !== undefined && versionsEqual(wheel.version, version);
  const [best] = fitting.sort(
    (a, b) =>
      Number(isLocked(b)) - Number(isLocked(a)) ||
      compareVersions(b.wheel.version, a.wheel.version) ||
      a.rank - b.rank ||
      compareBuilds(b.wheel.build, a.wheel.build) ||
      compareText(a.filename, b.filename),
  );
  return best?.file;
}

/** The digest of a locked file by its algorithm; a hash without algorithm is sha256. */
export function hashOf(file: LockedFile): Readonly<Record<string, string>> {
  const colon = file.hash.indexOf(':');
  return colon < 0 ? { sha256: file.hash } : { [file.hash.slice(0, colon)]: file.hash.slice(colon + 1) };
}

type Build = WheelFilename['build'];

function compareBuilds(a: Build, b: Build): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return Number(a[0] > b[0]) - Number(a[0] < b[0]) || compareText(a[1], b[1]);
}

function noArchive({ name, version = '' }: LockedPackage): TspmError {
  const message = `no-binary rules the wheels of ${name} ${version} out, and the lock has no source archive of it`;
  return new TspmError('TSPM_NO_MATCHING_WHEEL', message, {
    hint: `take ${name} out of no-binary, or choose a version that has an archive`,
    context: { package: name, version },
  });
}

function noMatchingWheel(locked: LockedPackage, ranks: TagRanks, interpreter: NamedInterpreter): TspmError {
  const names = locked.files.map(lockedFilename);
  const tags = new Set(names.flatMap((name) => tryParseWheelFilename(name)?.tags ?? []).map((tag) => formatTag(tag)));
  const what = `${locked.name} ${locked.version ?? ''}`.trimEnd();
  const here = `${interpreter.implementation} ${interpreter.versionText}`;
  const wanted = [...ranks.keys()].slice(0, 3).join(', ');
  const context = {
    package: locked.name,
    version: locked.version,
    tags: sortedText(tags),
    wanted: [...ranks.keys()].slice(0, 50),
  };
  if (tags.size === 0) {
    const problem =
      names.length === 0
        ? `has no files in the lock, and no wheel can be installed for ${here}`
        : names.some((name) => BUILDABLE.some((pattern) => pattern.test(name)))
          ? 'is only published as a source archive, which only-binary rules out'
          : `is only published as ${names.join(' and ')}, which cannot be installed or built`;
    return new TspmError('TSPM_NO_MATCHING_WHEEL', `${what} ${problem}`, {
      hint: 'pin a version that has wheels, or add a source that has one',
      context,
    });
  }
  return new TspmError(
    'TSPM_NO_MATCHING_WHEEL',
    `no wheel of ${what} fits ${here}: it has ${summarise(sortedText(tags))}; wanted ${wanted} or one of ${ranks.size - 3} others`,
    { hint: 'choose another interpreter with `tspm use`, or a version that has a wheel for this one', context },
  );
}

function summarise(tags: readonly string[]): string {
  return tags.length <= 6 ? tags.join(', ') : `${tags.slice(0, 6).join(', ')} and ${tags.length - 6} more`;
}
