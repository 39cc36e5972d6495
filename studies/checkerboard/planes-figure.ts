import sharp from "sharp";
import { type TopLevelSpec } from "vega-lite";
import { isOnCheckerboard } from "../../src/data/index.js";
import { supportAccuracy } from "../../src/metrics/index.js";
import { drawChart, type Figure } from "../../src/report/index.js";
import {
  filledSquares,
  latentCells,
  latentHalfWidth,
  type ModelPlanes,
  type Planes,
  shownObservations,
} from "./planes.js";

type Layer = Extract<TopLevelSpec, { layer: unknown }>["layer"][number];
type Panel = Extract<TopLevelSpec, { hconcat: unknown }>["hconcat"][number];

const panelSize = 176;
/** The data plane is drawn on [-2.6, 2.6]^2. */
const drawnHalfWidth = 2.6;
/** Number of pixels of the raster image for a latent cell; viewers smooth an image that they enlarge. */
const pixelsPerCell = 3;
/** Colours of the filled squares: a hue for each column of the board, and a shade for each of its two squares. */
const shades = [
  ["#1f66ad", "#8ebfe6"],
  ["#cf6a12", "#f6bd86"],
  ["#23804a", "#96d3a8"],
  ["#8e2f86", "#d9a0d4"],
] as const;
const offBoardColour = "#f1efeb";

/** The colour of every filled square by its letter. */
function squareColours(): Map<string, string> {
  const seen = new Map<number, number>();
  return new Map(
    filledSquares().map(({ letter, x1 }) => {
      const before = seen.get(x1) ?? 0;
      seen.set(x1, before + 1);
      return [letter, shades[x1 + 2][before]];
    }),
  );
}

/**
 * One row for each observation: the latent planes of the joint model and of the adapter alone, coloured by the square
 * to which each noise is mapped, with the contours of q(z | y); then the data plane with samples of both and of the
 * exact posterior.
 */
export async function planesFigure({ joint, frozen, exact }: Planes): Promise<Figure> {
  const rasters = { joint: await landingImage(joint), frozen: await landingImage(frozen) };
  const row = (y: number, index: number): Panel[] => {
    const title = (text: string) => (index === 0 ? text : undefined);
    return [
      latentPanel(rasters.joint, joint.posteriors[index], y, title("Joint: noise, q(z | y)")),
      latentPanel(rasters.frozen, frozen.posteriors[index], y, title("Adapter alone: noise, q(z | y)")),
      dataPanel(joint.posteriors[index].samples, y, title("Joint: samples")),
      dataPanel(frozen.posteriors[index].samples, y, title("Adapter alone: samples")),
      dataPanel(exact[index], y, title("Exact posterior: samples")),
    ];
  };
  return drawChart({
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: {
      text: "Which noise leads where, and the posterior it gives (one network evaluation a sample)",
      // Short lines, because the width of a line is overestimated without a browser to measure it.
      subtitle: [
        "Left: every noise z has the colour of the square that the flow map sends it to (grey: off the filled squares);",
        "the ellipses are one and two standard deviations of q(z | y).",
        "Right: samples of x given y = x1 + noise of standard deviation 0.1 over the board's filled squares (dashed line: x1 = y);",
        "the figure in the corner is the share of samples on them.",
      ],
      fontSize: 16,
      subtitlePadding: 6,
      offset: 14,
    },
    concat: shownObservations.flatMap(row),
    columns: 5,
    // Otherwise marks that are clipped at a panel's edge would count towards its size.
    bounds: "flush",
    spacing: { row: 48, column: 50 },
  });
}

/** The letters of the latent cells as a PNG in a data URI. */
async function landingImage({ landing }: ModelPlanes): Promise<string> {
  const colours = squareColours();
  const pixels = Uint8Array.from(
    landing.flatMap((line) => Array.from(line).flatMap((letter) => rgb(colours.get(letter) ?? offBoardColour))),
  );
  const side = latentCells * pixelsPerCell;
  const png = await sharp(pixels, { raw: { width: latentCells, height: latentCells, channels: 3 } })
    .resize(side, side, { kernel: "nearest" })
    .png({ palette: true })
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}

