import sharp from "sharp";
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

/** A drawn figure. */
export interface Figure {
  svg: string;
  /** The same in pixels, at twice the size of the SVG. */
  png: Buffer;
}

/** Dots an inch; an SVG's own unit is 1/72 inch to the renderer. */
const density = 144;

/** The look that all charts share. */
const look: NonNullable<TopLevelSpec["config"]> = {
  font: "DejaVu Sans, Verdana, sans-serif",
  background: "white",
  axis: {
    gridColor: "#e8e6e1",
    domainColor: "#9a968e",
    tickColor: "#9a968e",
    titleFontWeight: "normal",
    titleFontSize: 12,
  },
  title: { fontSize: 13, anchor: "start", subtitleColor: "#5d5a54", subtitleFontSize: 11 },
  legend: { titleFontWeight: "normal", titleFontSize: 12, labelFontSize: 11, labelLimit: 400 },
  header: { titleFontSize: 12, titleFontWeight: "normal", labelFontSize: 12 },
  view: { stroke: null },
};

/** Draws a Vega-Lite specification; what it says of its look goes before the look that all charts share. */
export async function drawChart(spec: TopLevelSpec): Promise<Figure> {
  const { spec: full } = compile(spec, { config: look });
  const svg = await new vega.View(vega.parse(full), { renderer: "none" }).toSVG();
  return { svg, png: await sharp(Buffer.from(svg), { density }).png({ palette: true }).toBuffer() };
}
