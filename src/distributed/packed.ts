import { type HostArray, isHostArray } from "../array/index.js";

interface Place {
  // No network's parameters have this name.
  "#array": { shape: readonly number[]; type: "float32" | "int32"; start: number; length: number };
}

/** Encodes a JSON value, with host arrays anywhere in it, as bytes. */
export function packed(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: HostArray[] = [];
  let start = 0;
  const places = new Map<HostArray, Place>();
  const text = JSON.stringify(value, (_key, node: unknown) => {
    if (!isHostArray(node)) return node;
    const { shape, data } = node;
    const known = places.get(node);
    if (known !== undefined) return known;
    const type = data instanceof Int32Array ? "int32" : "float32";
    const place: Place = { "#array": { shape, type, start, length: data.length } };
    places.set(node, place);
    arrays.push(node);
    start += data.length;
    return place;
  });
  const header = new TextEncoder().encode(text ?? "null");
  // The numbers start at a multiple of 4.
  const headerLength = 4 * Math.ceil(header.byteLength / 4);
  const bytes = new Uint8Array(4 + headerLength + 4 * start);
  new Uint32Array(bytes.buffer)[0] = headerLength;
  bytes.fill(0x20, 4, 4 + headerLength).set(header, 4);
  let at = 4 + headerLength;
  for (const { data } of arrays) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** Decodes the bytes of `packed`. The arrays of the value share the bytes' memory. */
export function unpacked(bytes: Uint8Array<ArrayBuffer>): unknown {
  const headerLength = new Uint32Array(bytes.buffer)[0];
  const numbers = 4 + headerLength;
  const text = new TextDecoder().decode(bytes.subarray(4, numbers));
  return JSON.parse(text, (_key, node: unknown) => {
    if (!isPlace(node)) return node ?? undefined;
    const { shape, type, start, length } = node["#array"];
    const Kind = type === "int32" ? Int32Array : Float32Array;
    return { shape, data: new Kind(bytes.buffer, numbers + 4 * start, length) };
  });
}

function isPlace(node: unknown): node is Place {
  return typeof node === "object" && node !== null && "#array" in node;
}
