import { unreachable } from '../../errors.ts';
import {
  type PythonRange,
  formatTargetPython,
  intersectPython,
  isEmptyPython,
  parsePythonRange,
  pythonRangeIsSubset,
} from '../../packaging/python-range.ts';
import { isPrerelease } from '../../packaging/version.ts';
import { sortedText } from '../../util/collections.ts';
import type { Derivation } from '../pubgrub/derivation.ts';
import type { Reason } from '../provider/reason.ts';
import type { Universe } from '../provider/universe.ts';

/** What the user could change, from the facts a proof rests on: each once, sorted. */
export function hintsFor(derivation: Derivation<Reason>, universe: Universe): string[] {
  const facts = derivation.flatMap((step) => (step.kind === 'fact' ? [step.reason] : []));
  const reasons = facts.flatMap(parts);
  const hints = reasons.flatMap((reason) => hintFor(reason, universe));
  return sortedText(new Set([...hints, ...pythonHints(reasons), ...targetHints(reasons)]));
}

/** The packages that no source has, sorted. */
export function missingPackages(derivation: Derivation<Reason>): string[] {
  const facts = derivation.flatMap((step) => (step.kind === 'fact' ? parts(step.reason) : []));
  return sortedText(new Set(facts.flatMap((reason) => (reason.kind === 'missing' ? [reason.quote.key] : []))));
}

/** Requirements on one package that apply to different environments cannot be met together, but one by one. */
function targetHints(facts: readonly Reason[]): string[] {
  const conditional = facts.flatMap((reason) => {
    return reason.kind === 'requires' && !reason.flag && reason.quote.condition !== undefined ? [reason.quote.key] : [];
  });
  const repeated = conditional.filter((key, index) => conditional.indexOf(key) !== index);
  return repeated.map((key) => `lock a separate target for each of the markers on ${key}`);
}

function parts(reason: Reason): readonly Reason[] {
  return reason.kind === 'together' ? reason.parts.flatMap((part) => parts(part.reason)) : [reason];
}

function hintFor(reason: Reason, universe: Universe): string[] {
  switch (reason.kind) {
    case 'requires':
      return reason.quote.override === undefined ? [] : [`change or drop the override of ${reason.quote.key}`];
    case 'no-match':
      return noMatchHint(reason, universe);
    case 'missing':
      return [`check the name ${reason.quote.key}, or add the source that has it`];
    case 'yanked':
      return [`pin ${reason.key} with == to use a withdrawn version`];
    case 'prerelease':
      return [`allow pre-releases of ${reason.key}`];
    case 'unusable':
      return unusableHint(reason);
    case 'reference':
      return [`add ${reason.quote.key} @ ${reason.url} to the project's own dependencies`];
    case 'two-sources':
      return [`decide on one source of ${reason.quote.key}`];
    case 'impossible':
    case 'other-self':
    case 'python':
    case 'together':
      return [];
    default:
      return unreachable(reason);
  }
}

function unusableHint({ key, topic }: Reason & { readonly kind: 'unusable' }): string[] {
  switch (topic) {
    case 'must-build':
      return [`ask for versions of ${key} that have a wheel`];
    case 'source-only':
      return [`take ${key} out of only-binary`];
    case 'no-archive':
      return [`take ${key} out of no-binary`];
    case 'too-new':
      return [`give ${key} a later date with exclude-newer-override`];
    case 'no-file':
    case 'no-wheel':
    case 'metadata':
      return [];
    default:
      return unreachable(topic);
  }
}

function noMatchHint({ quote }: Reason & { readonly kind: 'no-match' }, universe: Universe): string[] {
  if (quote.override !== undefined) return [`change or drop the override of ${quote.key}`];
  const versions = universe.named(quote.key)?.candidates ?? [];
  return versions.length > 0 && versions.every(({ version }) => isPrerelease(version))
    ? [`${quote.key} has only pre-releases: name one of them`]
    : [];
}

/** For each package the widest range of interpreters that would let more of its versions in. */
function pythonHints(reasons: readonly Reason[]): string[] {
  const widest = new Map<string, PythonRange>();
  for (const reason of reasons) {
    if (reason.kind !== 'python') continue;
    const narrowed = intersectPython(reason.target, parsePythonRange(reason.requires));
    const known = widest.get(reason.key);
    const isWider = known === undefined || pythonRangeIsSubset(known, narrowed);
    if (isWider && !isEmptyPython(narrowed)) widest.set(reason.key, narrowed);
  }
  return [...widest].map(
    ([key, range]) => `narrow requires-python to "${formatTargetPython(range)}" to allow more versions of ${key}`,
  );
}
