import { paintImage } from "../ui/index.js";
import { fail, shown, worker } from "./session.js";
import { type SampleSummary } from "./worker/services.js";

/** The number of pixels of the file for a pixel of a sample, in each direction. */
const enlarged = 8;
const columns = 4;
const gap = 1;

/** Lets the reader save a file. */
function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The samples side by side as a PNG. */
async function pictureOf({ samples }: SampleSummary): Promise<Blob> {
  const [count, ...shape] = samples.shape;
  const [channels, height, width] = shape;
  const sheet = document.createElement("canvas");
  const rows = Math.ceil(count / columns);
  sheet.width = enlarged * (columns * (width + gap) - gap);
  sheet.height = enlarged * (rows * (height + gap) - gap);
  const context = sheet.getContext("2d");
  if (context === null) throw new Error("this browser cannot draw the picture");
  context.imageSmoothingEnabled = false;
  const one = document.createElement("canvas");
  const size = channels * height * width;
  for (let i = 0; i < count; i++) {
    paintImage(one, (samples.data as Float32Array).subarray(i * size, (i + 1) * size), shape);
    const [x, y] = [(i % columns) * (width + gap), Math.floor(i / columns) * (height + gap)];
    context.drawImage(one, enlarged * x, enlarged * y, enlarged * width, enlarged * height);
  }
  const content = await new Promise<Blob | null>((resolve) => sheet.toBlob(resolve, "image/png"));
  if (content === null) throw new Error("this browser cannot write the picture");
  return content;
}

/** Saves the samples as a PNG. */
async function saveSamples(): Promise<void> {
  if (shown.value === undefined) return;
  const { request, result } = shown.value;
  try {
    save(`${request.model}-${request.problem}-samples.png`, await pictureOf(result));
  } catch (error) {
    fail(error);
  }
}

/** The observation as a file that `vfm sample` takes. */
async function saveObservation(): Promise<void> {
  if (shown.value === undefined) return;
  const { request } = shown.value;
  try {
    const bytes = await worker().call("observationFile", request);
    save(`${request.model}-${request.problem}.safetensors`, new Blob([bytes as Uint8Array<ArrayBuffer>]));
  } catch (error) {
    fail(error);
  }
}

/** The files that can be saved. */
export function Downloads() {
  const { request } = shown.value ?? {};
  const file = request === undefined ? "y.safetensors" : `${request.model}-${request.problem}.safetensors`;
  return (
    <section class="downloads" aria-labelledby="downloads-title">
      <h2 id="downloads-title">Downloads</h2>
      <div class="buttons">
        <button type="button" disabled={request === undefined} onClick={() => void saveSamples()}>
          Samples as PNG
        </button>
        <button type="button" disabled={request === undefined} onClick={() => void saveObservation()}>
          Observation as a file
        </button>
      </div>
      <p class="small">
        Sample the file on the command line:
        <code>{`vfm sample --observation ${file} --checkpoint ${request?.model ?? "mnist"} --problem ${request?.problem ?? "denoise"} --out out/samples`}</code>
      </p>
    </section>
  );
}
