import type { TreeNotes } from '../installer/tree-notes.ts';
import type { ProgressEvent, Reporter } from '../ports.ts';

/** What a command did to the packages folder and told of it: a sync like it can be done again from that. */
export interface Account {
  /** Those of a sync that had something to do. */
  notes: TreeNotes | undefined;
  /** What is shown by default. */
  readonly told: readonly ProgressEvent[];
  /** Whether anything came from outside of the cache. */
  readonly wasFetching: boolean;
}

/** What is shown of a sync that needs nothing but the cache. */
const TOLD: ReadonlySet<ProgressEvent['kind']> = new Set(['phase', 'note', 'sync:plan', 'sync:package', 'sync:done']);

const FETCHING: ReadonlySet<ProgressEvent['kind']> = new Set([
  'request',
  'download:start',
  'repository:start',
  'build:start',
]);

function isWarning(event: ProgressEvent): boolean {
  return event.kind === 'note' && event.level === 'warning';
}

/** A reporter that also keeps what it is told for the account; it passes everything on. */
export function accounting<T extends Reporter>(reporter: T): { readonly reporter: T; readonly account: Account } {
  const told: ProgressEvent[] = [];
  const account = { notes: undefined, told, wasFetching: false };
  const emit = (event: ProgressEvent): void => {
    // Notes before are about how the command began: leaveStamps begins once more to see what is said each time. Warnings are of the lock.
    if (event.kind === 'phase') told.splice(0, told.length, ...told.filter(isWarning));
    if (FETCHING.has(event.kind)) account.wasFetching = true;
    if (TOLD.has(event.kind) && !(event.kind === 'note' && event.level === 'detail')) told.push(event);
    reporter.emit(event);
  };
  return { reporter: { ...reporter, emit }, account };
}
