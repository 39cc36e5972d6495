import { type ComponentChildren } from "preact";

/** A bar: its height, and its title below, if it has one. */
export interface Bar {
  readonly value: number;
  readonly title?: string;
  /** Whether it is highlighted. */
  readonly marked?: boolean;
}

interface BarChartProps {
  /** What the chart shows, with its numbers, for screen readers. */
  label: string;
  bars: readonly Bar[];
  /** The value at the top. */
  most: number;
  /** Drawn above the bars, in the chart's own units: 100 wide, 100 high. */
  children?: ComponentChildren;
}

const gap = 0.14;

/** Bars side by side. */
export function BarChart({ label, bars, most, children }: BarChartProps) {
  const width = 100 / bars.length;
  return (
    <div class="bar-chart">
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={label}>
        {bars.map(({ value, marked = false }, i) => {
          const height = Math.min(100, (100 * value) / most);
          return (
            <rect
              key={i}
              class={marked ? "marked" : undefined}
              x={(i + gap / 2) * width}
              y={100 - height}
              width={(1 - gap) * width}
              height={height}
            />
          );
        })}
        {children}
      </svg>
      {bars.some(({ title }) => title !== undefined) && (
        <div class="bar-titles" aria-hidden="true">
          {bars.map(({ title }, i) => (
            <span key={i}>{title}</span>
          ))}
        </div>
      )}
    </div>
  );
}
