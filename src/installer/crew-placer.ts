import { bringBatch, type Batch } from './batch.ts';
import { LARGE, type Linker, type Refusal } from './link.ts';
import { createPlacer, type Placer } from './placer.ts';
import type { Crew } from './placing-crew.ts';
import { reviveFailure } from './thread-failure.ts';
import { treeBatches } from './tree-batches.ts';
import { WheelFiles } from './wheel-files.ts';
import { close, post, take } from './work-board.ts';

/** What a crew brings, and how. */
export interface CrewOrder {
  readonly linker: Linker;
  /** Hears of kinds of links that the file system refused to a helper. */
  readonly onRefused: (refusal: Refusal) => void;
  /** Places relative to the packages folder that several wheels fill, one after the other. */
  readonly contested: ReadonlySet<string>;
}

/**
 * A placer for very many files: nearly all the time for them goes by in the system, which serves several threads at once. Files are sent in
 * batches to the crew, and whoever is free takes the next one, this thread too once it has nothing else to do. Large files, which
 * signals may interrupt, are left to this thread.
 */
export function createCrewPlacer(crew: Crew, { linker, onRefused, contested }: CrewOrder): Placer {
  const { board } = crew;
  const batches: Batch[] = [];
  const atOnce = createPlacer(linker);
  let collected: WheelFiles | undefined;
  function handOver(): void {
    for (const batch of collected?.batches() ?? []) send(batch);
    collected = undefined;
  }
  function send(batch: Batch): void {
    batches.push(batch);
    crew.send(batch);
    post(board);
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
        bringBatch(linker, batches[index] ?? [], board);
        await pause();
      }
      for (const { refusals, failure } of await crew.end()) {
        refusals.forEach(onRefused);
        if (failure !== undefined) throw reviveFailure(failure);
      }
    },
  };
}
