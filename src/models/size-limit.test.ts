import { describe, expect, it } from "vitest";
import { InputError } from "../errors.js";
import { autoencoderModel } from "./autoencoder.js";
import { adapterModel, conditionalModel, flowMapModel } from "./registry.js";

const shape = [1, 8, 8];
const tooLarge =
  /is too large: a network has \d+ (arrays of )?parameters at most|is too large: .* arrays of parameters at most|is too large: a sample has \d+ values at most/;

const sized = (width: number, depth: number) => flowMapModel({ model: "mlp", shape: [2], width, depth });

describe("configurations that nothing could build", () => {
  it.each([
    ["a deep mlp", () => flowMapModel({ model: "mlp", shape: [2], width: 4, depth: 10_000_000 })],
    ["a wide mlp", () => flowMapModel({ model: "mlp", shape: [2], width: 1e9 })],
    ["a deep residual mlp", () => flowMapModel({ model: "residual-mlp", shape: [2], width: 4, depth: 10_000_000 })],
    ["a wide transformer", () => flowMapModel({ model: "dmft", shape, patch: 4, width: 1e9, depth: 2, heads: 2 })],
    ["a deep transformer", () => flowMapModel({ model: "dit", shape, patch: 4, width: 8, depth: 1e7, heads: 2 })],
    ["a wide mixer", () => flowMapModel({ model: "mixer", shape, patch: 4, width: 1e9 })],
    ["a wide U-Net", () => flowMapModel({ model: "unet", shape, channels: 1e9 })],
    ["large images", () => flowMapModel({ model: "mlp", shape: [1, 1e6, 1e6], width: 8 })],
    ["a wide adapter", () => adapterModel({ model: "mlp", shape: [2], observationShape: [2], width: 1e9 })],
    ["a wide conditional U-Net", () => conditionalModel({ model: "unet", shape, channels: 1e9 })],
    ["a wide autoencoder", () => autoencoderModel({ model: "autoencoder-kl", channels: [128, 1e9] })],
  ])("%s is refused before it is built", (_what, build) => {
    const before = process.memoryUsage().rss;
    expect(build).toThrow(InputError);
    expect(build).toThrow(tooLarge);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 29);
  });

  // w^2 + 8 w + 2 parameters with two hidden layers of width w: 8,575,500,802 are below 2^33, 8,594,031,602 above it.
  // Each hidden layer and the last one has two arrays.
  it.each([
    ["width", () => sized(92_600, 2), () => sized(92_700, 2), /a network has 8589934592 parameters at most/],
    ["depth", () => sized(1, 49_999), () => sized(1, 50_000), /a network has 100000 arrays of parameters at most/],
  ])("the greatest %s is allowed and no greater one", (_what, largest, larger, limit) => {
    expect(largest().shape).toEqual([2]);
    expect(larger).toThrow(InputError);
    expect(larger).toThrow(limit);
  });

  it("the published sizes are allowed", () => {
    expect(flowMapModel({ model: "dmft", size: "XL/2", shape: [4, 32, 32] }).shape).toEqual([4, 32, 32]);
    expect(autoencoderModel({ model: "autoencoder-kl" }).latentShape).toEqual([4, 32, 32]);
  });
});
