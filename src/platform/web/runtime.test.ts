import { afterEach, expect, it, vi } from "vitest";
import { configureWasm } from "../wasm.js";
import { runtime } from "./runtime.js";

vi.mock("onnxruntime-web/wasm", () => ({ env: { wasm: {} }, InferenceSession: {}, Tensor: vi.fn() }));
afterEach(() => void vi.unstubAllGlobals());

it("tries again to load the engine after a failure, and then keeps it", async () => {
  configureWasm({ files: "/engine/", threads: 1 });
  // Without a page there is no address to which the files' one is relative.
  await expect(runtime.load()).rejects.toThrow(/location/);
  vi.stubGlobal("location", { href: "https://example.org/" });
  const engine = await runtime.load();
  expect(engine.kind).toBe("wasm");
  expect(await runtime.load()).toBe(engine);
});
