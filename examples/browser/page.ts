/**
 * Posterior samples in a web page: the calls are the same as in Node, and the model comes from a URL. See build.ts.
 */
import { hostArray, loadModel, observe, samplePosterior, samplePrior } from "variational-flow-maps";
import { configureWasm } from "variational-flow-maps/compile";
import { imageGrid } from "variational-flow-maps/data";

const show = (text: string): void => {
  const status = document.querySelector("#status");
  if (status !== null) status.textContent = text;
};

try {
  configureWasm({ files: "ort/" });
  const model = await loadModel("mnist");

  // A digit of the model's own prior, observed with a hole, and 31 samples of what it may have been.
  const { samples: digit } = await samplePrior(model, { samples: 1, seed: 4 });
  const y = await observe(model.problem("inpaint-box"), digit, { seed: 1 });
  const started = performance.now();
  const { samples } = await samplePosterior(model, y, { samples: 31, seed: 2 });
  const milliseconds = Math.round(performance.now() - started);

  const images = hostArray([...digit.data, ...samples.data], [32, 1, 28, 28]);
  const { data, shape } = imageGrid(images, { columns: 8 });
  const [, height, width] = shape;
  const picture = new ImageData(width, height);
  data.forEach((value, i) => {
    const grey = 127.5 * (value + 1);
    picture.data.set([grey, grey, grey, 255], 4 * i);
  });
  const canvas = document.querySelector("canvas");
  if (canvas !== null) {
    Object.assign(canvas, { width, height });
    canvas.getContext("2d")?.putImageData(picture, 0, 0);
  }
  show(`31 samples in ${milliseconds} ms, compilation included`);
} catch (error) {
  show(`The samples could not be drawn: ${error instanceof Error ? error.message : String(error)}`);
}
