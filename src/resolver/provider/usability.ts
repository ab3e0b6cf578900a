import type { Artifact, Listing, Release } from '../../index/model.ts';
import {
  type PythonRange,
  formatTargetPython,
  parsePythonRange,
  pythonRangeIsSubset,
  pythonRangesIntersect,
  withoutFourCap,
} from '../../packaging/python-range.ts';
import { type Tag, formatTag } from '../../packaging/tags.ts';
import { type Version, isPrerelease } from '../../packaging/version.ts';
import { wheelFits } from '../../packaging/wheel-target.ts';
import { sortedText } from '../../util/collections.ts';
import type { DirectCandidate, ResolutionTarget } from '../model.ts';
import type { UnusableTopic } from './reason.ts';

/** One version that could be selected, with what is known of it before its metadata is read. */
export interface Candidate {
  readonly version: Version;
  /** Only the artifacts that fit the target. */
  readonly release: Release | undefined;
  readonly direct: DirectCandidate | undefined;
  /** The texts of requires-python among the artifacts; one that covers the target is enough. Empty when none is stated. */
  readonly pythons: readonly string[];
  /** The reason of the withdrawal, or false. */
  readonly yanked: string | false;
  readonly prerelease: boolean;
  /** Why nobody can use it. */
  readonly problem: { readonly topic: UnusableTopic; readonly text: string } | undefined;
}

/** What decides whether an artifact is of use. */
export interface UsabilityRules {
  readonly target: ResolutionTarget;
  readonly allowSdists: boolean;
}

/** The candidates of a listing, in the order of their versions. */
export function candidatesOf(listing: Listing, rules: UsabilityRules): Candidate[] {
  if (listing.kind === 'absent') return [];
  const fits = tagTest(rules.target);
  return listing.releases.map((release) => candidateOf(release, fits, rules));
}

/** The candidate that replaces a listing. */
export function directCandidate(direct: DirectCandidate): Candidate {
  return {
    version: direct.version,
    release: undefined,
    direct,
    pythons: direct.metadata.requiresPython === undefined ? [] : [direct.metadata.requiresPython],
    yanked: false,
    prerelease: isPrerelease(direct.version),
    problem: undefined,
  };
}

/** Whether a requires-python text covers every interpreter of `scope`; an upper end of 4.0 counts as none. */
export function coversPython(requires: string, scope: PythonRange): boolean {
  return pythonRangeIsSubset(scope, withoutFourCap(parsePythonRange(requires)));
}

function candidateOf(
  release: Release,
  fits: (tags: readonly Tag[]) => boolean,
  { target, allowSdists }: UsabilityRules,
): Candidate {
  const wheels = release.artifacts.filter(({ wheel }) => wheel !== undefined && fits(wheel.tags));
  const archives = release.artifacts.filter(({ kind }) => kind === 'sdist');
  const usable = wheels.length > 0 ? wheels : allowSdists ? archives : [];
  const fitting = [...wheels, ...archives].filter((artifact) => mayServe(artifact, target));
  return {
    version: release.version,
    // Files for other interpreters stay out, unless that leaves nothing: then requires-python is what rules the version out.
    release: { version: release.version, artifacts: usable.some((one) => fitting.includes(one)) ? fitting : usable },
    direct: undefined,
    pythons: pythonsOf(usable),
    yanked: yankedReason(usable.length > 0 ? usable : release.artifacts),
    prerelease: isPrerelease(release.version),
    problem: usable.length > 0 ? undefined : problemOf(release.artifacts, target),
  };
}

function mayServe({ requiresPython }: Artifact, { python }: ResolutionTarget): boolean {
  return requiresPython === undefined || pythonRangesIntersect(parsePythonRange(requiresPython), python);
}

/** Tags repeat from version to version: each combination is judged once. */
function tagTest(target: ResolutionTarget): (tags: readonly Tag[]) => boolean {
  const known = new Map<string, boolean>();
  return (tags) => {
    const key = tags.map(formatTag).join(' ');
    const answer = known.get(key) ?? wheelFits(tags, target);
    known.set(key, answer);
    return answer;
  };
}

function pythonsOf(artifacts: readonly Artifact[]): readonly string[] {
  const stated = artifacts.flatMap(({ requiresPython }) => (requiresPython === undefined ? [] : [requiresPython]));
  return stated.length < artifacts.length ? [] : sortedText(new Set(stated));
}

function yankedReason(artifacts: readonly Artifact[]): string | false {
  const [first] = artifacts;
  return first !== undefined && artifacts.every(({ yanked }) => yanked !== false) ? first.yanked : false;
}

const NAMED_TAGS = 4;

function problemOf(
  artifacts: readonly Artifact[],
  target: ResolutionTarget,
): { readonly topic: UnusableTopic; readonly text: string } {
  if (artifacts.length === 0) return { topic: 'no-file', text: 'has no file' };
  const tags = artifacts.flatMap(({ wheel }) => wheel?.tags ?? []);
  if (tags.length === 0) {
    return { topic: 'source-only', text: 'is only published as a source archive, and source archives are not built' };
  }
  const { offered, wanted } = mismatch(tags, target);
  return { topic: 'no-wheel', text: `only has wheels for ${enumerate(offered)} while the lock target is ${wanted}` };
}

/** The part of the tags that keeps the wheels out, and what it should be: the platform when none fits, else the interpreter. */
function mismatch(
  tags: readonly Tag[],
  target: ResolutionTarget,
): { readonly offered: readonly string[]; readonly wanted: string } {
  const interpreters = tags.map(({ python, abi }) => `${python}-${abi}`);
  const { platform, implementation, python } = target;
  const accepted = new Set(['any', ...(platform?.platforms ?? [])]);
  if (platform !== undefined && !tags.some((tag) => accepted.has(tag.platform))) {
    return { offered: tags.map((tag) => tag.platform), wanted: platform.name };
  }
  return {
    offered: interpreters,
    wanted: [implementation, `Python ${formatTargetPython(python)}`].filter((part) => part !== undefined).join(' '),
  };
}

function enumerate(words: readonly string[]): string {
  const unique = sortedText(new Set(words));
  const named = unique.slice(0, NAMED_TAGS);
  const more = unique.length - named.length;
  if (more > 0) return `${named.join(', ')} and ${more} more`;
  return named.length < 2 ? named.join('') : `${named.slice(0, -1).join(', ')} and ${named.at(-1) ?? ''}`;
}
