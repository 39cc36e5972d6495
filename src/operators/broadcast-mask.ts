import { type HostArray, sizeOf } from "../array/index.js";
import { ShapeError } from "../errors.js";

/**
 * The values of a mask for every entry of y, by NumPy's broadcasting rules: float32 of this shape.
 *
 * @throws ShapeError if the mask does not broadcast to the shape
 */
export function broadcastMask({ shape: own, data }: HostArray, shape: readonly number[]): Float32Array {
  const lengths = [...new Array<number>(Math.max(0, shape.length - own.length)).fill(1), ...own];
  if (lengths.length !== shape.length || lengths.some((length, axis) => length !== 1 && length !== shape[axis]))
    throw new ShapeError(`a mask [${own.join(", ")}] does not broadcast to y, [${shape.join(", ")}]`);
  if (data.length === sizeOf(shape)) return data as Float32Array;
  const strides = lengths.map((length, axis) => (length === 1 ? 0 : sizeOf(lengths.slice(axis + 1))));
  return Float32Array.from({ length: sizeOf(shape) }, (_, entry) => {
    let [rest, at] = [entry, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]) * strides[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    return data[at];
  });
}
