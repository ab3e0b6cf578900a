import pLimit from 'p-limit';

/** Runs `task` over all items, at most `concurrency` at once; results keep the order of the items. Rejects with the first failure. */
export async function mapLimit<T, R>(
  items: readonly T[],
  concurrency: number,
  task: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const limit = pLimit(concurrency);
  try {
    return await Promise.all(items.map((item, index) => limit(task, item, index)));
  } catch (error) {
    limit.clearQueue();
    throw error;
  }
}
