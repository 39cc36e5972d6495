import { useRef } from "preact/hooks";
import { brushed, PixelPad, type Stroke } from "../ui/index.js";
import { imageValues } from "./request.js";
import { drawable, opened } from "./session.js";
import { change, mostLevel, view } from "./view.js";

/** x, the image that is observed. Strokes draw on it; a stroke that starts on a bright pixel of a picture erases. */
export function Truth() {
  const model = opened.value;
  const { image } = view.value;
  const erases = useRef(false);
  const values = model && imageValues(image, model);
  const shape = model?.shape ?? [1, 28, 28];
  const draw = (stroke: Stroke): void => {
    if (model === undefined || values === undefined) return;
    const [, height, width] = shape;
    const levels = Uint8Array.from(values, (value) => Math.round(((value + 1) / 2) * mostLevel));
    if (stroke.first) {
      const { x, y } = stroke.point;
      erases.current = image.kind !== "drawn" && levels[Math.floor(y) * width + Math.floor(x)] > mostLevel / 2;
    }
    // A digit's stroke is about a tenth of the image wide.
    for (const [pixel, share] of brushed(stroke, Math.min(height, width) / 28, shape)) {
      const ink = Math.round(share * mostLevel);
      levels[pixel] = erases.current ? Math.min(levels[pixel], mostLevel - ink) : Math.max(levels[pixel], ink);
    }
    change({ image: { kind: "drawn", levels } });
  };
  return (
    <figure>
      <figcaption>
        <var>x</var> <span>the image</span>
      </figcaption>
      <PixelPad
        label={`x, the image${drawable.value ? ". Strokes draw on it: arrow keys move the pen, Space draws" : ""}`}
        values={values}
        shape={shape}
        onStroke={drawable.value ? draw : undefined}
      />
    </figure>
  );
}
