import { join } from 'node:path';

import type { Reporter } from '../ports.ts';
import { makeFolders } from '../util/file-system.ts';
import { mapLimit } from '../util/limit.ts';
import { pauseOf, replacementsOf, type ChangeRequest } from './change-request.ts';
import { guardIo } from './files.ts';
import { prepareWheel, startUpFiles, unpackSource, type PreparedWheel } from './incoming.ts';
import type { ChangeFolders } from './journal.ts';
import { planNeighbours } from './on-path.ts';
import type { Replacement } from './plan.ts';

/** Unpacks what comes, and what has to be installed anew because of that: then the request says so, too. `onReady` hears of each wheel. */
export async function unpackAll(
  request: ChangeRequest,
  folders: ChangeFolders,
  onReady: (wheel: PreparedWheel) => void,
): Promise<{ readonly request: ChangeRequest; readonly wheels: readonly PreparedWheel[] }> {
  const { plan } = request;
  guardIo('cannot create', folders.root, () => makeFolders(folders.root));
  const coming = await unpack(request, { folders, onReady }, replacementsOf(plan));
  const wider = guardIo('cannot read', request.base, () => planNeighbours(plan, coming));
  const neighbours = wider.update.slice(0, wider.update.length - plan.update.length);
  const wheels = [...(await unpack(request, { folders, onReady }, neighbours)), ...coming];
  const amendments = request.amendments.filter(({ installed }) => wider.keep.includes(installed));
  tellStartUps(request.reporter, wheels);
  return { request: { ...request, plan: wider, amendments }, wheels };
}

/** Code in .pth files runs at every start of a Python that has the packages: nobody should bring it unseen. */
function tellStartUps(reporter: Reporter, wheels: readonly PreparedWheel[]): void {
  const found = wheels.flatMap((wheel) => startUpFiles(wheel).map((name) => `${name} of ${wheel.label}`));
  if (found.length === 0) return;
  reporter.emit({
    kind: 'note',
    level: 'info',
    message: `Python will run code at every start from ${found.join(', ')}`,
    isLasting: true,
  });
}

interface Unpacking {
  readonly folders: ChangeFolders;
  readonly onReady: (wheel: PreparedWheel) => void;
}

/** Unpacks all, or fails only when nothing is running any more that could still write into staging. */
async function unpack(
  request: ChangeRequest,
  { folders, onReady }: Unpacking,
  replacements: readonly Replacement[],
): Promise<PreparedWheel[]> {
  const { base, signal, method, interpreter } = request;
  const pause = pauseOf(request);
  const failures: unknown[] = [];
  const prepared = await mapLimit(replacements, request.concurrency, async ({ wanted }) => {
    if (failures.length > 0) return [];
    const { name, version } = wanted;
    try {
      await pause();
      request.reporter.emit({ kind: 'sync:prepare', name, version });
      const source = await request.sources(wanted);
      const unpacked = await unpackSource(wanted, source, {
        folder: join(folders.root, `${wanted.key}.raw`),
        method,
        signal,
      });
      request.lock.beat();
      const ready = guardIo('cannot read', base, () => prepareWheel(unpacked, method, interpreter ?? ''));
      onReady(ready);
      request.reporter.emit({ kind: 'sync:prepared', name, version });
      return [ready];
    } catch (error) {
      failures.push(error);
      return [];
    }
  });
  if (failures.length > 0) throw failures[0];
  return prepared.flat();
}
