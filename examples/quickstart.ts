/**
 * Posterior samples of a trained model: a box of each digit is hidden, and the samples show what it may have contained.
 *
 *     npx tsx examples/quickstart.ts
 */
import { hostArray, loadModel, observe, samplePosterior } from "variational-flow-maps";
import { batchShape, gatherImages, imageGrid } from "variational-flow-maps/data";
import { loadImages, writePng } from "variational-flow-maps/node";

// A shipped model, by name; the folder of your own model works too.
const model = await loadModel("mnist");
const digits = await loadImages({ kind: "mnist" }, "test");
const images = gatherImages(digits, [0, 1]);

// y = A x + noise.
const y = await observe(model.problem("inpaint-box"), images, { seed: 1 });

// One evaluation of the networks for each sample: [2 observations, 8 samples, 1, 28, 28].
const { samples, evaluations } = await samplePosterior(model, y, { samples: 8, seed: 2 });
console.log(`samples: [${samples.shape.join(", ")}], network evaluations: ${evaluations}`);

// If you name a file, a picture is written to it: a row of samples for each digit.
const [, , file] = process.argv;
const rows = hostArray(samples.data, batchShape(16, digits.shape));
if (file !== undefined) await writePng(file, imageGrid(rows, { columns: 8 }));
