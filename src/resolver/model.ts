import type { FileRules } from '../index/file-rules.ts';
import type { Listing, Release } from '../index/model.ts';
import type { MarkerSet } from '../packaging/marker-set.ts';
import type { CoreMetadata } from '../packaging/metadata.ts';
import type { Requirement } from '../packaging/requirement.ts';
import type { SpecifierSet } from '../packaging/specifier.ts';
import type { Version } from '../packaging/version.ts';
import type { WheelTarget } from '../packaging/wheel-target.ts';
import type { Reporter } from '../ports.ts';

/** A requirement of the project itself. */
export interface RootRequirement {
  readonly requirement: Requirement;
  readonly group: string;
  /** The text as the user wrote it. */
  readonly origin: string;
  /** True takes pre-releases of the package, false none that this requirement does not pin. */
  readonly prereleases?: boolean;
}

/** What the result must work for. */
export interface ResolutionTarget extends WheelTarget {
  /** Every environment the target allows, its interpreters and platform included. */
  readonly environment: MarkerSet;
}

/** The one candidate of a package that is given by URL, VCS or path instead of by version. */
export interface DirectCandidate {
  readonly version: Version;
  readonly metadata: CoreMetadata;
  readonly url: string;
}

/** Everything that decides the result beside what the index says. Names are normalised keys. */
export interface ResolutionRequest {
  readonly roots: readonly RootRequirement[];
  readonly target: ResolutionTarget;
  readonly projectName: string | undefined;
  /** Replaces every requirement on a name. */
  readonly overrides: ReadonlyMap<string, SpecifierSet>;
  /** Identities (`name` or `name[a,b]`); packages' requirements on exactly these are dropped. */
  readonly excludes: ReadonlySet<string>;
  readonly allowPrereleases: boolean | undefined;
  /** Version text to try first, by key: the old lock without what is being updated. */
  readonly preferences: ReadonlyMap<string, string>;
  /** Of the preferences, those that come from what is locked or installed, by key. */
  readonly kept?: ReadonlySet<string>;
  /** Whether packages the project names are resolved to their lowest version. */
  readonly minimalDirect: boolean;
  readonly direct: ReadonlyMap<string, DirectCandidate>;
  /** Which files count. */
  readonly files: FileRules;
  /** Names of the sources, where versions of an earlier one go before those of later ones. */
  readonly sourceOrder?: readonly string[];
}

/** Metadata of one candidate, or why nobody can use it. */
export type MetadataAnswer =
  | { readonly kind: 'metadata'; readonly metadata: CoreMetadata }
  | { readonly kind: 'unusable'; readonly reason: string }
  /** A source archive that does not say what it requires. */
  | { readonly kind: 'must-build' };

/** The outside world. A rejected promise is an operational error: it ends the run and never becomes a fact about a package. */
export interface ResolutionServices {
  listing(name: string): Promise<Listing>;
  /** `release` holds only the artifacts that fit the target. */
  metadata(name: string, release: Release): Promise<MetadataAnswer>;
  /** What a build tells of a release that must be built; asked only of what has to be decided on. Without it such releases are unusable. */
  readonly build?: (name: string, release: Release) => Promise<MetadataAnswer>;
  /** Called now and then in long searches: lets the rest of the program have its turn; rejects when the search is to end. */
  rest(): Promise<void>;
  readonly reporter: Reporter;
}

/** How much work a resolution was; the same for the same answers, whenever they came. */
export interface ResolutionStats {
  readonly decisions: number;
  readonly conflicts: number;
  readonly attempts: number;
  readonly listings: number;
  readonly metadata: number;
  /** Round trips that had to wait for one another. */
  readonly waves: number;
}

/** One lock entry: a package, or a package with a set of extras. */
export interface ResolvedPackage {
  readonly key: string;
  readonly extras: readonly string[];
  /** In the spelling of the requirement. */
  readonly writtenExtras: readonly string[];
  /** The artifacts that fit the target; absent for a direct candidate. */
  readonly release: Release | undefined;
  readonly direct: DirectCandidate | undefined;
  readonly version: Version;
  readonly metadata: CoreMetadata;
  /** Requirement lines, sorted. */
  readonly dependencies: readonly string[];
  /** Every group that leads here, `default` first. */
  readonly groups: readonly string[];
  /** The environments of the target in which the package is needed. */
  readonly needed: MarkerSet;
  /** Markers of requirement lines that lead here, as written, the shortest first: one of them may say the same as `needed`. */
  readonly wordings: readonly string[];
}

/** A part of what a step of a proof says; the step says that not all of its terms hold. */
export interface ProofTerm {
  readonly package: string;
  /** Whether the term also holds when nothing of the package is selected. */
  readonly negative: boolean;
  /** The versions of the package, as `>=1.0,<=1.4` over those that exist. */
  readonly versions: string;
  /** The same as half-open intervals over ranks: 0 is absence, 1 the lowest version. */
  readonly ranks: readonly number[];
}

/** One step of a proof: a fact with its reason, or what follows from two earlier steps. */
export type ProofStep =
  | { readonly kind: 'fact'; readonly terms: readonly ProofTerm[]; readonly reason: Readonly<Record<string, unknown>> }
  | { readonly kind: 'derived'; readonly terms: readonly ProofTerm[]; readonly causes: readonly [number, number] };

/** What the terms of a proof speak about. The project and the extras have one candidate: being there. */
export interface ProofPackage {
  readonly kind: 'project' | 'package' | 'extra';
  /** Every version of a package that exists, ascending: rank r is the one at r - 1. */
  readonly versions: readonly string[];
}

/** A proof as plain data (JSON values only). */
export interface ProofGraph {
  /** By name: `(project)`, `name`, `name[extra]`. */
  readonly packages: Readonly<Record<string, ProofPackage>>;
  /** Causes come before what follows from them; the last step is the contradiction. */
  readonly steps: readonly ProofStep[];
}

/** What a hint is about. */
export type HintKind = 'bound' | 'files' | 'override' | 'prerelease' | 'python' | 'reference' | 'withdrawn';

/** Something the user could change. */
export interface Hint {
  readonly kind: HintKind;
  /** The package it is about. */
  readonly package: string;
  /** Whether this change alone leads to a solution; otherwise it removes the cause told, and another one is left. */
  readonly solves: boolean;
  /** A clause without final stop. */
  readonly text: string;
}

/** Why there is no solution. */
export interface Proof {
  readonly graph: ProofGraph;
  /** One sentence a line, numbered where a later one refers to it. */
  readonly text: string;
  /** What the project itself requires of what the proof is about, in the order of its requirements. */
  readonly about: readonly string[];
  /** Packages that no source has. */
  readonly missing: readonly string[];
}

/** The result of a resolution; `packages` are sorted by identity. */
export type ResolutionOutcome =
  | { readonly kind: 'solved'; readonly packages: readonly ResolvedPackage[]; readonly stats: ResolutionStats }
  | FailedResolution;

/** That there is no solution, and why. */
export interface FailedResolution {
  readonly kind: 'unsolvable';
  readonly proof: Proof;
  /** What the facts of the proof depend on: it holds in the environments that are in all of them. */
  readonly conditions: readonly Condition[];
  readonly stats: ResolutionStats;
  /** Tries out what could be changed, with a bounded effort; may ask the services for a few more answers. Never rejects. */
  readonly hints: () => Promise<readonly Hint[]>;
}

/** The environments in which a fact about a package holds. */
export interface Condition {
  readonly key: string;
  readonly environment: MarkerSet;
}
