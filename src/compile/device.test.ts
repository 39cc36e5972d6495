import { describe, expect, it } from "vitest";
import { add, hostArray, type NDArray } from "../array/index.js";
import { InputError } from "../errors.js";
import { compile, type Device, devices } from "./index.js";

const increment = (x: NDArray): NDArray => add(x, 1);
const example = hostArray([1, 2], [2]);

describe("the device of the onnx engine", () => {
  it("is the processor if asked for", async () => {
    const { run, dispose } = await compile(increment, [example], { device: "cpu" });
    expect([...(await run(example)).data]).toEqual([2, 3]);
    await dispose();
  });

  // Each device either works or reports in one line that it cannot be used, so that the test passes on any machine.
  it.each(devices.filter((device) => device !== "cpu"))(
    "%s works or is refused in one line",
    async (device: Device) => {
      const outcome = await compile(increment, [example], { device }).then(
        async ({ run }) => [...(await run(example)).data],
        (error: unknown) => error,
      );
      if (Array.isArray(outcome)) {
        expect(outcome).toEqual([2, 3]);
        return;
      }
      expect(outcome).toBeInstanceOf(InputError);
      const { message } = outcome as InputError;
      expect(message).toContain(`the device "${device}" cannot be used here`);
      expect(message).not.toContain("\n");
    },
  );

  it("is not the jax engine's to choose", async () => {
    await expect(compile(increment, [example], { backend: "jax", device: "cuda" })).rejects.toThrow(InputError);
  });
});
