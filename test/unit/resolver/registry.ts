import { EVERY_FILE } from '../../../src/index/file-rules.ts';
import type { Artifact, Listing, Release } from '../../../src/index/model.ts';
import { tryParseWheelFilename } from '../../../src/packaging/filename.ts';
import { markerAnd, markerSetOfPython, markerSetOfValues, pythonRangeOf } from '../../../src/packaging/marker-set.ts';
import { type CoreMetadata, parseMetadata } from '../../../src/packaging/metadata.ts';
import { normalizeName } from '../../../src/packaging/name.ts';
import { parsePlatformName } from '../../../src/packaging/platform-name.ts';
import { type PythonRange, parsePythonRangeStrict } from '../../../src/packaging/python-range.ts';
import { parseRequirement } from '../../../src/packaging/requirement.ts';
import { parseSpecifierSet } from '../../../src/packaging/specifier.ts';
import { compareVersions, parseVersion } from '../../../src/packaging/version.ts';
import type { ProgressEvent, Reporter } from '../../../src/ports.ts';
import type {
  DirectCandidate,
  MetadataAnswer,
  ResolutionOutcome,
  ResolutionRequest,
  ResolutionServices,
  ResolutionTarget,
  RootRequirement,
} from '../../../src/resolver/model.ts';
import { resolve } from '../../../src/resolver/resolve.ts';
import { type SplitOutcome, resolveInParts } from '../../../src/resolver/split.ts';
import { type Truth, type VersionTruth, proofFaults } from '../../support/proof-checker.ts';
import { sentenceFaults } from '../../support/sentence-checker.ts';

/** One version: its requirement lines, or those with whatever else differs from a plain wheel for every Python. */
type VersionSpec = readonly string[] | VersionDetails;

interface VersionDetails {
  readonly requires?: readonly string[];
  readonly python?: string;
  /** What METADATA says when the index says nothing. */
  readonly metadataPython?: string;
  readonly yanked?: string;
  /** Tags of the wheels; empty for a source archive alone. */
  readonly wheels?: readonly string[];
  /** There is a source archive too, or one that tells its requirements without being built. */
  readonly archive?: 'dynamic' | 'static';
  readonly uploadTime?: string;
  /** The source, or the sources of single files by the end of their names. */
  readonly source?: string | Readonly<Record<string, string>>;
  /** Why the metadata cannot be had. */
  readonly broken?: string;
}

/** Packages by name, versions by text. */
export type Registry = Readonly<Record<string, Readonly<Record<string, VersionSpec>>>>;

/** The project: requirement lines of `default`, or of several groups. */
export type Roots = readonly string[] | Readonly<Record<string, readonly string[]>>;

/** What a test changes about the request; the target is Python >=3.9 unless said. */
export type Options = Partial<
  Omit<ResolutionRequest, 'roots' | 'target' | 'overrides' | 'excludes' | 'preferences'>
> & {
  readonly python?: string;
  readonly platform?: string;
  readonly overrides?: Readonly<Record<string, string>>;
  readonly excludes?: readonly string[];
  readonly preferences?: Readonly<Record<string, string>>;
  readonly rootPrereleases?: boolean;
  /** Archives that must be built are, when the resolver asks for it. */
  readonly builds?: true;
  /** Called before each answer; delays and failures of the outside world. */
  readonly onAsk?: (question: string) => Promise<void> | void;
};

/** The outcome with what was asked and told on the way. */
export interface Run {
  readonly outcome: ResolutionOutcome;
  readonly events: readonly ProgressEvent[];
  readonly asked: readonly string[];
  /** What was built, in order. */
  readonly built: readonly string[];
}

/** Resolves a project against a registry in memory. */
export async function runIn(registry: Registry, roots: Roots, options: Options = {}): Promise<Run> {
  const events: ProgressEvent[] = [];
  const asked: string[] = [];
  const built: string[] = [];
  const services = servicesOf(registry, {
    reporter: { emit: (event) => events.push(event) },
    ask: async (question) => {
      asked.push(question);
      await options.onAsk?.(question);
    },
    built: options.builds === true ? built : undefined,
  });
  return { outcome: await resolve(requestOf(roots, options), services), events, asked, built };
}

/** As {@link runIn}, split where one solution for all environments cannot be. */
export function runInParts(registry: Registry, roots: Roots, options: Options = {}): Promise<SplitOutcome> {
  const request = requestOf(roots, options);
  const services = servicesOf(registry, { reporter: { emit: () => undefined }, ask: async () => undefined });
  return resolveInParts([request.target.environment], (environment, agreed) => {
    const python = environment === request.target.environment ? request.target.python : pythonRangeOf(environment);
    const target = { ...request.target, environment, python };
    return resolve({ ...request, target, preferences: agreed }, services);
  });
}

