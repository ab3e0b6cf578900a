/** A counting limit overall and per key; waiters are served in order of arrival among those whose key has room. */
export interface Slots {
  /** Resolves with the function that gives the slot back; calling that twice is harmless. */
  acquire(key: string): Promise<() => void>;
}

/** At most `total` slots in use, at most `perKey` of one key. */
export function createSlots(total: number, perKey: number): Slots {
  const used = new Map<string, number>();
  const waiting: { readonly key: string; readonly grant: () => void }[] = [];
  let inUse = 0;

  const hasRoom = (key: string): boolean => inUse < total && (used.get(key) ?? 0) < perKey;

  const take = (key: string): (() => void) => {
    inUse++;
    used.set(key, (used.get(key) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      inUse--;
      used.set(key, (used.get(key) ?? 1) - 1);
      serveNext();
    };
  };

  /** One slot came free: at most one waiter can have it. */
  const serveNext = (): void => {
    const index = waiting.findIndex((waiter) => hasRoom(waiter.key));
    if (index >= 0) waiting.splice(index, 1)[0]?.grant();
  };

  return {
    acquire(key) {
      if (hasRoom(key)) return Promise.resolve(take(key));
      return new Promise((resolve) => {
        waiting.push({ key, grant: () => resolve(take(key)) });
      });
    },
  };
}
