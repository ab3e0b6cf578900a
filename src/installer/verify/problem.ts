/**
 * What is wrong with an installed file or distribution. `modified`: other content, size or mode than was installed; `missing`: gone, or a
 * link to nothing; `extra`: nobody recorded it; `foreign`: from elsewhere than the wheel that is locked; `stale`: byte code that was not
 * compiled from the source beside it.
 */
export type ProblemKind = 'modified' | 'missing' | 'extra' | 'foreign' | 'stale';

/** One finding. */
export interface Problem {
  readonly kind: ProblemKind;
  /** '/'-separated, relative to the packages folder, or absolute in the cache; undefined for a whole distribution. */
  readonly path: string | undefined;
  /** A clause. */
  readonly detail: string;
}
