import { Presets, SingleBar } from "cli-progress";

const quietMilliseconds = 2000;
const resolution = 1000;

const plainLineMilliseconds = 30_000;

/** Progress on stderr: on a terminal, a bar with the time left, for work of more than two seconds; elsewhere, such as in the
 * log of a cluster's job, a plain line every half minute.
 */
export class Progress {
  private readonly start = Date.now();
  private lastLine = Date.now();
  private bar: SingleBar | undefined;

  /**
   * Shows the progress of the work.
   *
   * @param done the share that is done, in [0, 1]
   * @param label what is being done
   * @param secondsLeft by default estimated from the time so far
   */
  update(done: number, label: string, secondsLeft?: number): void {
    const elapsed = Date.now() - this.start;
    const seconds = secondsLeft ?? (done > 0 ? ((elapsed / 1000) * (1 - done)) / done : Infinity);
    if (!process.stderr.isTTY) {
      this.plainLine(done, label, seconds);
      return;
    }
    if (elapsed < quietMilliseconds) return;
    const payload = { label, left: formatSeconds(seconds) };
    this.bar ??= startBar(payload);
    this.bar.update(Math.round(done * resolution), payload);
  }

  private plainLine(done: number, label: string, seconds: number): void {
    if (Date.now() - this.lastLine < plainLineMilliseconds) return;
    this.lastLine = Date.now();
    process.stderr.write(`${Math.floor(100 * done)} % | ${formatSeconds(seconds)} left | ${label}\n`);
  }

  /** Removes the bar. */
  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

function startBar(payload: object): SingleBar {
  const bar = new SingleBar(
    { format: "{bar} {percentage} % | {left} left | {label}", clearOnComplete: true, hideCursor: true, barsize: 24 },
    Presets.shades_classic,
  );
  bar.start(resolution, 0, payload);
  return bar;
}

/** A duration for people: "42 s", "7 min 03 s", "2 h 14 min". */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}
