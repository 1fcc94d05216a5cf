/**
 * Runs `body` over the items, `workers` at once. After a failure nothing new begins, `halted` tells those at work to
 * end, and the first failure is thrown once all have.
 */
export async function inParallel<T>(
  workers: number,
  items: readonly T[],
  body: (item: T, halted: () => boolean) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const failures: unknown[] = [];
  const halted = () => failures.length > 0;
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined && !halted(); item = queue.shift()) {
      await body(item, halted).catch(error => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  if (failures.length > 0) throw failures[0];
}
