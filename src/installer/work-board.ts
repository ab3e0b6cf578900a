/** What threads that share one list of batches know of each other: plain numbers in shared memory, changed by atomic operations alone. */
export type WorkBoard = Int32Array;

/** How often something was said that waiting threads want to know. */
const CHANGES = 0;
/** Batches that can be taken. */
const POSTED = 1;
/** Batches that somebody has taken, always the first ones. */
const TAKEN = 2;
/** 0 while batches may come, 1 when no more come, 2 when none may be taken any more. */
const STATE = 3;
/** From here on one number a thread: 1 when it has begun and may hold a batch. */
const BEGUN = 4;

/** The board of `threads` helpers. */
export function createBoard(threads: number): WorkBoard {
  return new Int32Array(new SharedArrayBuffer((BEGUN + threads) * Int32Array.BYTES_PER_ELEMENT));
}

/** Says that one more batch can be taken; it has been sent to all threads before. */
export function post(board: WorkBoard): void {
  Atomics.add(board, POSTED, 1);
  tell(board);
}

/** Says that no more batches come. */
export function close(board: WorkBoard): void {
  Atomics.compareExchange(board, STATE, 0, 1);
  tell(board);
}

/** Says that no batch may be taken any more, because something failed or the work is to end. */
export function stop(board: WorkBoard): void {
  Atomics.store(board, STATE, 2);
  tell(board);
}

export function isStopped(board: WorkBoard): boolean {
  return Atomics.load(board, STATE) === 2;
}

/** Takes the first batch that nobody has and gives its index; undefined when there is none now. */
export function take(board: WorkBoard): number | undefined {
  while (!isStopped(board)) {
    const index = Atomics.load(board, TAKEN);
    if (index >= Atomics.load(board, POSTED)) return undefined;
    if (Atomics.compareExchange(board, TAKEN, index, index + 1) === index) return index;
  }
  return undefined;
}

/** Takes a batch, and waits for one as long as some may come. Blocks the thread; not for the main thread. */
export function takeNext(board: WorkBoard): number | undefined {
  for (;;) {
    const seen = Atomics.load(board, CHANGES);
    const mayCome = Atomics.load(board, STATE) === 0;
    const index = take(board);
    if (index !== undefined || !mayCome) return index;
    Atomics.wait(board, CHANGES, seen);
  }
}

/** Says that the helper will take batches from now on. One that has not said so when the work is over never holds any. */
export function begin(board: WorkBoard, helper: number): void {
  Atomics.store(board, BEGUN + helper, 1);
}

export function hasBegun(board: WorkBoard, helper: number): boolean {
  return Atomics.load(board, BEGUN + helper) === 1;
}

function tell(board: WorkBoard): void {
  Atomics.add(board, CHANGES, 1);
  Atomics.notify(board, CHANGES);
}
