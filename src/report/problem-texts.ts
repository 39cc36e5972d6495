import { type ProblemName } from "../operators/index.js";

/** The description of a problem for readers. */
export interface ProblemText {
  title: string;
  /** One sentence on the degradation of the image. */
  description: string;
}

const texts: Record<ProblemName, ProblemText> = {
  denoise: { title: "Denoising", description: "Noise was added to every pixel." },
  "inpaint-random": { title: "Random inpainting", description: "Between 30 and 70 % of the pixels were dropped." },
  "inpaint-box": { title: "Box inpainting", description: "A box of pixels was dropped." },
  "super-resolution": { title: "Super-resolution x4", description: "A quarter of the resolution is left." },
  "gaussian-blur": { title: "Gaussian blur", description: "The image was blurred with a Gaussian kernel." },
  "motion-blur": {
    title: "Motion blur",
    description: "The image was blurred along a random path, as by a shaken camera.",
  },
};

/** The title and description of a problem; for a user's own problem, its name. */
export function problemText(name: string): ProblemText {
  return Object.hasOwn(texts, name) ? texts[name as ProblemName] : { title: name, description: "" };
}
