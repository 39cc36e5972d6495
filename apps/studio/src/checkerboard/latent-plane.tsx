import { useCallback } from "preact/hooks";
import { Canvas, colourOf, type Pen } from "../ui/index.js";
import { latentCells, latentHalfWidth, squareColour, squares } from "./board.js";
import { planeOf } from "./plane.js";
import { type ModelView, type NoiseView } from "./views.js";

interface LatentPlaneProps {
  /** What the plane belongs to, for screen readers. */
  label: string;
  landing: ModelView["landing"] | undefined;
  /** Drawn as its ellipses of one and two standard deviations. */
  noise?: NoiseView | undefined;
}

/** The plane of noise: every place in the colour of the square that the flow map sends it to. */
export function LatentPlane({ label, landing, noise }: LatentPlaneProps) {
  const paint = useCallback(
    (pen: Pen) => {
      const { context, width, height } = pen;
      if (landing === undefined) return;
      context.imageSmoothingEnabled = false;
      context.drawImage(landingPicture(landing), 0, 0, width, height);
      if (noise !== undefined) for (const deviations of [2, 1]) drawEllipse(pen, noise, deviations);
    },
    [landing, noise],
  );
  return <Canvas label={`${label}. ${describe(landing, noise)}`} aspect={1} paint={paint} class="plane" />;
}

function landingPicture(landing: Int8Array): HTMLCanvasElement {
  const picture = Object.assign(document.createElement("canvas"), { width: latentCells, height: latentCells });
  const pixels = new ImageData(latentCells, latentCells);
  landing.forEach((square, i) => {
    // Places that are sent off the squares stay transparent.
    if (square >= 0) pixels.data.set([...squareColour(square), 255], 4 * i);
  });
  picture.getContext("2d")?.putImageData(pixels, 0, 0);
  return picture;
}

/** An ellipse that is visible on every colour: a light line on a dark one. */
function drawEllipse(pen: Pen, { mean, deviation }: NoiseView, deviations: number): void {
  const { context } = pen;
  const plane = planeOf(pen, latentHalfWidth);
  context.beginPath();
  context.ellipse(
    plane.x(mean[0]),
    plane.y(mean[1]),
    deviations * deviation[0] * plane.unit,
    deviations * deviation[1] * plane.unit,
    0,
    0,
    2 * Math.PI,
  );
  for (const [colour, width] of [
    [colourOf("paper"), 4],
    [colourOf("ink"), deviations === 1 ? 2 : 1.25],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}

function describe(landing: Int8Array | undefined, noise: NoiseView | undefined): string {
  if (landing === undefined) return "Nothing is trained yet";
  const sent = squares.map((_, square) => landing.filter((each) => each === square).length);
  const on = sent.reduce((sum, count) => sum + count, 0) / landing.length;
  const share = `${Math.round(100 * on)} % of the plane is sent to filled squares, ${sent.filter((count) => count > 0).length} of 8 are reached`;
  if (noise === undefined) return share;
  const number = (value: number): string => value.toFixed(1).replace("-", "−");
  const [m, s] = [noise.mean.map(number), noise.deviation.map(number)];
  if (!noise.adapted) return `${share}. The noise is N(0, I)`;
  return `${share}. q(z | y) is centred at (${m.join(", ")}) with standard deviations ${s.join(" and ")}`;
}
