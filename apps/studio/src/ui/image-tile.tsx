import { useLayoutEffect, useRef } from "preact/hooks";
import { paintImage, type PixelColour } from "./paint-image.js";

interface ImageTileProps {
  /** What the picture shows, for screen readers; empty if the surroundings say it. */
  label: string;
  /** [C, H, W] values in [-1, 1]; undefined until there are some. */
  values: ArrayLike<number> | undefined;
  shape: readonly number[];
  colour?: PixelColour | undefined;
  /** [H * W], 0 where a pixel is hidden. */
  mask?: ArrayLike<number> | undefined;
}

/** A small picture, enlarged without smoothing. */
export function ImageTile({ label, values, shape, colour, mask }: ImageTileProps) {
  const element = useRef<HTMLCanvasElement>(null);
  const [, height, width] = shape;
  useLayoutEffect(() => {
    if (element.current === null) return;
    if (values !== undefined) paintImage(element.current, values, shape, { colour, mask });
    // A canvas keeps its picture as long as its size stays.
    else element.current.getContext("2d")?.clearRect(0, 0, width, height);
  }, [values, shape, colour, mask]);
  return (
    <canvas
      ref={element}
      class={`tile${values === undefined ? " empty" : ""}`}
      width={width}
      height={height}
      {...(label === "" ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
    />
  );
}
