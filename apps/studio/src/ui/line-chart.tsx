import { useCallback } from "preact/hooks";
import { Canvas, type Pen } from "./canvas.js";
import { colourOf, type ColourName } from "./colours.js";

/** A line of a chart: a value a step. */
export interface Line {
  readonly name: string;
  readonly colour: ColourName;
  /** The step of its first value. */
  readonly start?: number;
  readonly values: readonly number[];
}

interface LineChartProps {
  /** What the chart shows, for screen readers; the lines' last values are added. */
  label: string;
  lines: readonly Line[];
  /** The steps that the chart has room for. */
  steps: number;
  /** The values at its lower and upper end; the axis is logarithmic. */
  ends: readonly [low: number, high: number];
}

const margin = { left: 36, right: 6, top: 6, bottom: 20 };
/** A line is drawn through medians of this many values: single losses jump. */
const together = 9;

/** Lines over steps, on a logarithmic axis. */
export function LineChart({ label, lines, steps, ends }: LineChartProps) {
  const paint = useCallback(
    (pen: Pen) => {
      const place = placesOf(pen, steps, ends);
      drawAxes(pen, place, steps, ends);
      for (const line of lines) drawLine(pen, place, line);
    },
    [lines, steps, ends],
  );
  const last = lines
    .filter(({ values }) => values.length > 0)
    .map(({ name, values }) => `${name} ${medians(values).at(-1)?.toPrecision(3) ?? ""} after ${values.length} steps`);
  return (
    <div class="line-chart">
      <Canvas label={`${label}: ${last.length > 0 ? last.join(", ") : "no steps yet"}`} aspect={2} paint={paint} />
      <ul class="line-key">
        {lines.map(({ name, colour }) => (
          <li key={name} class={colour}>
            {name}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface Places {
  x(step: number): number;
  y(value: number): number;
}

function placesOf({ width, height }: Pen, steps: number, [low, high]: readonly [number, number]): Places {
  const [across, up] = [width - margin.left - margin.right, height - margin.top - margin.bottom];
  return {
    x: (step) => margin.left + (across * step) / steps,
    y: (value) => margin.top + up * (1 - Math.log(Math.min(high, Math.max(low, value)) / low) / Math.log(high / low)),
  };
}

function drawAxes(
  { context, width, height }: Pen,
  place: Places,
  steps: number,
  [low, high]: readonly [number, number],
): void {
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.fillStyle = colourOf("soft-ink");
  context.strokeStyle = colourOf("line");
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const value of ticks(low, high)) {
    const y = Math.round(place.y(value)) + 0.5;
    context.beginPath();
    context.moveTo(margin.left, y);
    context.lineTo(width - margin.right, y);
    context.stroke();
    context.fillText(String(value), margin.left - 6, y);
  }
  context.textBaseline = "bottom";
  for (const [step, align] of [
    [0, "left"],
    [steps / 2, "center"],
    [steps, "right"],
  ] as const) {
    context.textAlign = align;
    context.fillText(step === steps ? `${step} steps` : String(step), place.x(step), height);
  }
}

/** 1, 2 and 5 times the powers of ten in the range; only the powers if there are many. */
function ticks(low: number, high: number): number[] {
  const powers = Array.from({ length: 9 }, (_, i) => 10 ** (i - 3));
  const all = powers.flatMap((power) => [1, 2, 5].map((digit) => Number((digit * power).toPrecision(1))));
  const inside = (values: number[]): number[] => values.filter((value) => value >= low && value <= high);
  return inside(all).length > 6 ? inside(powers) : inside(all);
}

function drawLine({ context }: Pen, place: Places, { colour, values, start = 0 }: Line): void {
  context.strokeStyle = colourOf(colour);
  context.lineWidth = 1.75;
  context.lineJoin = "round";
  context.beginPath();
  medians(values).forEach((value, i) => {
    const step = start + Math.min(values.length - 1, (i + 0.5) * together);
    context.lineTo(place.x(step), place.y(value));
  });
  context.stroke();
}

function medians(values: readonly number[]): number[] {
  return Array.from({ length: Math.ceil(values.length / together) }, (_, i) => {
    const sorted = values.slice(i * together, (i + 1) * together).sort((a, b) => a - b);
    return sorted[sorted.length >> 1];
  });
}
