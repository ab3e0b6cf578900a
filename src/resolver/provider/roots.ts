import { markerSetOf, withExtra } from '../../packaging/marker-set.ts';
import { normalizeName } from '../../packaging/name.ts';
import type { ResolutionRequest, RootRequirement } from '../model.ts';
import { isPossible } from './dependencies.ts';

/**
 * The requirements of the project that count, in their order: without those that cannot apply in the target, without `python`,
 * and without the project itself, whose extras bring their own groups' requirements instead.
 */
export function liveRoots({ roots, target, projectName }: ResolutionRequest): RootRequirement[] {
  const own = projectName === undefined ? undefined : normalizeName(projectName);
  const isOwn = ({ requirement }: RootRequirement): boolean => requirement.key === own;
  const counted = roots.filter((root) => {
    const { key, marker } = root.requirement;
    return (
      !isOwn(root) && key !== 'python' && isPossible(withExtra(markerSetOf(marker), undefined), target.environment)
    );
  });
  return counted.flatMap((root) => [
    root,
    ...groupsThatInclude(root.group, roots.filter(isOwn)).map((group) => ({ ...root, group })),
  ]);
}

/** The groups that name the project with an extra equal to `group`, and the ones that include those in turn. */
function groupsThatInclude(group: string, selfReferences: readonly RootRequirement[]): string[] {
  const reached = new Set([group]);
  for (const name of reached) {
    for (const { requirement, group: outer } of selfReferences) {
      if (requirement.extras.includes(normalizeName(name))) reached.add(outer);
    }
  }
  reached.delete(group);
  return [...reached];
}
