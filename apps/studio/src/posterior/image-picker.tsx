import { computed } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { ImageTile, Segmented } from "../ui/index.js";
import { choosePicture } from "./own-picture.js";
import { about, drawable, manifest, opened, settled } from "./session.js";
import { change, type ImageChoice, view } from "./view.js";

// Separate from the rest of the view, which changes with every move of a drag.
const chosenModel = computed(() => view.value.model);
const chosenImage = computed(() => view.value.image);

/** Chooses the model and the image that is observed: held out, drawn or uploaded. */
export function ImagePicker() {
  const models = manifest.value?.models ?? [];
  const model = chosenModel.value;
  return (
    <section class="picker" aria-labelledby="picker-title">
      <h2 id="picker-title">Image</h2>
      {models.length > 1 && (
        <Segmented
          label="Kind of image"
          hideLabel
          options={models.map(({ name, title }) => ({ value: name, title }))}
          value={model}
          onChange={(name) =>
            change({
              model: name,
              image: { kind: "held-out", index: 0 },
              mask: undefined,
              box: undefined,
              pixel: undefined,
            })
          }
        />
      )}
      <Thumbnails />
      <div class="buttons">
        {drawable.value && (
          <button type="button" disabled={!settled.value} onClick={startDrawing}>
            Draw one
          </button>
        )}
        <UploadButton />
      </div>
    </section>
  );
}

function startDrawing(): void {
  const [, height, width] = opened.value?.shape ?? [1, 28, 28];
  change({ image: { kind: "drawn", levels: new Uint8Array(height * width) } });
}

/** Held-out images side by side. */
function Thumbnails() {
  const model = opened.value;
  const image = chosenImage.value;
  const pictures = useMemo(() => {
    if (model === undefined) return [];
    const size = model.shape.reduce((product, length) => product * length, 1);
    return Array.from({ length: model.images.length / size }, (_, i) =>
      model.images.subarray(i * size, (i + 1) * size),
    );
  }, [model]);
  const { classes = [], images } = about.value ?? {};
  const placeholders = Array.from({ length: 20 }, (_, i) => <span key={i} class="thumbnail" />);
  return (
    <>
      <div class="thumbnails" role="group" aria-label="Held-out images">
        {model === undefined
          ? placeholders
          : pictures.map((values, i) => {
              const label = images?.labels?.[i];
              const title = label === undefined ? "" : `, ${classes[label]}`;
              return (
                <button
                  key={i}
                  type="button"
                  class="thumbnail"
                  aria-pressed={image.kind === "held-out" && image.index === i}
                  aria-label={`image ${i + 1}${title}`}
                  onClick={() => change({ image: { kind: "held-out", index: i } })}
                >
                  <ImageTile label="" values={values} shape={model.shape} />
                </button>
              );
            })}
      </div>
      <p class="small source">
        {sourceText(image, images?.source)}
        {image.kind === "held-out" && images?.attribution !== undefined && (
          <>
            {" "}
            <a href={images.attribution}>Authors and licences</a>
          </>
        )}
      </p>
    </>
  );
}

function sourceText({ kind }: ImageChoice, source = ""): string {
  if (kind === "drawn") return "Your drawing. The address of this page contains it.";
  if (kind === "uploaded") return "Your picture. It stays here: the address does not contain it.";
  return source === "" ? "\u00a0" : `From ${source}: the model has not seen them.`;
}

function UploadButton() {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" disabled={!settled.value} onClick={() => input.current?.click()}>
        Use your own picture
      </button>
      <input
        ref={input}
        type="file"
        accept="image/*"
        class="visually-hidden"
        tabIndex={-1}
        aria-label="Your own picture"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file !== undefined) void choosePicture(file);
          currentTarget.value = "";
        }}
      />
    </>
  );
}
