import { createLogUpdate } from 'log-update';

/** The lines at the bottom of a terminal that are drawn over again. */
export interface LiveRegion {
  /** Replaces what is there. */
  draw(lines: readonly string[]): void;
  clear(): void;
}

/** Opens a live region on a terminal. The cursor stays visible, so that nothing has to be restored when the process is killed. */
export function openLiveRegion(stream: NodeJS.WritableStream): LiveRegion {
  const update = createLogUpdate(stream, { showCursor: true });
  let drawn = 0;
  return {
    draw(lines) {
      // log-update takes equal last lines for lines in equal places: with another number of lines they would be left behind.
      if (lines.length !== drawn) update.clear();
      drawn = lines.length;
      update(lines.join('\n'));
    },
    clear() {
      drawn = 0;
      update.clear();
    },
  };
}
