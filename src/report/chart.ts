import sharp from "sharp";
import { type TopLevelSpec } from "vega-lite";

/** A drawn figure. */
export interface Figure {
  svg: string;
  /** The figure in pixels, at twice the size of the SVG. */
  png: Buffer;
}

/** Dots per inch; the renderer takes an SVG's unit as 1/72 inch. */
const density = 144;

/** The common style of all charts. */
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

/** Draws a Vega-Lite specification; its own style settings take precedence over the common style. */
export async function drawChart(spec: TopLevelSpec): Promise<Figure> {
  // A third of all modules: commands that draw no chart start without them.
  const [{ compile }, vega] = await Promise.all([import("vega-lite"), import("vega")]);
  const { spec: full } = compile(spec, { config: look });
  const svg = await new vega.View(vega.parse(full), { renderer: "none" }).toSVG();
  return { svg, png: await sharp(Buffer.from(svg), { density }).png({ palette: true }).toBuffer() };
}
