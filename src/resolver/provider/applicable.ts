import type { MarkerSet } from '../../packaging/marker-set.ts';
import { normalizeName } from '../../packaging/name.ts';
import { type Requirement, requirementIdentity } from '../../packaging/requirement.ts';
import type { ResolutionRequest } from '../model.ts';
import { type Dependencies, type DependencyLine, extraMarker, isPossible, plainMarker } from './dependencies.ts';

/** A requirement line that counts for the target. */
export interface ApplicableLine {
  readonly line: DependencyLine;
  /** The extra it belongs to; absent for a line that counts without any. */
  readonly extra: string | undefined;
  /** When it applies, extras settled. */
  readonly marker: MarkerSet;
  /** Whether the package requires itself. */
  readonly isSelf: boolean;
}

/** Sorts out which requirement lines of a candidate count. See docs/resolver.md, "Python". */
export class ApplicableLines {
  readonly #request: ResolutionRequest;
  readonly #projectKey: string | undefined;

  constructor(request: ResolutionRequest) {
    this.#request = request;
    this.#projectKey = request.projectName === undefined ? undefined : normalizeName(request.projectName);
  }

  /** The lines of the given extras and of the extras these ask for, after the plain ones if those are wanted. */
  of(
    key: string,
    dependencies: Dependencies,
    wanted: { readonly extras: readonly string[]; readonly plain: boolean },
  ): ApplicableLine[] {
    const result = wanted.plain ? this.#select(key, dependencies, undefined) : [];
    const extras = new Set([...wanted.extras, ...result.flatMap(ownExtras)]);
    for (const extra of extras) {
      for (const line of this.#select(key, dependencies, extra)) {
        result.push(line);
        for (const further of ownExtras(line)) extras.add(further);
      }
    }
    return result;
  }

  /** Whether the candidates of what a line requires matter: not when it is a reference that is refused. */
  needsCandidates({ key, url }: Requirement): boolean {
    return url === undefined || this.#request.overrides.has(key) || this.#request.direct.has(key);
  }

  /** Whether a line counts at all: not for an excluded identity, nor for the project itself. */
  counts({ requirement }: DependencyLine): boolean {
    return requirement.key !== this.#projectKey && !this.#request.excludes.has(requirementIdentity(requirement));
  }

  #select(key: string, { lines }: Dependencies, extra: string | undefined): ApplicableLine[] {
    return lines.flatMap((line) => {
      if (!this.counts(line)) return [];
      const marker = extra === undefined ? plainMarker(line) : extraMarker(line, extra);
      if (!isPossible(marker, this.#request.target.environment)) return [];
      return [{ line, extra, marker, isSelf: line.requirement.key === key }];
    });
  }
}

function ownExtras({ isSelf, line }: ApplicableLine): readonly string[] {
  return isSelf ? line.requirement.extras : [];
}
