/** The groups in the markers of a pylock.toml. */
import { settleGroups, type GroupChoice } from '../packaging/marker-groups.ts';
import { markerSetOf } from '../packaging/marker-set.ts';
import { parseMarker } from '../packaging/marker.ts';
import type { LockedPackage, PylockHead } from './model.ts';

/**
 * Takes a marker apart that asks for the same environments with each of some groups, as the markers of PDM do; any other one stays whole.
 */
export function takeApart(locked: LockedPackage, all: readonly string[], head: PylockHead): LockedPackage {
  if (locked.marker === undefined) return locked;
  const marker = parseMarker(locked.marker);
  if (settleGroups(marker, NO_GROUPS) !== false) return locked;
  const settled = all.flatMap((group) => {
    const left = settleGroups(marker, choiceOf([group], head));
    return left === false ? [] : [{ group, left: left === true ? undefined : left }];
  });
  const [first] = settled;
  if (first === undefined) return locked;
  const asked = markerSetOf(first.left);
  if (settled.some(({ left }) => markerSetOf(left) !== asked)) return locked;
  const { marker: _whole, ...parts } = locked;
  const groups = settled.map(({ group }) => group);
  return { ...parts, groups, ...(first.left === undefined ? {} : { marker: first.left.toString() }) };
}

const NO_GROUPS = { extras: [], dependencyGroups: [] };

/** What markers are told of the groups to install. */
export function choiceOf(groups: readonly string[], { extras, defaultGroups }: PylockHead): GroupChoice {
  return {
    extras: groups.filter((group) => extras.includes(group)),
    dependencyGroups: [...groups, ...(groups.includes('default') ? defaultGroups : [])],
  };
}