/** Answers from a registry in memory; everything asked goes by `ask`. */
function servicesOf(
  registry: Registry,
  {
    reporter,
    ask,
    built,
  }: {
    readonly reporter: Reporter;
    readonly ask: (question: string) => Promise<void>;
    readonly built?: string[] | undefined;
  },
): ResolutionServices {
  const listings = new Map(
    Object.entries(registry).map(([name, versions]) => [normalizeName(name), listingOf(name, versions)]),
  );
  return {
    reporter,
    rest: () => Promise.resolve(),
    listing: async (name) => {
      await ask(name);
      return listings.get(name) ?? { kind: 'absent', name, asked: ['pypi'] };
    },
    ...(built === undefined
      ? {}
      : { build: async (name, { version }) => buildOf(registry, { name, version: version.text, built }) }),
    metadata: async (name, { version, artifacts }) => {
      await ask(`${name} ${version.text}`);
      const details = detailsOf(registry[name]?.[version.text] ?? []);
      const isBuilt = details.archive === 'static' || artifacts.some(({ kind }) => kind === 'wheel');
      if (!isBuilt) return { kind: 'must-build' };
      if (details.broken !== undefined) return { kind: 'unusable', reason: details.broken };
      return { kind: 'metadata', metadata: metadataOf(name, version.text, details) };
    },
  };
}

async function buildOf(
  registry: Registry,
  { name, version, built }: { readonly name: string; readonly version: string; readonly built: string[] },
): Promise<MetadataAnswer> {
  built.push(`${name} ${version}`);
  return { kind: 'metadata', metadata: metadataOf(name, version, detailsOf(registry[name]?.[version] ?? [])) };
}

/** As {@link runIn}, the selected versions by identity; throws with the proof when there are none. */
export async function versionsIn(
  registry: Registry,
  roots: Roots,
  options: Options = {},
): Promise<Record<string, string>> {
  const { outcome } = await runIn(registry, roots, options);
  if (outcome.kind === 'unsolvable') throw new Error(outcome.proof.text);
  return Object.fromEntries(outcome.packages.map((one) => [identityOf(one), one.version.text]));
}

/** As {@link runIn}, the proof's sentences; throws when there is a solution. */
export async function proofIn(registry: Registry, roots: Roots, options: Options = {}): Promise<string> {
  const { outcome } = await runIn(registry, roots, options);
  if (outcome.kind === 'solved') throw new Error('there is a solution');
  return outcome.proof.text;
}

/** Name with extras. */
export function identityOf({ key, extras }: { readonly key: string; readonly extras: readonly string[] }): string {
  return extras.length === 0 ? key : `${key}[${extras.join(',')}]`;
}

/** A candidate given by URL. */
export function direct(
  name: string,
  version: string,
  details: VersionDetails & { readonly url: string },
): DirectCandidate {
  return { version: parseVersion(version), metadata: metadataOf(name, version, details), url: details.url };
}

/** As {@link proofIn}, the hints below it: all that a user sees. Throws when the proof does not hold. */
export async function toldIn(registry: Registry, roots: Roots, options: Options = {}): Promise<string> {
  const { outcome } = await runIn(registry, roots, options);
  if (outcome.kind === 'solved') throw new Error('there is a solution');
  const { graph, text } = outcome.proof;
  const truth = truthOf(registry, roots, options);
  const faults = [...proofFaults(graph, truth), ...sentenceFaults(text, truth)];
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return [text, ...(await outcome.hints()).map((hint) => `Hint: ${hint.text}`)].join('\n');
}

/** What is true of a registry, for the checkers of proofs. */
export function truthOf(registry: Registry, roots: Roots, options: Options = {}): Truth {
  const given = [...(options.direct ?? [])].map(([name, { version }]) => [name, version.text] as const);
  return {
    roots: isPlain(roots) ? { default: roots } : roots,
    overrides: options.overrides ?? {},
    direct: Object.fromEntries(given),
    names: [...Object.keys(registry).map(normalizeName), ...given.map(([name]) => name)],
    versions(name) {
      const versions = Object.entries(registry).find(([key]) => normalizeName(key) === name)?.[1];
      if (versions === undefined) return undefined;
      return Object.fromEntries(
        Object.entries(versions).map(([text, spec]) => [text, truthOfVersion(detailsOf(spec))]),
      );
    },
  };
}

