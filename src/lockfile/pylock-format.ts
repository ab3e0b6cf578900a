/** A lock as pylock.toml (PEP 751), with the parts that PDM adds below `tool.pdm`. */
import { TspmError } from '../errors.ts';
import { withGroups, type GroupName } from '../packaging/marker-groups.ts';
import { parseMarker } from '../packaging/marker.ts';
import { tryParsePlatformName } from '../packaging/platform-name.ts';
import { parsePythonRange, pythonRangeMarker } from '../packaging/python-range.ts';
import { formatBasicString } from '../toml/value.ts';
import { sortedBy, sortedText } from '../util/collections.ts';
import { IMPLEMENTATIONS, packageIdentity, PYLOCK_VERSION } from './model.ts';
import type { LockedPackage, LockedVcs, Lockfile, LockTarget, PylockHead } from './model.ts';
import { fileRows, hashTable, releaseOf, sizeRow } from './pylock-files.ts';
import { blockRow, inlineArray, nonEmptyRow, row, sortGroups, table, targetRows, textRow } from './rows.ts';

/**
 * The text, laid out as PDM does, without its comment. Entries with extras are left out: their plain entries stand for them. Throws
 * TSPM_UNSUPPORTED for what the standard has no form for.
 */
export function formatPylock(lock: Lockfile, head: PylockHead): string {
  const packages = lock.packages.filter(({ extras = [] }) => extras.length === 0);
  const tables = sortedBy(packages, packageIdentity).map((locked) => packageTables(locked, head));
  // The key may not be missing.
  const none = row('packages', tables.length === 0 ? '[]' : undefined);
  return [headRows(lock, head) + none, ...tables, toolTables(lock)].join('\n');
}

function headRows({ groups, targets }: Lockfile, head: PylockHead): string {
  const { requiresPython, extras } = head;
  const environments = targets.length > 0 ? targets.map(environmentOf) : (head.environments ?? []);
  // A list with a marker that holds anywhere says no more than none.
  const isLimited = environments.every((marker) => marker !== '');
  return [
    textRow('lock-version', PYLOCK_VERSION),
    nonEmptyRow('requires-python', requiresPython),
    isLimited ? blockRow('environments', environments.map(formatBasicString)) : '',
    ...(groups === undefined ? [] : groupRows(sortGroups(groups), extras)),
    textRow('created-by', 'tspm'),
  ].join('');
}

function groupRows(groups: readonly string[], extras: readonly string[]): string[] {
  return [
    row('extras', inlineArray(groups.filter((group) => extras.includes(group)))),
    row('dependency-groups', inlineArray(groups.filter((group) => !extras.includes(group)))),
    row('default-groups', groups.includes('default') ? inlineArray(['default']) : undefined),
  ];
}

/** The marker of a target: the values its platform and implementation fix by the name of the variable. */
function environmentOf({ requiresPython, platform, implementation }: LockTarget): string {
  const python = pythonRangeMarker(parsePythonRange(requiresPython));
  const markers: Readonly<Record<string, string>> = tryParsePlatformName(platform ?? '')?.markers ?? {};
  const order = /^manylinux_.*_x86_64$/.test(platform ?? '') ? ORDER_OF_LINUX : [];
  const values = [
    ...sortedBy(Object.entries(markers), ([name]) => `${order.indexOf(name)} ${name}`),
    ...implementationValues(implementation),
  ];
  const atoms = values.map(([name, value]) => `${name} == "${value}"`);
  const isUnion = atoms.length > 0 && python.includes(' or ');
  return [isUnion ? `(${python})` : python, ...atoms].filter((part) => part !== '').join(' and ');
}

/** PDM writes the variables of this one platform in an order of its own. */
const ORDER_OF_LINUX = ['sys_platform', 'platform_system', 'os_name', 'platform_machine'];

function implementationValues(implementation: string | undefined): [string, string][] {
  const name = IMPLEMENTATIONS.get(implementation ?? '');
  if (implementation === undefined || name === undefined) return [];
  return [
    ['implementation_name', implementation],
    ['platform_python_implementation', name],
  ];
}

function packageTables(locked: LockedPackage, head: PylockHead): string {
  const source = sourceTable(locked);
  const { version, files } = releaseOf(locked);
  return [
    table('[[packages]]', [
      textRow('name', locked.name),
      textRow('version', version),
      nonEmptyRow('requires-python', locked.requiresPython),
      ...(source === undefined ? fileRows(files) : []),
      textRow('marker', markerOf(locked, head)),
    ]),
    source ?? table('[packages.tool.pdm]', [dependenciesRow(locked.dependencies)]),
  ].join('\n');
}

function markerOf({ marker, groups = [] }: LockedPackage, { extras }: PylockHead): string | undefined {
  if (groups.length === 0) return marker;
  const names = sortGroups(groups).map((name): GroupName => {
    return { name, variable: extras.includes(name) ? 'extras' : 'dependency_groups' };
  });
  return withGroups(marker === undefined ? undefined : parseMarker(marker), names).toString();
}

/** An empty list is written too: it says that the package needs nothing. */
function dependenciesRow(dependencies: readonly string[]): string {
  const lines = sortedText(new Set(dependencies)).map((line) => formatBasicString(line));
  return lines.length === 0 ? row('dependencies', '[]') : blockRow('dependencies', lines);
}

/** Where a package comes from that no index has; undefined for all others. */
function sourceTable(locked: LockedPackage): string | undefined {
  const { vcs, path, url, subdirectory, files } = locked;
  if (vcs !== undefined) {
    return table('[packages.vcs]', [
      textRow('type', vcs.kind),
      textRow('url', vcs.url),
      textRow('commit-id', commitOf(locked, vcs)),
      nonEmptyRow('requested-revision', vcs.ref),
      nonEmptyRow('subdirectory', subdirectory),
    ]);
  }
  if (path === undefined && url === undefined) return undefined;
  const [file] = files;
  if (file === undefined && path === undefined) throw unsupported(locked, 'an archive without a hash');
  if (file === undefined) {
    return table('[packages.directory]', [
      textRow('path', path),
      row('editable', String(locked.editable === true)),
      nonEmptyRow('subdirectory', subdirectory),
    ]);
  }
  return table('[packages.archive]', [
    path === undefined ? textRow('url', url) : textRow('path', path),
    sizeRow(file),
    row('hashes', hashTable(file)),
    nonEmptyRow('subdirectory', subdirectory),
  ]);
}

function commitOf(locked: LockedPackage, { revision }: LockedVcs): string {
  if (revision === undefined) throw unsupported(locked, 'a checkout without a commit');
  return revision;
}

function unsupported({ name }: LockedPackage, what: string): TspmError {
  return new TspmError('TSPM_UNSUPPORTED', `${name} is ${what}, for which pylock.toml has no form`, {
    hint: 'use a pdm.lock',
    context: { package: name },
  });
}

function toolTables({ contentHash, strategy, targets }: Lockfile): string {
  const [algorithm = '', digest = ''] = (contentHash ?? '').split(':', 2);
  const rows = [
    row('hashes', contentHash === undefined ? undefined : `{${algorithm} = ${formatBasicString(digest)}}`),
    row('strategy', strategy === undefined ? undefined : inlineArray(sortedText(new Set(strategy)))),
    row('targets', targets.length === 0 ? '[]' : undefined),
  ];
  return [
    table('[tool.pdm]', rows),
    ...targets.map((target) => table('[[tool.pdm.targets]]', targetRows(target))),
  ].join('\n');
}