function rgb(colour: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
}

function latentPanel(url: string, q: ModelPlanes["posteriors"][number], y: number, title?: string): Panel {
  const axis = (name: string) => planeAxis(name, latentHalfWidth, [-3, -2, -1, 0, 1, 2, 3]);
  const contour = (deviations: number): Layer => ({
    data: { values: ellipse(q, deviations) },
    mark: { type: "line", color: "black", strokeWidth: deviations === 1 ? 2 : 1.2, clip: true },
    encoding: { x: axis("z1"), y: axis("z2"), order: { field: "order" } },
  });
  return {
    ...(title === undefined ? {} : { title }),
    width: panelSize,
    height: panelSize,
    layer: [
      {
        data: { values: [{ url, z1: 0, z2: 0 }] },
        mark: { type: "image", width: panelSize, height: panelSize, aspect: false, aria: false },
        encoding: { url: { field: "url" }, x: axis("z1"), y: axis("z2") },
      },
      contour(1),
      contour(2),
      ...cornerText(`y = ${y}`, "left"),
    ],
  };
}

/** A text in an upper corner of a panel, legible on any colour. */
function cornerText(text: string, align: "left" | "right"): Layer[] {
  const place = { x: { value: align === "left" ? 5 : panelSize - 5 }, y: { value: 5 } };
  const mark = { type: "text", text, align, baseline: "top", fontSize: 12, fontWeight: "bold" } as const;
  const data = { values: [{}] };
  return [
    { data, mark: { ...mark, stroke: "white", strokeWidth: 4, strokeJoin: "round" }, encoding: place },
    { data, mark, encoding: place },
  ];
}

function planeAxis(field: string, halfWidth: number, values: number[]) {
  return {
    field,
    type: "quantitative" as const,
    title: field,
    scale: { domain: [-halfWidth, halfWidth], nice: false },
    axis: { values, grid: false },
  };
}

/** Points of mean + deviations * L (cos, sin). */
function ellipse({ mean, factor }: ModelPlanes["posteriors"][number], deviations: number) {
  return Array.from({ length: 73 }, (_, order) => {
    const [cosine, sine] = [Math.cos((order * Math.PI) / 36), Math.sin((order * Math.PI) / 36)];
    return {
      order,
      z1: mean[0] + deviations * (factor[0] * cosine + factor[1] * sine),
      z2: mean[1] + deviations * (factor[2] * cosine + factor[3] * sine),
    };
  });
}

function dataPanel(samples: readonly number[], y: number, title?: string): Panel {
  const axis = (name: string) => planeAxis(name, drawnHalfWidth, [-2, -1, 0, 1, 2]);
  const colours = squareColours();
  const squares = filledSquares().map(({ letter, x1, x2 }) => ({
    ...{ x1, x2, right: x1 + 1, top: x2 + 1 },
    colour: colours.get(letter),
  }));
  const points = samples.flatMap((x1, i) => (i % 2 === 0 ? [{ x1, x2: samples[i + 1] }] : []));
  const share = `${(100 * supportAccuracy(samples, isOnCheckerboard)).toFixed(0)} %`;
  return {
    ...(title === undefined ? {} : { title }),
    width: panelSize,
    height: panelSize,
    layer: [
      {
        data: { values: squares },
        mark: { type: "rect", opacity: 0.55 },
        encoding: {
          ...{ x: axis("x1"), x2: { field: "right" }, y: axis("x2"), y2: { field: "top" } },
          color: { field: "colour", type: "nominal", scale: null },
        },
      },
      {
        data: { values: [{ x1: y }] },
        mark: { type: "rule", strokeDash: [4, 3], color: "#55524c" },
        encoding: { x: axis("x1") },
      },
      {
        data: { values: points },
        mark: { type: "circle", size: 7, color: "black", opacity: 0.75, clip: true },
        encoding: { x: axis("x1"), y: axis("x2") },
      },
      ...cornerText(share, "right"),
    ],
  };
}
