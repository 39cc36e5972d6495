// Even steps along a path from black through violet and orange to pale yellow, with steadily increasing lightness.
const stops: readonly (readonly [number, number, number])[] = [
  [8, 6, 22],
  [52, 17, 86],
  [106, 30, 115],
  [163, 43, 109],
  [213, 68, 86],
  [243, 114, 64],
  [252, 172, 66],
  [248, 231, 141],
];

/** The colour of an uncertainty between 0 (dark) and 1 (bright), as red, green and blue in 0 ... 255. */
export function uncertaintyColour(share: number): [number, number, number] {
  const position = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(position));
  const [from, to] = [stops[index], stops[index + 1]];
  const mix = (channel: number): number =>
    Math.round(from[channel] + (position - index) * (to[channel] - from[channel]));
  return [mix(0), mix(1), mix(2)];
}

/** The same colours as a CSS gradient from left to right. */
export const uncertaintyGradient = `linear-gradient(90deg, ${stops.map((rgb) => `rgb(${rgb.join(" ")})`).join(", ")})`;
