import type { PythonRange } from '../../packaging/python-range.ts';
import { formatTargetPython } from '../../packaging/python-range.ts';
import type { Term } from '../pubgrub/incompatibility.ts';

/** A requirement as reports quote it. */
export interface RequirementQuote {
  /** Normalised name of the package required. */
  readonly key: string;
  /** As written, without the part about extras. */
  readonly text: string;
  /** The specifier alone, as written; empty for any version. */
  readonly specifier: string;
  /** The group, for a requirement of the project. */
  readonly group: string | undefined;
  /** The marker under which it applies, extras settled; absent for always. */
  readonly condition: string | undefined;
  /** The specifier that replaced the written one. */
  readonly override: string | undefined;
}

/** Why a fact holds. */
export type Reason =
  /** The depender requires the package, or with `flag` one of its extras. */
  | { readonly kind: 'requires'; readonly quote: RequirementQuote; readonly flag: boolean }
  /** `newest` is the newest version there is, `from` the URL of the only one. */
  | {
      readonly kind: 'no-match';
      readonly quote: RequirementQuote;
      readonly newest: string | undefined;
      readonly from: string | undefined;
    }
  | { readonly kind: 'impossible'; readonly quote: RequirementQuote }
  | { readonly kind: 'missing'; readonly quote: RequirementQuote; readonly asked: readonly string[] }
  /** The versions need another Python than `target`, the interpreters the requirement asks for. */
  | { readonly kind: 'python'; readonly key: string; readonly requires: string; readonly target: PythonRange }
  | { readonly kind: 'yanked'; readonly key: string; readonly why: string }
  | { readonly kind: 'prerelease'; readonly key: string }
  /** Nobody can use the versions; `problem` continues the words "beta 1.2". */
  | { readonly kind: 'unusable'; readonly key: string; readonly topic: UnusableTopic; readonly problem: string }
  /** A package of an index may not require another by URL. */
  | { readonly kind: 'reference'; readonly quote: RequirementQuote; readonly url: string }
  | {
      readonly kind: 'two-sources';
      readonly quote: RequirementQuote;
      readonly url: string;
      readonly chosen: string | undefined;
    }
  | { readonly kind: 'other-self'; readonly quote: RequirementQuote }
  /** Many facts about the same packages, told as one; those about the newest versions last. */
  | { readonly kind: 'together'; readonly parts: readonly Part[] };

/** One of the facts told together. */
export interface Part {
  readonly terms: readonly Term[];
  readonly reason: Reason;
}

/** What makes versions unusable for everybody; each has its own hint. */
export type UnusableTopic =
  | 'no-file'
  | 'no-wheel'
  /** A source archive alone, which only-binary rules out. */
  | 'source-only'
  /** Wheels alone, which no-binary rules out. */
  | 'no-archive'
  /** All of it was uploaded after the cut-off, or at a time that the index does not tell. */
  | 'too-new'
  /** A source archive that does not say what it requires. */
  | 'must-build'
  | 'metadata';

/** Equal for reasons that read the same: facts that differ in nothing else are merged. */
export function reasonKey(reason: Reason): string {
  switch (reason.kind) {
    case 'python':
      return JSON.stringify([reason.kind, reason.key, reason.requires, formatTargetPython(reason.target)]);
    case 'no-match':
      return JSON.stringify([reason.kind, reason.quote]);
    default:
      return JSON.stringify(reason);
  }
}