function truthOfVersion(details: VersionDetails): VersionTruth {
  const { requires = [], python, metadataPython, yanked, wheels = ['py3-none-any'], archive, broken } = details;
  return {
    requires,
    pythons: [python, metadataPython].filter((text) => text !== undefined),
    yanked: yanked ?? false,
    wheels,
    archive: wheels.length === 0 || archive !== undefined,
    uploaded: details.uploadTime,
    broken: broken !== undefined,
  };
}

function requestOf(roots: Roots, options: Options): ResolutionRequest {
  const {
    python = '>=3.9',
    platform,
    overrides = {},
    excludes = [],
    preferences = {},
    rootPrereleases,
    onAsk: _,
    ...rest
  } = options;
  const range = parsePythonRangeStrict(python);
  const groups: readonly (readonly [string, readonly string[]])[] = isPlain(roots)
    ? [['default', roots]]
    : Object.entries(roots);
  return {
    roots: groups.flatMap(([group, lines]) => lines.map((line) => rootOf(line, group, rootPrereleases))),
    target: targetOf(range, platform),
    projectName: undefined,
    overrides: new Map(Object.entries(overrides).map(([name, text]) => [name, parseSpecifierSet(text)])),
    excludes: new Set(excludes),
    allowPrereleases: undefined,
    preferences: new Map(Object.entries(preferences)),
    minimalDirect: false,
    direct: new Map(),
    files: EVERY_FILE,
    ...rest,
  };
}

/** What a target with a platform stands for. */
function targetOf(python: PythonRange, name: string | undefined): ResolutionTarget {
  const platform = name === undefined ? undefined : parsePlatformName(name);
  const interpreters = markerSetOfPython(python);
  if (platform === undefined) return { python, environment: interpreters };
  return { python, environment: markerAnd(interpreters, markerSetOfValues(platform.markers)), platform };
}

function isPlain(roots: Roots): roots is readonly string[] {
  return Array.isArray(roots);
}

function rootOf(line: string, group: string, prereleases: boolean | undefined): RootRequirement {
  const root = { requirement: parseRequirement(line), group, origin: line };
  return prereleases === undefined ? root : { ...root, prereleases };
}

function detailsOf(spec: VersionSpec): VersionDetails {
  return isLines(spec) ? { requires: spec } : spec;
}

function isLines(spec: VersionSpec): spec is readonly string[] {
  return Array.isArray(spec);
}

function listingOf(name: string, versions: Readonly<Record<string, VersionSpec>>): Listing {
  const releases = Object.entries(versions).map(([text, spec]) => releaseOf(name, text, detailsOf(spec)));
  return { kind: 'found', name, releases: releases.sort((a, b) => compareVersions(a.version, b.version)) };
}

function releaseOf(name: string, text: string, details: VersionDetails): Release {
  const version = parseVersion(text);
  const stem = `${normalizeName(name).replaceAll('-', '_')}-${text}`;
  const wheels = (details.wheels ?? ['py3-none-any']).map((tag) => `${stem}-${tag}.whl`);
  const archives = wheels.length === 0 || details.archive !== undefined ? [`${stem}.tar.gz`] : [];
  const artifacts = [...wheels, ...archives].map((filename): Artifact => {
    const wheel = tryParseWheelFilename(filename);
    return {
      filename,
      url: `https://files.example/${filename}`,
      hashes: {},
      requiresPython: details.python,
      yanked: details.yanked ?? false,
      size: undefined,
      uploadTime: details.uploadTime,
      metadata: 'unknown',
      source: sourceOf(filename, details),
      kind: wheel === undefined ? 'sdist' : 'wheel',
      version,
      wheel,
    };
  });
  return { version, artifacts };
}

function sourceOf(filename: string, { source = 'pypi' }: VersionDetails): string {
  if (typeof source === 'string') return source;
  return Object.entries(source).find(([ending]) => filename.endsWith(ending))?.[1] ?? 'pypi';
}

function metadataOf(name: string, version: string, details: VersionDetails): CoreMetadata {
  const requires = details.requires ?? [];
  const extras = new Set(
    requires.flatMap((line) => [...line.matchAll(/extra\s*==\s*["']([^"']+)/g)].map(([, extra]) => extra ?? '')),
  );
  const python = details.metadataPython ?? details.python;
  const lines = [
    'Metadata-Version: 2.1',
    `Name: ${name}`,
    `Version: ${version}`,
    ...(python === undefined ? [] : [`Requires-Python: ${python}`]),
    ...[...extras].map((extra) => `Provides-Extra: ${extra}`),
    ...requires.map((line) => `Requires-Dist: ${line}`),
  ];
  return parseMetadata(`${lines.join('\n')}\n`);
}
