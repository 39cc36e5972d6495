import { Presets, SingleBar } from "cli-progress";

const quietMilliseconds = 2000;
const resolution = 1000;

const plainLineMilliseconds = 30_000;

const redrawMilliseconds = 1000;

/** The work's latest report. */
interface Report {
  readonly done: number;
  readonly label: string;
  /** When the work is expected to end, in milliseconds since the epoch; Infinity if nothing is known of it. */
  readonly end: number;
}

/**
 * Progress on stderr: on a terminal, a bar with the time left, for work of more than two seconds; elsewhere, such as in
 * the log of a cluster's job, a plain line every half minute. It is drawn again while the work reports nothing.
 */
export class Progress {
  private readonly start = Date.now();
  private lastLine = Date.now();
  private bar: SingleBar | undefined;
  private timer: NodeJS.Timeout | undefined;

  /**
   * Shows the progress of the work.
   *
   * @param done the share that is done, in [0, 1]
   * @param label what is being done
   * @param secondsLeft by default estimated from the time so far; Infinity if nothing is known of it
   */
  update(done: number, label: string, secondsLeft?: number): void {
    const now = Date.now();
    const estimated = done > 0 ? ((now - this.start) * (1 - done)) / done : Infinity;
    const end = now + (secondsLeft === undefined ? estimated : 1000 * secondsLeft);
    const report = { done, label, end };
    clearInterval(this.timer);
    this.timer = setInterval(() => this.draw(report), redrawMilliseconds).unref();
    this.draw(report);
  }

  private draw({ done, label, end }: Report): void {
    const now = Date.now();
    // An end that has passed was a wrong estimate: nothing is known until the next report.
    const left = end < now || end === Infinity ? "" : `${formatSeconds((end - now) / 1000)} left | `;
    if (!process.stderr.isTTY) {
      if (now - this.lastLine < plainLineMilliseconds) return;
      this.lastLine = now;
      process.stderr.write(`${Math.floor(100 * done)} % | ${left}${label}\n`);
      return;
    }
    if (now - this.start < quietMilliseconds) return;
    const payload = { label, left };
    this.bar ??= startBar(payload);
    this.bar.update(Math.round(done * resolution), payload);
  }

  /** Removes the bar. */
  stop(): void {
    clearInterval(this.timer);
    this.bar?.stop();
    this.bar = undefined;
  }
}

function startBar(payload: object): SingleBar {
  const bar = new SingleBar(
    { format: "{bar} {percentage} % | {left}{label}", clearOnComplete: true, hideCursor: true, barsize: 24 },
    Presets.shades_classic,
  );
  bar.start(resolution, 0, payload);
  return bar;
}

/** A duration for people: "42 s", "7 min 03 s", "2 h 14 min". */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}
