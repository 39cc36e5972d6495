/**
 * Puts together what the site serves beside its code, and its manifest: the models that are there, held-out images,
 * ONNX Runtime's files. Run by `npm run studio` and `npm run studio:build`.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { InputError } from "variational-flow-maps";
import { type Manifest, manifestPath, type ServedFile, type StudioModel } from "../src/engine/manifest.js";
import { boardModels } from "./board-models.js";
import { boardFolder } from "../src/learn/served.js";
import { publicFolder, root } from "./folders.js";
import { guidedSettings } from "./guided-settings.js";
import { headersFile } from "./headers.js";
import { heldOutImages } from "./held-out.js";
import { type OfferedModel, offeredModels } from "./models.js";

const engineFiles = ["ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"];

const files: Record<string, ServedFile> = {};

async function serve(path: string, content: Uint8Array, { packed = false } = {}): Promise<void> {
  const bytes = packed ? await promisify(gzip)(content, { level: 9 }) : content;
  const target = join(publicFolder, packed ? `${path}.gzip` : path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, bytes);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  files[path] = { bytes: bytes.length, hash, ...(packed && { packed }) };
}

async function serveFolder(folder: string, path: string): Promise<void> {
  for (const name of await readdir(folder)) await serve(`${path}/${name}`, await readFile(join(folder, name)));
}

async function serveModel(model: OfferedModel): Promise<StudioModel | undefined> {
  const { name, title } = model;
  if (!existsSync(join(root, model.checkpoint, "model.safetensors"))) return undefined;
  const heldOut = await heldOutImages(model).catch((error: unknown) => {
    if (!(error instanceof InputError)) throw error;
    console.warn(`the studio is built without ${name}: ${error.message}`);
    return undefined;
  });
  if (heldOut === undefined) return undefined;
  const [checkpoint, classifier, images] = [`models/${name}`, `models/${name}-classifier`, `images/${name}.bin`];
  await serveFolder(join(root, model.checkpoint), checkpoint);
  const reads = model.classifier !== undefined && existsSync(join(root, model.classifier));
  if (reads) await serveFolder(join(root, model.classifier), classifier);
  await serve(images, heldOut.bytes);
  const digits = Array.from({ length: 10 }, (_, digit) => String(digit));
  return {
    name,
    title,
    checkpoint,
    ...(reads && { classifier }),
    shape: heldOut.shape,
    classes: heldOut.labelNames.length > 0 ? heldOut.labelNames : digits,
    images: { path: images, ...heldOut.images },
    guided: await guidedSettings(name),
  };
}

await rm(publicFolder, { recursive: true, force: true });
await mkdir(publicFolder, { recursive: true });
const models: StudioModel[] = [];
for (const model of offeredModels) {
  const served = await serveModel(model);
  if (served !== undefined) models.push(served);
}
for (const name of await readdir(join(root, boardModels)))
  await serveFolder(join(root, boardModels, name), `${boardFolder}/${name}`);
for (const name of engineFiles) {
  const content = await readFile(join(root, "node_modules/onnxruntime-web/dist", name));
  // The script is imported, not fetched: it stays as it is.
  await serve(`ort/${name}`, content, { packed: name.endsWith(".wasm") });
}
await cp(join(root, "apps/studio/icon.svg"), join(publicFolder, "icon.svg"));
await cp(join(root, "assets/photographs/ATTRIBUTION.md"), join(publicFolder, "photographs.md"));
await writeFile(join(publicFolder, "_headers"), headersFile());
const manifest: Manifest = { models, files };
await writeFile(join(publicFolder, manifestPath), JSON.stringify(manifest));
console.log(`the studio serves ${models.map(({ name }) => name).join(", ")}`);
