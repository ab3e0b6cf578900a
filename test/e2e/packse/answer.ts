/** What a lock answers: which versions it installs, and in which environments. */
import { chooseFile, tagRanks } from '../../../src/app/choose-file.ts';
import { lockedFilename, type LockedPackage, type Lockfile } from '../../../src/lockfile/model.ts';
import { tryParseWheelFilename } from '../../../src/packaging/filename.ts';
import { parseMarker } from '../../../src/packaging/marker.ts';
import {
  formatMarkerSet,
  markerAnd,
  markerImplies,
  markerOr,
  markersDisjoint,
  markerSetOf,
  markerSetOfPython,
  markerSetOfValues,
  NEVER,
  type MarkerSet,
} from '../../../src/packaging/marker-set.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { parsePlatformName } from '../../../src/packaging/platform-name.ts';
import { parsePythonRange } from '../../../src/packaging/python-range.ts';
import { parseRequirement } from '../../../src/packaging/requirement.ts';
import { compatibleTags, formatTag } from '../../../src/packaging/tags.ts';
import { projectPython } from './publish.ts';
import type { Scenario, ScenarioVersion } from './scenario.ts';

/** The environments in which a version is installed, by `name version`. */
export type Answer = ReadonlyMap<string, MarkerSet>;

/** Every environment a scenario is about. */
export function scopeOf(scenario: Scenario): MarkerSet {
  const python = markerSetOfPython(parsePythonRange(projectPython(scenario)));
  return scenario.isUniversal ? python : markerAnd(python, markerAnd(markerSetOfValues(LINUX.markers), setOf(CPYTHON)));
}

/** The one platform of the scenarios that are not for all of them. */
export const PLATFORM = 'manylinux_2_17_x86_64';
const LINUX = parsePlatformName(PLATFORM);
const CPYTHON = "platform_python_implementation == 'CPython' and implementation_name == 'cpython'";

/** The set of a marker's text; every environment without one. */
function setOf(marker: string | undefined): MarkerSet {
  return markerSetOf(marker === undefined ? undefined : parseMarker(marker));
}

/** What a lock installs within the scope of a scenario. */
export function answerOf(lock: Lockfile, scenario: Scenario): Answer {
  const versionOf = scenario.isUniversal ? ({ version = '' }: LockedPackage) => version : installedVersion(scenario);
  const parts = lock.packages.map((one) => [`${one.name} ${versionOf(one)}`, one.marker] as const);
  return within(scopeOf(scenario), parts);
}

/** The answer that lines such as `a 1.0; sys_platform == 'linux'` tell. */
export function answerFrom(lines: readonly string[], scope: MarkerSet): Answer {
  return within(
    scope,
    lines.map((line): readonly [string, string | undefined] => {
      const [version = '', marker] = line.split('; ');
      return [version, marker];
    }),
  );
}

function within(scope: MarkerSet, parts: readonly (readonly [version: string, marker: string | undefined])[]): Answer {
  const answer = new Map<string, MarkerSet>();
  for (const [version, marker] of parts) {
    const set = markerAnd(setOf(marker), scope);
    if (set !== NEVER) answer.set(version, markerOr(answer.get(version) ?? NEVER, set));
  }
  return answer;
}

/** The version of the file that is installed, which has the local part that a lock leaves out; of an archive where no wheel fits. */
function installedVersion({ python }: Scenario): (locked: LockedPackage) => string {
  const [major = 0, minor = 0] = python.split('.').map(Number);
  const abis = [`cp${major}${minor}`];
  const { platforms } = LINUX;
  const tags = compatibleTags({
    implementation: 'cpython',
    version: [major, minor],
    abis,
    platforms,
    freeThreaded: false,
  });
  return (locked) => {
    const names = locked.files.map(lockedFilename);
    const isWheelFitting = names.some((name) =>
      tryParseWheelFilename(name)?.tags.some((tag) => tags.includes(formatTag(tag))),
    );
    if (!isWheelFitting) return locked.version ?? '';
    const { filename } = chooseFile(locked, tagRanks(tags), { implementation: 'cpython', versionText: python });
    return tryParseWheelFilename(filename)?.version.text ?? '';
  };
}

