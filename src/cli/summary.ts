import type { ProgressEvent } from '../ports.ts';
import type { Screen } from './reporter.ts';
import { wrapLine, type Paint } from './render.ts';

/** Changes of packages that are told together, since a line for each would not fit the screen. */
export interface Summary {
  /** Whether the change will be told by `text`. */
  take(change: Change): boolean;
  /** All that was taken: a paragraph for each kind of change. */
  text(paint: Paint): string;
}

type Change = Extract<ProgressEvent, { kind: 'sync:package' }>;
type Plan = Extract<ProgressEvent, { kind: 'sync:plan' }>;

/** Lines that a command prints besides those of packages. */
const OTHER_LINES = 10;

/** Undefined when a line for each package fits the screen. What failed always has its own line. */
export function createSummary({ add, update, remove }: Plan, screen: Screen): Summary | undefined {
  if (add + update + remove <= screen.rows - OTHER_LINES) return undefined;
  const taken = new Map<Change['action'], string[]>();
  return {
    take({ action, name, version, from, ok }) {
      if (!ok) return false;
      const one = from === undefined ? `${name} ${version}` : `${name} ${from} -> ${version}`;
      taken.set(action, [...(taken.get(action) ?? []), one.replaceAll(' ', HARD_SPACE)]);
      return true;
    },
    text: (paint) =>
      [...taken].map(([action, packages]) => paragraph(action, packages, { paint, width: screen.columns })).join(''),
  };
}

/** Keeps name and version on one line; printed as a space. */
const HARD_SPACE = '\u00a0';

function paragraph(
  action: Change['action'],
  packages: readonly string[],
  { paint, width }: { readonly paint: Paint; readonly width: number },
): string {
  const line = `${paint('green', '✔')} ${action} ${packages.length} packages successful: ${packages.join(', ')}`;
  return (
    wrapLine(line, width - 2)
      .replaceAll(HARD_SPACE, ' ')
      .replaceAll(/^/gm, '  ') + '\n'
  );
}
