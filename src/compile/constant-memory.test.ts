import { expect, it, vi } from "vitest";
import { add, hostZeros, type NDArray, zeros } from "../array/index.js";
import { costOf } from "./index.js";

it("lowering a function again takes no more of the engine's memory for its constants", async () => {
  const megabytes = 16;
  const plusZeros = (x: NDArray): NDArray => add(x, zeros([megabytes * 2 ** 18]));
  const lower = () => costOf(plusZeros, [hostZeros([1])]);
  await lower();
  const grow = vi.spyOn(WebAssembly.Memory.prototype, "grow");
  try {
    for (let i = 0; i < 4; i++) await lower();
    expect(grow).not.toHaveBeenCalled();
  } finally {
    grow.mockRestore();
  }
});
