import { type Browser, type BrowserContextOptions, type Page } from "playwright-core";

/** A tab of the studio with what it said, asked for and was told. */
export interface Visit {
  readonly tab: Page;
  /** Errors on the console, and those that nothing caught. */
  readonly errors: string[];
  /** The addresses that it asked for. */
  readonly requests: string[];
  /** Closes the tab and what it kept. */
  close(): Promise<void>;
}

/** What the page's worker sent: see `listen`. */
declare const messages: { kind: string; progress?: unknown; output?: unknown }[];
declare const longTasks: number[];
declare const shifts: number[];

/** Notes what workers send to the page, long tasks and shifts of the layout. */
function listen(): void {
  const kept = { messages: [] as unknown[], longTasks: [] as number[], shifts: [] as number[] };
  Object.assign(globalThis, kept);
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      this.addEventListener("message", ({ data }) => kept.messages.push(data));
    }
  };
  new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => kept.longTasks.push(duration))).observe(
    {
      type: "longtask",
    },
  );
  new PerformanceObserver((list) =>
    (list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[])
      .filter(({ hadRecentInput }) => !hadRecentInput)
      .forEach(({ value }) => kept.shifts.push(value)),
  ).observe({ type: "layout-shift", buffered: true });
}

/** Opens an address in a tab of its own, with nothing kept from before. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, ...options });
  const tab = await context.newPage();
  // A machine with other work to do takes its time.
  tab.setDefaultTimeout(120_000);
  const errors: string[] = [];
  const requests: string[] = [];
  tab.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  tab.on("pageerror", (error) => errors.push(error.message));
  tab.on("request", (request) => requests.push(request.url()));
  await tab.addInitScript(listen);
  await tab.goto(url);
  return { tab, errors, requests, close: () => context.close() };
}

/** The values of the samples that the page was told last, and how many there were tellings. */
export function samplesOf(tab: Page): Promise<{ count: number; values: number[] }> {
  return tab.evaluate(() => {
    const told = messages
      .map(({ progress }) => progress as { mean?: unknown; samples: { data: Float32Array } } | undefined)
      .filter((progress) => progress?.mean !== undefined);
    return { count: told.length, values: Array.from(told.at(-1)?.samples.data ?? []) };
  });
}

/** What the samples that were told last are read as: how many as each class; undefined if they were not read. */
export function readingOf(tab: Page): Promise<readonly number[] | undefined> {
  return tab.evaluate(
    () =>
      (
        messages.filter(({ kind }) => kind === "result").at(-1)?.output as
          { readonly counts?: readonly number[] } | undefined
      )?.counts,
  );
}

/** Durations of the main thread's long tasks, and shifts of the layout that nobody asked for. */
export function disturbances(tab: Page): Promise<{ longTasks: number[]; shifts: number[] }> {
  return tab.evaluate(() => ({ longTasks, shifts }));
}

/** Waits until the page is at rest: samples shown and read, nothing under way. */
export async function atRest(tab: Page): Promise<void> {
  let before = -1;
  for (;;) {
    await tab.waitForSelector('.sixteen[aria-busy="false"] canvas:not(.empty)');
    const { length } = await tab.evaluate(() => messages);
    if (length === before) return;
    before = length;
    await tab.waitForTimeout(700);
  }
}
