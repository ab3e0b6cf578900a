/** The program of a thread that helps to bring files; see crew-placer.ts. It loads nothing else. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { bringBatch, type Batch } from './batch.ts';
import { createLinker, type Refusal } from './link.ts';
import type { LinkMethod } from './state.ts';
import { describeFailure, type Failure } from './thread-failure.ts';
import { begin, stop, takeNext, type WorkBoard } from './work-board.ts';

/** What a helper starts with. */
export interface HelperOrder {
  readonly board: WorkBoard;
  readonly helper: number;
  readonly method: LinkMethod;
}

/** What a helper says, once, at its end. */
export interface HelperReport {
  readonly refusals: readonly Refusal[];
  readonly failure: Failure | undefined;
}

const { board, helper, method } = workerData as HelperOrder;
const batches: Batch[] = [];
const refusals: Refusal[] = [];
begin(board, helper);
const report: HelperReport = { failure: work(), refusals };
parentPort?.postMessage(report);

function work(): Failure | undefined {
  const linker = createLinker(method, (refusal) => refusals.push(refusal));
  try {
    for (let index = takeNext(board); index !== undefined; index = takeNext(board))
      bringBatch(linker, batchAt(index), board);
  } catch (error) {
    stop(board);
    return describeFailure(error);
  }
  return undefined;
}

/** All threads get all batches, in one order. */
function batchAt(index: number): Batch {
  while (batches.length <= index) {
    const received = parentPort === null ? undefined : receiveMessageOnPort(parentPort);
    if (received === undefined) throw new Error('a batch that was not sent');
    batches.push(received.message as Batch);
  }
  return batches[index] ?? [];
}
