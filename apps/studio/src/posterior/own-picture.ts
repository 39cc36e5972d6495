import { fail, failure, opened } from "./session.js";
import { readPicture } from "./upload.js";
import { change, view } from "./view.js";

let choices = 0;

/** Observes a picture of the reader's, unless another picture or another model was chosen while it was read. */
export async function choosePicture(file: File): Promise<void> {
  if (opened.value === undefined) return;
  const [choice, { model }, { shape }] = [++choices, view.value, opened.value];
  const isCurrent = (): boolean => choice === choices && model === view.value.model;
  try {
    const values = await readPicture(file, shape);
    if (!isCurrent()) return;
    change({ image: { kind: "uploaded", values } });
    failure.value = undefined;
  } catch (error) {
    if (isCurrent()) fail(error);
  }
}
