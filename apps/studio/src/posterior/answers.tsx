import { ColourScale, ImageTile, PixelPad, type Stroke } from "../ui/index.js";
import { reading } from "./pixel.js";
import { sampleCount } from "./request.js";
import { opened, shown } from "./session.js";
import { deviationColour, mostDeviation } from "./uncertainty.js";
import { change } from "./view.js";
import { type SampleSummary } from "./worker/services.js";

function pick({ point }: Stroke): void {
  const [, height, width] = opened.value?.shape ?? [1, 1, 1];
  const within = (value: number, end: number): number => Math.min(end - 1, Math.max(0, Math.floor(value)));
  change({ pixel: [within(point.y, height), within(point.x, width)] });
}

const moveBy = (dx: number, dy: number): void => {
  const { row, column } = reading.value ?? { row: 0, column: 0 };
  pick({ point: { x: column + dx, y: row + dy } } as Stroke);
};

function Marker() {
  if (reading.value === undefined) return null;
  const { row, column } = reading.value;
  return <rect class="cursor" x={column} y={row} width={1} height={1} />;
}

/** The samples' mean; a pixel of it can be chosen. */
export function Mean() {
  const shape = opened.value?.shape ?? [1, 28, 28];
  return (
    <figure>
      <figcaption>
        Mean <span>of samples</span>
      </figcaption>
      <PixelPad
        label="Mean of the samples. Arrow keys move the selected pixel"
        values={shown.value?.result.mean}
        shape={shape}
        onStroke={pick}
        onArrow={moveBy}
        scrolls
      >
        <Marker />
      </PixelPad>
    </figure>
  );
}

/** The standard deviation of every pixel; a pixel of it can be chosen. */
export function Deviation() {
  const [, height, width] = opened.value?.shape ?? [1, 28, 28];
  return (
    <figure>
      <figcaption>Uncertainty</figcaption>
      <PixelPad
        label="Standard deviation of every pixel over the samples. Arrow keys move the selected pixel"
        values={shown.value?.result.deviation}
        shape={[1, height, width]}
        colour={deviationColour}
        onStroke={pick}
        onArrow={moveBy}
        scrolls
      >
        <Marker />
      </PixelPad>
      <ColourScale
        low={0}
        high={mostDeviation}
        colour={deviationColour}
        format={(value) => (value === 0 ? "0" : `${value} std. dev.`)}
      />
    </figure>
  );
}

/** Samples side by side; empty tiles until there are samples. */
export function SampleGrid({ summary, label }: { summary: Pick<SampleSummary, "samples"> | undefined; label: string }) {
  const shape = opened.value?.shape ?? [1, 28, 28];
  const size = shape.reduce((product, length) => product * length, 1);
  return (
    <div class="samples" role="group" aria-label={label}>
      {Array.from({ length: sampleCount }, (_, i) => (
        <ImageTile
          key={i}
          label={`sample ${i + 1}`}
          values={summary && (summary.samples.data as Float32Array).subarray(i * size, (i + 1) * size)}
          shape={shape}
        />
      ))}
    </div>
  );
}
