import { parentPort } from "node:worker_threads";
import { type ImageShape } from "../src/data/index.js";
import { type ImageStream, openImageStream } from "../src/node/data/index.js";

/** A request to the worker: images of a folder of classes, by index. */
export interface DecodeOrder {
  folder: string;
  shape: ImageShape;
  indices: Int32Array;
}

let stream: Promise<ImageStream> | undefined;

// Answers each request with the images' values, transferred without a copy.
parentPort?.on("message", ({ folder, shape, indices }: DecodeOrder) => {
  stream ??= openImageStream(folder, shape);
  void stream
    .then((opened) => opened.take(indices))
    .then(({ data }) => parentPort?.postMessage(data, [data.buffer as ArrayBuffer]));
});
