import { interpolateInferno } from "d3-scale-chromatic";
import { type PixelColour } from "../ui/index.js";

/** The standard deviation at the end of the colour scale: that of a pixel which is black in half of the samples, white in the others. */
export const mostDeviation = 1;

const steps = 256;

const table = Array.from({ length: steps }, (_, i) => {
  const colour = Number.parseInt(interpolateInferno(i / (steps - 1)).slice(1), 16);
  return [colour >> 16, (colour >> 8) & 255, colour & 255] as const;
});

/** The colour of a standard deviation. */
export const deviationColour: PixelColour = (value) =>
  table[Math.round((steps - 1) * Math.min(1, Math.max(0, value / mostDeviation)))];
