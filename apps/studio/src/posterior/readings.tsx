import { BarChart } from "../ui/index.js";
import { reading } from "./pixel.js";
import { sampleCount } from "./request.js";
import { about, drawable, readings } from "./session.js";
import { view } from "./view.js";

/** Longer names are written beside their bar, not below it. */
const longestBelow = 2;

/** How many of the samples an independent classifier reads as each class. */
export function ClassReadings() {
  const { classes = [], images } = about.value ?? {};
  const { counts, failure } = readings.value ?? {};
  const { image } = view.value;
  const truth = image.kind === "held-out" ? images?.labels?.[image.index] : undefined;
  if (about.value !== undefined && about.value.classifier === undefined) return null;
  const below = classes.every((name) => name.length <= longestBelow);
  const said = counts
    ?.map((count, i) => ({ count, name: classes[i] }))
    .filter(({ count }) => count > 0)
    .map(({ count, name }) => `${count} as ${name}`)
    .join(", ");
  return (
    <section class="reading" aria-labelledby="classes-title">
      <h2 id="classes-title">Classes of the samples</h2>
      {below ? (
        <BarChart
          label={`Of ${sampleCount} samples, a classifier reads ${said ?? "none yet"}`}
          most={sampleCount}
          bars={(classes.length > 0 ? classes : Array.from({ length: 10 }, (_, i) => String(i))).map((title, i) => ({
            title,
            value: counts?.[i] ?? 0,
            marked: i === truth,
          }))}
        />
      ) : (
        <dl class="rows">
          {classes.map((title, i) => (
            <div key={title} class={i === truth ? "marked" : undefined}>
              <dt>{title}</dt>
              <dd>
                <meter aria-label={title} min={0} max={sampleCount} value={counts?.[i] ?? 0} />
                <span class="number">{counts?.[i] ?? 0}</span>
              </dd>
            </div>
          ))}
        </dl>
      )}
      <p class="small">
        {failure === undefined ? "As an independent classifier reads them" : `The classifier failed: ${failure}`}
        {truth === undefined ? "." : `; the image is ${withArticle(classes[truth])}.`}
      </p>
    </section>
  );
}

const withArticle = (name: string): string => (/^\d$/.test(name) ? name : `labelled “${name}”`);

const bins = 24;
// Images lie in [-1, 1]; samples, which carry what the network is unsure of, may lie outside.
const ends = [-1.5, 1.5] as const;
/** Where a value lies on the axis, from 0 to 1. */
const share = (value: number): number => Math.min(1, Math.max(0, (value - ends[0]) / (ends[1] - ends[0])));

const ticks = [
  { value: -1, title: "black −1" },
  { value: 0, title: "0" },
  { value: 1, title: "1 white" },
];

/** For how many truths in a hundred the range of n samples of an exact sampler contains the truth: (n - 1) / (n + 1). */
const containing = Math.round((100 * (sampleCount - 1)) / (sampleCount + 1));

/** The samples' values at the chosen pixel, with their range. */
export function PixelHistogram() {
  const pixel = reading.value;
  const counts = new Array<number>(bins).fill(0);
  for (const value of pixel?.values ?? []) counts[Math.min(bins - 1, Math.floor(share(value) * bins))]++;
  const place = (value: number): number => 100 * share(value);
  const number = (value: number): string => value.toFixed(2).replace("-", "−");
  const [low, high] = pixel?.range ?? [0, 0];
  return (
    <section class="reading" aria-labelledby="pixel-title">
      <h2 id="pixel-title">
        {pixel === undefined ? "One pixel" : `Pixel in row ${pixel.row + 1}, column ${pixel.column + 1}`}
      </h2>
      <BarChart
        label={
          pixel === undefined
            ? "No samples yet"
            : `Values of ${sampleCount} samples: mean ${number(pixel.mean)}, all from ${number(low)} to ${number(high)}; the image has ${number(pixel.truth)}`
        }
        most={Math.max(8, ...counts)}
        bars={counts.map((value) => ({ value }))}
      >
        {pixel !== undefined && (
          <>
            <rect class="range" x={place(low)} width={place(high) - place(low)} y={0} height={100} />
            <line class="truth" x1={place(pixel.truth)} x2={place(pixel.truth)} y1={0} y2={100} />
          </>
        )}
      </BarChart>
      <div class="ticks small" aria-hidden="true">
        {ticks.map(({ value, title }) => (
          <span key={value} style={{ left: `${place(value)}%` }}>
            {title}
          </span>
        ))}
      </div>
      <p class="small number">
        {pixel === undefined ? (
          "\u00a0"
        ) : (
          <>
            All samples lie in <span class="key-range">{`[${number(low)}, ${number(high)}]`}</span>; the image has{" "}
            <span class="key-truth">{number(pixel.truth)}</span>. The range of an exact sampler contains the truth in{" "}
            {containing} % of cases.
            {drawable.value ? "" : " Values are means of the three colours."}
          </>
        )}
      </p>
    </section>
  );
}
