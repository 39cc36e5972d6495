/** How jobs are combined into batches and run. */
export interface BatcherOptions<Job, Result> {
  /** Jobs with the same key can be run together. */
  keyOf(job: Job): string;
  /** The rows that a job adds to a batch. */
  rowsOf(job: Job): number;
  /** The most rows of a batch; a larger job is a batch of its own. */
  rows: number;
  /** Milliseconds that a job waits for others while nothing runs. */
  wait: number;
  /** Runs jobs with the same key; one result for each, in order. */
  run(jobs: readonly Job[]): Promise<Result[]>;
}

/** Runs jobs together if they arrive within a few milliseconds. */
export interface Batcher<Job, Result> {
  /** The number of jobs that wait or run. */
  readonly size: number;
  /**
   * Waits for the job's result.
   *
   * @param signal once aborted, the job is abandoned: it is not run if it has not begun, and the signal's reason is thrown
   */
  submit(job: Job, signal: AbortSignal): Promise<Result>;
}

interface Waiting<Job, Result> {
  readonly job: Job;
  readonly since: number;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** While one batch is computed, the next full one may be sent already, so that the sampling thread need not wait for it. */
const mostBatches = 2;

/** Makes a batcher. The batch whose first job has waited for longest is run first. */
export function batcher<Job, Result>(options: BatcherOptions<Job, Result>): Batcher<Job, Result> {
  const { keyOf, rowsOf, rows, wait, run } = options;
  type Entry = Waiting<Job, Result>;
  const queues = new Map<string, Entry[]>();
  let running = 0;
  let batches = 0;
  let timer: NodeJS.Timeout | undefined;

  const isFull = (entries: readonly Entry[]): boolean => entries.reduce((sum, { job }) => sum + rowsOf(job), 0) >= rows;

  /** As many of the queue's first jobs as fit into a batch. */
  const take = (key: string, entries: Entry[]): Entry[] => {
    let filled = 0;
    const end = entries.findIndex(({ job }, i) => (filled += rowsOf(job)) > rows && i > 0);
    const taken = entries.splice(0, end < 0 ? entries.length : end);
    if (entries.length === 0) queues.delete(key);
    return taken;
  };

  const begin = async (batch: readonly Entry[]): Promise<void> => {
    running += batch.length;
    batches++;
    try {
      const results = await run(batch.map(({ job }) => job));
      batch.forEach(({ resolve }, i) => resolve(results[i]));
    } catch (error) {
      batch.forEach(({ reject }) => reject(error));
    } finally {
      running -= batch.length;
      batches--;
      next();
    }
  };

  const next = (): void => {
    clearTimeout(timer);
    if (batches === mostBatches || queues.size === 0) return;
    const now = performance.now();
    const ready = [...queues]
      .filter(([, entries]) => isFull(entries) || now - entries[0].since >= wait)
      .sort(([, [a]], [, [b]]) => a.since - b.since);
    // Behind a running batch a batch that is not full may still grow, unless a full one would go before it.
    if (ready.length > 0 && (batches === 0 || ready.some(([, entries]) => isFull(entries)))) {
      void begin(take(...ready[0]));
      next();
      return;
    }
    if (batches > 0) return;
    const first = Math.min(...[...queues.values()].map(([{ since }]) => since));
    timer = setTimeout(next, Math.max(1, first + wait - now));
  };

  return {
    get size() {
      return [...queues.values()].reduce((sum, { length }) => sum + length, running);
    },
    submit: (job, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const key = keyOf(job);
        const leave = (): void => {
          const entries = queues.get(key) ?? [];
          const place = entries.indexOf(entry);
          if (place >= 0) entries.splice(place, 1);
          if (entries.length === 0) queues.delete(key);
          reject(signal.reason as Error);
        };
        const ending =
          <Value>(end: (value: Value) => void) =>
          (value: Value): void => {
            signal.removeEventListener("abort", leave);
            end(value);
          };
        const entry: Entry = { job, since: performance.now(), resolve: ending(resolve), reject: ending(reject) };
        signal.addEventListener("abort", leave, { once: true });
        queues.set(key, [...(queues.get(key) ?? []), entry]);
        next();
      }),
  };
}
