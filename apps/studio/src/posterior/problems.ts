/** A problem's title, what it does, and how its observation is changed by hand. */
export interface ProblemText {
  readonly title: string;
  readonly explanation: string;
  /** How the observation can be changed. */
  readonly hint: string;
  /** The same where x cannot be drawn on. Default: the same words. */
  readonly hintWithoutDrawing?: string;
}

const texts: Readonly<Record<string, ProblemText>> = {
  denoise: {
    title: "Denoising",
    explanation: "The image with strong noise on every pixel.",
    hint: "Change the noise below, or draw on x.",
    hintWithoutDrawing: "Change the noise below.",
  },
  "inpaint-random": {
    title: "Missing pixels",
    explanation: "Some of the pixels are hidden; the others carry a little noise.",
    hint: "Paint to hide pixels, or to show them again.",
  },
  "inpaint-box": {
    title: "Missing box",
    explanation: "A box of pixels is hidden; the others carry a little noise.",
    hint: "Drag the box. Drag a corner of it to change its size.",
  },
  "super-resolution": {
    title: "Super-resolution",
    explanation: "The image shrunk to a quarter of its height and width.",
    hint: "Choose another image, or draw on x.",
    hintWithoutDrawing: "Choose another image.",
  },
  "gaussian-blur": {
    title: "Out of focus",
    explanation: "The image blurred evenly.",
    hint: "Choose another image, or draw on x.",
    hintWithoutDrawing: "Choose another image.",
  },
  "motion-blur": {
    title: "Motion blur",
    explanation: "The image blurred along the path of a shaken camera.",
    hint: "Drag across the picture: the blur takes the direction and length of your stroke.",
  },
};

/** The page's texts about a problem; for an unknown problem only its name. */
export function problemText(name: string): ProblemText {
  return texts[name] ?? { title: name, explanation: "", hint: "" };
}

/** How the observation of a problem can be changed by hand. */
export function hintOf(name: string, drawable: boolean): string {
  const { hint, hintWithoutDrawing = hint } = problemText(name);
  return drawable ? hint : hintWithoutDrawing;
}
