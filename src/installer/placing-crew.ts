import { Worker } from 'node:worker_threads';

import { bringBatch, type Batch } from './batch.ts';
import { LARGE, type Linker, type Refusal } from './link.ts';
import { createPlacer, type Placer } from './placer.ts';
import type { HelperOrder, HelperReport } from './placing-thread.ts';
import type { LinkMethod } from './state.ts';
import { describeFailure, reviveFailure } from './thread-failure.ts';
import { treeBatches } from './tree-batches.ts';
import { WheelFiles } from './wheel-files.ts';
import { close, createBoard, hasBegun, post, stop, take } from './work-board.ts';

/** What a crew brings, and how. */
export interface CrewOrder {
  readonly linker: Linker;
  readonly method: LinkMethod;
  /** Hears of kinds of links that the file system refused to a helper. */
  readonly onRefused: (refusal: Refusal) => void;
  /** Places relative to the packages folder that several wheels fill, one after the other; asked for once. */
  readonly contested: () => ReadonlySet<string>;
}

/**
 * A placer for very many files: nearly all the time for them goes by in the system, which serves several threads at once. Files are sent in
 * batches to `helpers` threads, and whoever is free takes the next one, this thread too once it has nothing else to do. So a
 * helper that starts late, or cannot start at all, costs time and nothing else. Large files, which signals may interrupt, are left to this thread.
 */
export function startCrew(helpers: number, order: CrewOrder): Placer {
  const board = createBoard(helpers);
  const crew = Array.from({ length: helpers }, (_, helper) => startHelper({ board, helper, method: order.method }));
  const batches: Batch[] = [];
  const atOnce = createPlacer(order.linker);
  const contested = order.contested();
  let collected: WheelFiles | undefined;
  function handOver(): void {
    for (const batch of collected?.batches() ?? []) send(batch);
    collected = undefined;
  }
  function send(batch: Batch): void {
    batches.push(batch);
    for (const helper of crew) helper.send(batch);
    post(board);
  }
  async function ended(): Promise<void> {
    for (const report of await Promise.all(crew.map((helper) => helper.end()))) {
      for (const refusal of report?.refusals ?? []) order.onRefused(refusal);
      if (report?.failure !== undefined) throw reviveFailure(report.failure);
    }
  }
  return {
    place(delivery) {
      if (contested.has(delivery.file.target) || delivery.file.size >= LARGE) {
        atOnce.place(delivery);
        return;
      }
      if (collected?.isOf(delivery) !== true) {
        handOver();
        collected = new WheelFiles(delivery);
      }
      collected.add(delivery);
    },
    placeTree(delivery) {
      for (const batch of treeBatches(delivery)) send(batch);
    },
    async finish(pause) {
      handOver();
      close(board);
      for (let index = take(board); index !== undefined; index = take(board)) {
        bringBatch(order.linker, batches[index] ?? [], board);
        await pause();
      }
      await ended();
    },
    async stop() {
      stop(board);
      // What failed has been told, or is told by the error that stops the work.
      await ended().catch(() => {});
    },
  };
}

interface Helper {
  send(batch: Batch): void;
  /** Waits for what it is bringing; undefined when it never brought anything. */
  end(): Promise<HelperReport | undefined>;
}

/** Where no thread can be started (limits of the user, of the runtime) the helper is none. */
function startHelper(order: HelperOrder): Helper {
  let worker: Worker;
  try {
    worker = new Worker(new URL('./placing-thread.mjs', import.meta.url), { workerData: order, execArgv: [] });
  } catch {
    return { send: () => {}, end: () => Promise.resolve(undefined) };
  }
  const ended = new Promise<HelperReport>((resolve) => {
    worker.once('message', resolve);
    worker.once('error', (error) => resolve({ refusals: [], failure: describeFailure(error) }));
    worker.once('exit', () => resolve({ refusals: [], failure: describeFailure('a thread ended before its work') }));
  });
  return {
    send: (batch) => worker.postMessage(batch),
    async end() {
      if (hasBegun(order.board, order.helper)) return ended;
      await worker.terminate();
      return undefined;
    },
  };
}
