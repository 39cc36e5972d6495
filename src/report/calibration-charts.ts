import { type TopLevelSpec } from "vega-lite";
import {
  type CoveragePoint,
  type Ecdf,
  ecdfBand,
  expectedCoverage,
  rankEcdf,
  type RankedQuantity,
  rankHistogram,
} from "../metrics/calibration/index.js";
import { drawChart, type Figure } from "./chart.js";

/** One panel of a chart. */
export type Panel = Extract<TopLevelSpec, { concat: unknown }>["concat"][number];

/** A curve of one quantity, as its difference from the mean of an exact sampler. */
interface CurvePoint {
  series: string;
  x: number;
  difference: number;
}

/** The band of an exact sampler. */
interface BandPoint {
  x: number;
  low: number;
  high: number;
}

const [panelWidth, panelHeight] = [390, 225];
const bandColour = "#dedbd3";

/** A figure of panels, two in each row. */
export async function panelsFigure(panels: readonly Panel[]): Promise<Figure> {
  return drawChart({
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    spacing: { row: 28, column: 44 },
    columns: 2,
    concat: [...panels],
    resolve: { scale: { color: "independent" } },
    config: { legend: { orient: "bottom", columns: 3 }, title: { frame: "group", offset: 10 } },
  });
}

/** Colours of the quantities in the order of their names, so that a name has the same colour in all panels. */
function colourOf(names: readonly string[]) {
  return {
    field: "series",
    type: "nominal",
    title: null,
    scale: { domain: [...names], range: ["#3b6fb6", "#e07b1a", "#3d9a6c", "#8a2f6f"].slice(0, names.length) },
  } as const;
}

/**
 * Four panels for one sampler of vectors: ranks, their distribution, coverage, TARP. A curve outside the grey band
 * differs from that of an exact sampler by more than the test's threshold allows.
 */
export async function vectorFigure(ranked: readonly RankedQuantity[], threshold: number): Promise<Figure> {
  const coordinates = ranked.filter(({ kind }) => kind === "coordinate");
  return panelsFigure([
    histogramPanel(coordinates, threshold),
    ecdfPanel(
      "Where the truth ranks among the samples",
      "share of the samples below the truth",
      ranked.filter(({ kind }) => kind === "coordinate" || kind === "likelihood"),
      threshold,
    ),
    coveragePanel(coordinates.map(({ name, ranks }) => ({ name, points: expectedCoverage(ranks, 1 - threshold) }))),
    tarpPanel(ranked, threshold),
  ]);
}

/** TARP: the share of the samples that are nearer to a reference point than the truth is. */
export function tarpPanel(ranked: readonly RankedQuantity[], threshold: number): Panel {
  return ecdfPanel(
    "TARP: balls around reference points",
    "credibility of the ball up to the truth",
    ranked.filter(({ kind }) => kind === "tarp" || kind === "tarp-observation"),
    threshold,
  );
}

/** The empirical distributions of ranks minus the uniform distribution, with their simultaneous band. */
export function ecdfPanel(title: string, xTitle: string, ranked: readonly RankedQuantity[], threshold: number): Panel {
  const curves = ranked.map(({ name, ranks }) => ({ name, ecdf: rankEcdf(ranks) }));
  const [first] = curves;
  const { low, high } = ecdfBand(first.ecdf, 1 - threshold);
  const offset = ({ points, total }: Ecdf, counts: Int32Array, i: number): number => counts[i] / total - points[i];
  return curvesPanel(
    { title, x: xTitle, y: "excess over an exact sampler" },
    curves.flatMap(({ name, ecdf }) =>
      Array.from(ecdf.points, (x, i) => ({ series: name, x, difference: offset(ecdf, ecdf.counts, i) })),
    ),
    Array.from(first.ecdf.points, (x, i) => ({
      x,
      low: offset(first.ecdf, low, i),
      high: offset(first.ecdf, high, i),
    })),
  );
}

/** Coverage of central intervals minus their level, with the limits of the first curve. */
export function coveragePanel(curves: readonly { name: string; points: readonly CoveragePoint[] }[]): Panel {
  return curvesPanel(
    {
      title: "How often intervals contain the truth",
      x: "credible level of the interval",
      y: "coverage minus level",
    },
    curves.flatMap(({ name, points }) =>
      points.map(({ level, empirical }) => ({ series: name, x: level, difference: empirical - level })),
    ),
    curves[0].points.map(({ level, low, high }) => ({ x: level, low: low - level, high: high - level })),
  );
}

/** Histograms of ranks relative to the expected counts, with the limits of the first. */
function histogramPanel(ranked: readonly RankedQuantity[], threshold: number): Panel {
  const histograms = ranked.map(({ name, ranks }) => ({ name, ...rankHistogram(ranks, 1 - threshold) }));
  const bars = histograms.flatMap(({ name: series, counts, expected }) =>
    Array.from(counts, (count, bin) => ({
      series,
      from: bin / counts.length,
      to: (bin + 1) / counts.length,
      ratio: count / expected[bin],
    })),
  );
  const [{ low, high, expected }] = histograms;
  const limits = Array.from(expected, (mean, bin) => ({
    from: bin / expected.length,
    to: (bin + 1) / expected.length,
    low: low[bin] / mean,
    high: high[bin] / mean,
  }));
  return {
    title: "How often each rank occurs",
    width: panelWidth,
    height: panelHeight,
    layer: [
      {
        data: { values: limits },
        mark: { type: "rect", color: bandColour },
        encoding: {
          x: { field: "from", type: "quantitative" },
          x2: { field: "to" },
          y: { field: "low", type: "quantitative" },
          y2: { field: "high" },
        },
      },
      {
        data: { values: bars },
        mark: { type: "rule", strokeWidth: 2.2 },
        encoding: {
          x: {
            field: "from",
            type: "quantitative",
            title: "share of the samples below the truth",
            scale: { domain: [0, 1] },
            axis: { format: "~%" },
          },
          x2: { field: "to" },
          y: { field: "ratio", type: "quantitative", title: "frequency, 1 is right" },
          color: colourOf(ranked.map(({ name }) => name)),
        },
      },
    ],
  };
}

function curvesPanel(
  titles: { title: string; x: string; y: string },
  curves: readonly CurvePoint[],
  band: readonly BandPoint[],
): Panel {
  return {
    title: titles.title,
    width: panelWidth,
    height: panelHeight,
    layer: [
      {
        data: { values: [...band] },
        mark: { type: "area", color: bandColour },
        encoding: {
          x: { field: "x", type: "quantitative" },
          y: { field: "low", type: "quantitative" },
          y2: { field: "high" },
        },
      },
      {
        data: { values: [...curves] },
        mark: { type: "line", strokeWidth: 1.8 },
        encoding: {
          x: { field: "x", type: "quantitative", title: titles.x, scale: { domain: [0, 1] }, axis: { format: "~%" } },
          y: { field: "difference", type: "quantitative", title: titles.y, axis: { format: "+.0%" } },
          color: colourOf([...new Set(curves.map(({ series }) => series))]),
        },
      },
    ],
  };
}
