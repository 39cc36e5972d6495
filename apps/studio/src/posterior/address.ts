import { type Box, type Motion } from "./corruption.js";
import { bytesOfText, pack, textOfBytes, unpack } from "./bytes.js";
import { firstView, type ImageChoice, mostSeed, type View } from "./view.js";

/** The address of the choices: those that differ from the first view. */
export function addressOf(view: View): URLSearchParams {
  const address = new URLSearchParams({ model: view.model, problem: view.problem });
  const { image, box, motion, mask, noise, temperature, engine, pixel } = view;
  if (image.kind === "held-out") address.set("image", String(image.index));
  if (image.kind === "drawn") address.set("drawn", textOfBytes(pack(image.levels, 4)));
  if (box !== undefined) address.set("box", [box.top, box.left, box.height, box.width].join("-"));
  const arc = [motion.length, motion.angle, motion.bend].join("_");
  if (arc !== "6_30_40") address.set("motion", arc);
  if (mask !== undefined) address.set("mask", textOfBytes(pack(mask, 1)));
  for (const key of numbers) if (view[key] !== firstView[key]) address.set(key, String(view[key]));
  if (noise !== undefined) address.set("noise", String(noise));
  if (temperature !== undefined) address.set("temperature", String(temperature));
  if (engine !== undefined) address.set("engine", engine);
  if (pixel !== undefined) address.set("pixel", pixel.join("-"));
  return address;
}

const numbers = ["share", "noiseSeed", "steps", "seed"] as const;

/** The choices in an address. Missing or invalid values are those of the first view. */
export function viewOf(address: URLSearchParams): View {
  const given = (key: string, low: number, high: number): number | undefined => {
    const value = numberIn(address.get(key));
    return value >= low && value <= high ? value : undefined;
  };
  const integer = (key: string, low: number, high: number): number | undefined => {
    const value = given(key, low, high);
    return Number.isInteger(value) ? value : undefined;
  };
  const pixel = numbersIn(address.get("pixel"), "-", 2);
  const mask = bytesOfText(address.get("mask") ?? "?");
  return {
    ...firstView,
    model: address.get("model") ?? firstView.model,
    problem: address.get("problem") ?? firstView.problem,
    image: imageOf(address),
    box: boxOf(address.get("box")),
    motion: motionOf(address.get("motion")) ?? firstView.motion,
    share: given("share", 0, 1) ?? firstView.share,
    mask: mask && unpack(mask, 1),
    noise: given("noise", 0, 2),
    noiseSeed: integer("noiseSeed", 0, mostSeed) ?? firstView.noiseSeed,
    steps: integer("steps", 1, 4) ?? firstView.steps,
    temperature: given("temperature", 0, 2),
    seed: integer("seed", 0, mostSeed) ?? firstView.seed,
    engine: address.get("engine") ?? undefined,
    pixel: pixel?.every((place) => Number.isInteger(place) && place >= 0) === true ? [pixel[0], pixel[1]] : undefined,
  };
}

function imageOf(address: URLSearchParams): ImageChoice {
  const drawn = bytesOfText(address.get("drawn") ?? "?");
  if (drawn !== undefined) return { kind: "drawn", levels: unpack(drawn, 4) };
  const index = numberIn(address.get("image"));
  return Number.isInteger(index) && index >= 0 ? { kind: "held-out", index } : firstView.image;
}

function boxOf(text: string | null): Box | undefined {
  const found = numbersIn(text, "-", 4);
  if (found === undefined) return undefined;
  const [top, left, height, width] = found;
  return { top, left, height, width };
}

function motionOf(text: string | null): Motion | undefined {
  const found = numbersIn(text, "_", 3);
  if (found === undefined) return undefined;
  const [length, angle, bend] = found;
  return { length, angle, bend };
}

/** The number in a text; NaN if it is not a number. */
function numberIn(text: string | null): number {
  return text === null || text.trim() === "" ? NaN : Number(text);
}

/** A text's list of `count` numbers; undefined if it is not such a list. */
function numbersIn(text: string | null, separator: string, count: number): number[] | undefined {
  const found = (text ?? "").split(separator).map(numberIn);
  return found.length === count && found.every((value) => Math.abs(value) <= 1000) ? found : undefined;
}
