import { type FileRule, type FileRules, fileRule, objectionTo, uploadedAt } from '../../index/file-rules.ts';
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
  /** Whether a source archive is all there is to use. */
  readonly isArchive: boolean;
  /** Place of its source where the order of sources counts, else 0. */
  readonly sourceRank: number;
  /** Why nobody can use it. */
  readonly problem: Problem | undefined;
}

/** Why nobody can use a version; the text continues the words "beta 1.2". */
export interface Problem {
  readonly topic: UnusableTopic;
  readonly text: string;
}

/** What decides whether an artifact is of use. */
export interface UsabilityRules {
  readonly target: ResolutionTarget;
  readonly files: FileRules;
  /** Names of sources, where a version of an earlier one goes before those of later ones. */
  readonly sourceOrder: readonly string[] | undefined;
}

/** The candidates of a listing, in the order of their versions. See docs/resolver.md, "Python". */
export function candidatesOf(listing: Listing, rules: UsabilityRules): Candidate[] {
  if (listing.kind === 'absent') return [];
  const judge: Judge = { ...rules, fits: tagTest(rules.target), rule: fileRule(rules.files, listing.name) };
  return listing.releases.map((release) => candidateOf(release, judge));
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
    isArchive: false,
    sourceRank: 0,
    problem: undefined,
  };
}

/** Whether a requires-python text covers every interpreter of `scope`; an upper end of 4.0 counts as none. */
export function coversPython(requires: string, scope: PythonRange): boolean {
  return pythonRangeIsSubset(scope, withoutFourCap(parsePythonRange(requires)));
}

/** The rules, as they are for one package. */
interface Judge extends UsabilityRules {
  readonly fits: (tags: readonly Tag[]) => boolean;
  readonly rule: FileRule;
}

function candidateOf(release: Release, judge: Judge): Candidate {
  const { target, fits, rule, sourceOrder } = judge;
  const counting = release.artifacts.filter(
    (artifact) =>
      objectionTo(artifact, rule) === undefined && (artifact.wheel === undefined || fits(artifact.wheel.tags)),
  );
  const sourceRank = Math.min(...counting.map((artifact) => rankOfSource(artifact, sourceOrder)));
  const offered = counting.filter((artifact) => rankOfSource(artifact, sourceOrder) === sourceRank);
  const wheels = offered.filter(({ kind }) => kind === 'wheel');
  const usable = wheels.length > 0 ? wheels : offered;
  const fitting = offered.filter((artifact) => mayServe(artifact, target));
  return {
    version: release.version,
    // Files for other interpreters stay out, unless that leaves nothing: then requires-python is what rules the version out.
    release: { version: release.version, artifacts: usable.some((one) => fitting.includes(one)) ? fitting : usable },
    direct: undefined,
    pythons: pythonsOf(usable),
    yanked: yankedReason(usable.length > 0 ? usable : release.artifacts),
    prerelease: isPrerelease(release.version),
    isArchive: usable.length > 0 && wheels.length === 0,
    sourceRank: usable.length > 0 ? sourceRank : 0,
    problem: usable.length > 0 ? undefined : problemOf(release.artifacts, judge),
  };
}

/** Sources that are not in the order come first: the old lock is none. */
function rankOfSource({ source }: Artifact, order: readonly string[] | undefined): number {
  return order === undefined ? 0 : Math.max(0, order.indexOf(source));
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

function problemOf(artifacts: readonly Artifact[], { target, rule }: Judge): Problem {
  if (artifacts.length === 0) return { topic: 'no-file', text: 'has no file' };
  const counting = artifacts.filter((artifact) => objectionTo(artifact, rule) === undefined);
  if (counting.length === 0) return ruledOut(artifacts, rule);
  const { offered, wanted } = mismatch(
    counting.flatMap(({ wheel }) => wheel?.tags ?? []),
    target,
  );
  return { topic: 'no-wheel', text: `only has wheels for ${enumerate(offered)} while the lock target is ${wanted}` };
}

/** What the project's own rules about files do to a version of which they leave nothing. */
function ruledOut(artifacts: readonly Artifact[], rule: FileRule): Problem {
  const tooNew = artifacts.filter((artifact) => objectionTo(artifact, rule) === 'too-new');
  const when = rule.cutoff?.text ?? '';
  if (tooNew.some((artifact) => uploadedAt(artifact) > 0)) {
    return { topic: 'too-new', text: `was uploaded after ${when}` };
  }
  if (tooNew.length > 0) {
    return { topic: 'too-new', text: `has no known time of upload, so that it may be newer than ${when}` };
  }
  return rule.formats === 'archives'
    ? { topic: 'no-archive', text: 'has no source archive, and no-binary rules its wheels out' }
    : { topic: 'source-only', text: 'is only published as a source archive, which only-binary rules out' };
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
