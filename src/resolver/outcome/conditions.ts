import { markerNot, markerSetOf, markerSetOfPython, ALWAYS, type MarkerSet } from '../../packaging/marker-set.ts';
import { parseMarker } from '../../packaging/marker.ts';
import { NO_PYTHON, parsePythonRange, unionPython, withoutFourCap } from '../../packaging/python-range.ts';
import type { Condition } from '../model.ts';
import type { Derivation } from '../pubgrub/derivation.ts';
import type { Reason } from '../provider/reason.ts';

/**
 * What the facts of a proof depend on, in their order, each once: a requirement on its marker, a veto for the Python a version needs
 * on the interpreters it does not run on. A fact without condition holds everywhere. See docs/resolver.md, "Targets and parts".
 */
export function conditionsOf(derivation: Derivation<Reason>): Condition[] {
  const found = new Map<string, Condition>();
  for (const step of derivation) {
    for (const condition of step.kind === 'fact' ? conditionsOfReason(step.reason) : []) {
      found.set(`${condition.key} ${condition.environment.id}`, condition);
    }
  }
  return [...found.values()].filter(({ environment }) => environment !== ALWAYS);
}

function conditionsOfReason(reason: Reason): Condition[] {
  switch (reason.kind) {
    case 'together':
      return reason.parts.flatMap((part) => conditionsOfReason(part.reason));
    case 'python':
      return [{ key: reason.key, environment: markerNot(interpretersOf(reason.requires)) }];
    case 'yanked':
    case 'prerelease':
    case 'unusable':
      return [];
    default:
      return reason.quote.condition === undefined
        ? []
        : [{ key: reason.quote.key, environment: markerSetOf(parseMarker(reason.quote.condition)) }];
  }
}

/** The interpreters that one of the texts, joined with " or ", lets in. */
function interpretersOf(requires: string): MarkerSet {
  const ranges = requires.split(' or ').map((text) => withoutFourCap(parsePythonRange(text)));
  return markerSetOfPython(ranges.reduce(unionPython, NO_PYTHON));
}
