/**
 * Posterior samples in a web page: the same calls as in Node, the model comes from a URL.
 *
 *     npx tsx examples/browser/build.ts DIRECTORY
 *
 * writes the page and all that it loads into a folder, which any web server can serve.
 */
import { hostArray, loadModel, observe, samplePosterior, samplePrior } from "variational-flow-maps";
import { imageGrid } from "variational-flow-maps/data";

const status = document.querySelector("#status");
const canvas = document.querySelector("canvas");

const model = await loadModel(new URL("mnist", document.baseURI).href);
const { samples: digit } = await samplePrior(model, { samples: 1, seed: 4 });
const y = await observe(model.problem("inpaint-box"), digit, { seed: 1 });
const started = performance.now();
const { samples } = await samplePosterior(model, y, { samples: 31, seed: 2 });
const milliseconds = Math.round(performance.now() - started);

// The digit, then 31 samples of what it may have been.
const images = hostArray([...digit.data, ...samples.data], [32, 1, 28, 28]);
const { data, shape } = imageGrid(images, { columns: 8 });
const [, height, width] = shape;
const pixels = new ImageData(width, height);
data.forEach((value, i) =>
  pixels.data.set([127.5 * (value + 1), 127.5 * (value + 1), 127.5 * (value + 1), 255], 4 * i),
);
if (canvas !== null) {
  Object.assign(canvas, { width, height });
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
}
if (status !== null) status.textContent = `31 samples in ${milliseconds} ms`;
