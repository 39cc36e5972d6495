/** The colours for canvases, as the style sheet names them. */
export type ColourName =
  | "ink"
  | "soft-ink"
  | "line"
  | "surface"
  | "paper"
  | "accent"
  | "warm"
  | "series-1"
  | "series-2"
  | "series-3"
  | "series-4";

/** A colour of the style sheet in the current theme, light or dark. */
export function colourOf(name: ColourName): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
}
