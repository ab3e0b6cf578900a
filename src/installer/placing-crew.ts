import { Worker } from 'node:worker_threads';

import type { Batch } from './batch.ts';
import type { HelperOrder, HelperReport } from './placing-thread.ts';
import type { LinkMethod } from './state.ts';
import { describeFailure } from './thread-failure.ts';
import { createBoard, hasBegun, stop, type WorkBoard } from './work-board.ts';

/** Threads that take batches from one list. One that starts late, or cannot start at all, costs time and nothing else. */
export interface Crew {
  readonly board: WorkBoard;
  /** Makes a batch known to all, before it is posted on the board. */
  send(batch: Batch): void;
  /** Waits until the board is closed and nobody brings anything any more; from those who brought something. */
  end(): Promise<readonly HelperReport[]>;
  /** Ends all of them as soon as nothing is half done. What failed is not told. */
  stop(): Promise<void>;
}

export function startCrew(helpers: number, method: LinkMethod): Crew {
  const board = createBoard(helpers);
  const crew = Array.from({ length: helpers }, (_, helper) => startHelper({ board, helper, method }));
  async function end(): Promise<readonly HelperReport[]> {
    const reports = await Promise.all(crew.map((helper) => helper.end()));
    return reports.filter((report) => report !== undefined);
  }
  return {
    board,
    end,
    send(batch) {
      for (const helper of crew) helper.send(batch);
    },
    async stop() {
      stop(board);
      await end();
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
    worker = new Worker(new URL('./placing-thread.cjs', import.meta.url), { workerData: order, execArgv: [] });
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
