import { type ImageShape } from "../data/index.js";
import { type CalibratedProblem, type ImageCalibration } from "../evaluate/calibration/index.js";
import { coveragePanel, ecdfPanel, type Panel, panelsFigure, tarpPanel } from "./calibration-charts.js";
import { type Figure } from "./chart.js";

/**
 * Four panels for a model of images on one problem: coverage by pixel and of all pixels, the likelihood's ranks, TARP.
 */
export async function imageCalibrationFigure(
  { found: { pixels, ranked, verdict }, coverage }: CalibratedProblem,
  image: ImageShape,
): Promise<Figure> {
  const likelihood = ranked.filter(({ kind }) => kind === "likelihood");
  return panelsFigure([
    coverageMap(pixels, image),
    coveragePanel([{ name: "all uncertain pixels", points: coverage }]),
    ecdfPanel(
      "Where the truth's likelihood ranks",
      "share of the samples less likely than the truth",
      likelihood,
      verdict.threshold,
    ),
    tarpPanel(ranked, verdict.threshold),
  ]);
}

/** Coverage of the 90 % interval for each pixel, averaged over its channels. */
export function coverageMap(pixels: ImageCalibration["pixels"], { height, width }: ImageShape): Panel {
  const places = new Map<number, number[]>();
  for (const { pixel, ranks } of pixels) {
    const covered = ranks.positions.filter((u) => Math.abs(2 * u - 1) < 0.9).length / ranks.positions.length;
    const place = pixel % (height * width);
    places.set(place, [...(places.get(place) ?? []), covered]);
  }
  const values = [...places].map(([place, shares]) => ({
    row: Math.floor(place / width),
    column: place % width,
    coverage: shares.reduce((sum, share) => sum + share, 0) / shares.length,
  }));
  return {
    title: "Coverage of each pixel's 90 % interval",
    width: 210,
    height: 210,
    data: { values },
    mark: "rect",
    encoding: {
      x: {
        field: "column",
        type: "ordinal",
        axis: null,
        scale: { domain: Array.from({ length: width }, (_, i) => i) },
      },
      y: { field: "row", type: "ordinal", axis: null, scale: { domain: Array.from({ length: height }, (_, i) => i) } },
      color: {
        field: "coverage",
        type: "quantitative",
        title: "90 % is right",
        scale: { scheme: "blueorange", domain: [0.4, 1], domainMid: 0.9, reverse: true },
        legend: { format: ".0%", orient: "bottom", gradientLength: 180 },
      },
    },
  };
}
