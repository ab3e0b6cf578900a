/** The files of a package as pylock.toml has them (PEP 751). */
import { tryParseSdistFilename, tryParseWheelFilename } from '../packaging/filename.ts';
import { isStableAbi, type Tag } from '../packaging/tags.ts';
import { compareVersions, tryParseVersion, versionsEqual, type Version } from '../packaging/version.ts';
import { formatBasicString } from '../toml/value.ts';
import { compareText, sortedBy } from '../util/collections.ts';
import { lockedFilename, type LockedFile, type LockedPackage } from './model.ts';
import { blockRow, row } from './rows.ts';

/** The files of one release; `version` undefined where the lock has none. */
export interface LockedRelease {
  readonly version: string | undefined;
  readonly files: readonly LockedFile[];
}

/**
 * The release that an entry stands for: of the local variants a pdm.lock takes together, the one that is pinned, else the highest, which
 * is the one that is installed.
 */
export function releaseOf({ name, version, files }: LockedPackage): LockedRelease {
  const locked = tryParseVersion(version ?? '');
  const versioned = files.flatMap((file) => {
    const found = versionOfFile(file, name);
    return found === undefined ? [] : [{ file, found }];
  });
  const [highest] = versioned.map(({ found }) => found).sort((a, b) => compareVersions(b, a));
  if (locked === undefined || highest === undefined) return { version, files };
  const wanted = locked.local === undefined ? highest : locked;
  return {
    version: versionsEqual(wanted, locked) ? version : wanted.text,
    files: versioned.filter(({ found }) => versionsEqual(found, wanted)).map(({ file }) => file),
  };
}

function versionOfFile(file: LockedFile, name: string): Version | undefined {
  const filename = lockedFilename(file);
  return (tryParseWheelFilename(filename) ?? tryParseSdistFilename(filename, name))?.version;
}

/** One source archive, and the wheels by their tags. */
export function fileRows(files: readonly LockedFile[]): string[] {
  const unique = [...new Map(files.map((file) => [fileTable(file, ', '), file])).values()];
  const wheels = unique.filter((file) => tryParseWheelFilename(lockedFilename(file)) !== undefined);
  const [sdist] = sortedBy(
    unique.filter((file) => !wheels.includes(file)),
    lockedFilename,
  );
  return [
    row('sdist', sdist === undefined ? undefined : fileTable(sdist, ', ')),
    blockRow(
      'wheels',
      wheels.sort(byTags).map((wheel) => fileTable(wheel, ',')),
    ),
  ];
}

function fileTable(file: LockedFile, separator: string): string {
  const { url, path, size } = file;
  const entries = [
    `name = ${formatBasicString(lockedFilename(file))}`,
    ...(path === undefined ? [] : [`path = ${formatBasicString(path)}`]),
    ...(url === undefined ? [] : [`url = ${formatBasicString(url)}`]),
    ...(size === undefined ? [] : [`size = ${size}`]),
    `hashes = ${hashTable(file)}`,
  ];
  return `{${entries.join(separator)}}`;
}

export function sizeRow({ size }: LockedFile): string {
  return row('size', size === undefined ? undefined : String(size));
}

export function hashTable({ hash }: LockedFile): string {
  const [algorithm = '', digest = ''] = hash.split(':', 2);
  return `{${algorithm} = ${formatBasicString(digest)}}`;
}

/** The newest Python first, then the exact ABI before the stable one before none; else by name. */
function byTags(a: LockedFile, b: LockedFile): number {
  const [x, y] = [a, b].map((file) => {
    const ranks = (tryParseWheelFilename(lockedFilename(file))?.tags ?? []).map(tagRank);
    return ranks.reduce((best, rank) => (compareRanks(rank, best) > 0 ? rank : best), [0, 0, 0]);
  });
  return compareRanks(y ?? [], x ?? []) || compareText(lockedFilename(a), lockedFilename(b));
}

function tagRank({ python, abi }: Tag): readonly number[] {
  const [, major = '0', minor = '0'] = /^[a-z]+(\d)(\d*)/.exec(python) ?? [];
  return [Number(major), Number(minor), abi === 'none' ? 0 : isStableAbi(abi) ? 1 : 2];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  return a.map((rank, index) => rank - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
