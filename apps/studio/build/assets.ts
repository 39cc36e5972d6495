/**
 * Collects what the site serves beside its code, and writes its manifest: the available models, held-out images,
 * ONNX Runtime's files. Run by `npm run studio` and `npm run studio:build`.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { InputError } from "variational-flow-maps";
import { boardFolder } from "../src/learn/served.js";
import { type Manifest, manifestPath, type ServedFile, type StudioModel } from "../src/site/manifest.js";
import { boardModels } from "./board-models.js";
import { publicFolder, root } from "./folders.js";
import { guidedSettings } from "./guided-settings.js";
import { headersFile } from "./headers.js";
import { heldOutImages } from "./held-out.js";
import { type OfferedModel, offeredModels } from "./models.js";

/** ONNX Runtime's builds: the plain one, and the one that has WebGPU too. */
const builds = ["ort-wasm-simd-threaded", "ort-wasm-simd-threaded.jspi"];

const files: Record<string, ServedFile> = {};

async function serve(path: string, content: Uint8Array, { packed = false } = {}): Promise<void> {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const bytes = packed ? await pack(content) : content;
  const target = join(publicFolder, packed ? `${path}.brotli` : path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, bytes);
  files[path] = { bytes: bytes.length, hash, ...(packed && { packed }) };
}

function pack(content: Uint8Array): Promise<Uint8Array> {
  return promisify(brotliCompress)(content, {
    params: {
      // The next quality makes the file a tenth smaller, and takes ten times as long.
      [constants.BROTLI_PARAM_QUALITY]: 9,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
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
  // A browser shows this kind of text by itself.
  const attribution = model.attribution && `images/${name}.txt`;
  if (model.attribution && attribution) await cp(join(root, model.attribution), join(publicFolder, attribution));
  const digits = Array.from({ length: 10 }, (_, digit) => String(digit));
  return {
    name,
    title,
    checkpoint,
    ...(reads && { classifier }),
    shape: heldOut.shape,
    classes: model.classes ?? (heldOut.labelNames.length > 0 ? heldOut.labelNames : digits),
    images: { path: images, ...heldOut.images, ...(attribution && { attribution }) },
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
for (const build of builds) {
  const content = (ending: string): Promise<Uint8Array> =>
    readFile(join(root, "node_modules/onnxruntime-web/dist", `${build}.${ending}`));
  // The script is imported, not fetched: it stays as it is.
  await serve(`ort/${build}.mjs`, await content("mjs"));
  await serve(`ort/${build}.wasm`, await content("wasm"), { packed: true });
}
await cp(join(root, "apps/studio/icon.svg"), join(publicFolder, "icon.svg"));
await writeFile(join(publicFolder, "_headers"), headersFile());
const manifest: Manifest = { models, files };
await writeFile(join(publicFolder, manifestPath), JSON.stringify(manifest));
console.log(`the studio serves ${models.map(({ name }) => name).join(", ")}`);
