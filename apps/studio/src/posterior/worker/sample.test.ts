import { describe, expect, it, vi } from "vitest";

const { classifier } = vi.hoisted(() => ({ classifier: vi.fn() }));
const values = new Float32Array(8);

vi.mock("variational-flow-maps", () => ({
  hostArray: (data: Float32Array, shape: readonly number[]) => ({ data, shape }),
  samplePosterior: () => Promise.resolve({ samples: { data: values.slice(), shape: [1, 2, 1, 2, 2] }, evaluations: 1 }),
}));
vi.mock("variational-flow-maps/compile", () => ({
  timeWithoutCompiling: async (work: () => Promise<unknown>) => ({ result: await work(), milliseconds: 1 }),
}));
vi.mock("variational-flow-maps/baselines", () => ({}));
vi.mock("./observe.js", () => ({
  observeRequest: () => Promise.resolve({ y: { data: values, shape: [1, 1, 2, 2] }, parameters: {} }),
}));
vi.mock("./models.js", () => ({
  readyModel: () => Promise.resolve({ about: { classes: ["0", "1"] }, engine: { device: "cpu" }, classifier }),
}));

const { sampleRequest } = await import("./sample.js");
const request = { model: "mnist", problem: "denoise", samples: 2, steps: 1, seed: 1 } as Parameters<
  typeof sampleRequest
>[0];

describe("samples whose classifier fails", () => {
  it("are reported, and read again next time", async () => {
    const report = vi.fn();
    const sample = () => sampleRequest(request, report, new AbortController().signal);
    classifier.mockRejectedValueOnce(new Error("no network"));
    expect(await sample()).toEqual({ failure: "no network" });
    expect(report).toHaveBeenCalledOnce();
    classifier.mockResolvedValueOnce({ classify: () => Promise.resolve({ labels: [1, 1] }) });
    expect(await sample()).toEqual({ counts: [0, 2] });
  });
});