/** An answer as text, one line a version: `a 1.0; sys_platform == "linux"`, without a marker where it is installed everywhere. */
export function formatAnswer(answer: Answer, scope: MarkerSet): string[] {
  const lines = [...answer].map(([version, set]) =>
    set === scope ? version : `${version}; ${formatMarkerSet(set) ?? ''}`,
  );
  return lines.toSorted();
}

/**
 * Where an answer is not what the packages ask for: a requirement that is not met where it counts, two versions of a package
 * in one environment, a package installed where nothing needs it.
 */
export function faultsOf(scenario: Scenario, answer: Answer, scope: MarkerSet): string[] {
  const needs = new Needs(scenario, answer);
  needs.require(scenario.root.requires, scope, 'the project');
  const names = Object.keys(scenario.packages).map((name) => [name, versionsIn(answer, name)] as const);
  const doubles = names.filter(([, versions]) =>
    versions.some(([, a], i) => versions.slice(i + 1).some(([, b]) => !markersDisjoint(a, b))),
  );
  const idle = [...answer].filter(([version, set]) => needs.of(version) !== set);
  return [
    ...needs.faults,
    ...doubles.map(([name]) => `two versions of ${name} at once`),
    ...idle.map(([version]) => `${version} is not installed exactly where it is needed`),
  ];
}

/** Follows requirements from the project on, with the environments in which they count. */
class Needs {
  readonly faults: string[] = [];
  readonly #scenario: Scenario;
  readonly #answer: Answer;
  /** Environments by `name version` and by `name version[extra]`. */
  readonly #sets = new Map<string, MarkerSet>();

  constructor(scenario: Scenario, answer: Answer) {
    this.#scenario = scenario;
    this.#answer = answer;
  }

  of(version: string): MarkerSet {
    return this.#sets.get(version) ?? NEVER;
  }

  require(lines: readonly string[], scope: MarkerSet, parent: string): void {
    for (const line of lines) {
      const { key, extras, specifier, marker } = parseRequirement(line);
      const where = markerAnd(scope, markerSetOf(marker));
      let covered: MarkerSet = NEVER;
      for (const [one, set] of versionsIn(this.#answer, key)) {
        const part = markerAnd(where, set);
        if (part === NEVER || !specifier.contains(one, { prereleases: true })) continue;
        covered = markerOr(covered, part);
        this.#install(key, one, part);
        for (const extra of extras) this.#install(key, one, part, extra);
      }
      if (!markerImplies(where, covered)) this.faults.push(`${line} of ${parent} is not met`);
    }
  }

  #install(key: string, version: string, where: MarkerSet, extra?: string): void {
    const node = extra === undefined ? `${key} ${version}` : `${key} ${version}[${extra}]`;
    const before = this.of(node);
    const after = markerOr(before, where);
    if (after === before) return;
    this.#sets.set(node, after);
    const spec = this.#scenario.packages[key]?.find((one) => one.version === version);
    if (spec === undefined) this.faults.push(`there is no ${key} ${version}`);
    else this.require(extra === undefined ? spec.requires : linesOfExtra(spec, extra), after, node);
  }
}

function linesOfExtra(spec: ScenarioVersion, extra: string): readonly string[] {
  const found = Object.entries(spec.extras).find(([name]) => normalizeName(name) === normalizeName(extra));
  return found?.[1] ?? [];
}

function versionsIn(answer: Answer, name: string): (readonly [version: string, set: MarkerSet])[] {
  return [...answer].flatMap(([key, set]) => (key.startsWith(`${name} `) ? [[key.slice(name.length + 1), set]] : []));
}
