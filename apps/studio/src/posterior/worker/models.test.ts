import { beforeEach, describe, expect, it, vi } from "vitest";

const { fakes } = vi.hoisted(() => ({
  fakes: { loadClassifier: vi.fn(), sizes: [] as (readonly string[])[] },
}));

const models = ["a", "b"].map((name) => ({
  name,
  checkpoint: `models/${name}`,
  classifier: `models/${name}-classifier`,
  shape: [1, 2, 2],
  images: { path: `images/${name}.bin` },
}));

vi.mock("variational-flow-maps", () => ({ loadModel: () => Promise.resolve({ problems: [] }) }));
vi.mock("variational-flow-maps/classifier", () => ({ loadClassifier: fakes.loadClassifier }));
vi.mock("../../engine/index.js", () => ({
  startEngine: () =>
    Promise.resolve({
      manifest: { models },
      files: { listen: () => () => undefined, size: (paths: readonly string[]) => fakes.sizes.push(paths) },
      paths: ["engine"],
      load: () => Promise.resolve({}),
    }),
}));

const { openModel, readyModel } = await import("./models.js");
const open = (model: string) => openModel({ site: "/", model }, () => undefined, new AbortController().signal);

beforeEach(() => {
  fakes.sizes.length = 0;
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(Uint8Array.of(255))));
});

describe("a model of the page", () => {
  it("needs the engine's files once, and its classifier's only later", async () => {
    await open("a");
    await open("b");
    expect(fakes.sizes).toEqual([
      ["engine", "models/a/", "images/a.bin"],
      ["models/b/", "images/b.bin"],
    ]);
  });

  it("tries again to load a classifier that could not be loaded", async () => {
    await open("a");
    const { classifier } = await readyModel("a");
    fakes.loadClassifier.mockRejectedValueOnce(new Error("no network"));
    await expect(classifier()).rejects.toThrow("no network");
    fakes.loadClassifier.mockResolvedValueOnce("reader");
    expect(await classifier()).toBe("reader");
    expect(await classifier()).toBe("reader");
  });
});

describe("a model whose images are not served", () => {
  it("is not opened, until they are", async () => {
    vi.resetModules();
    const fresh = await import("./models.js");
    const again = () => fresh.openModel({ site: "/", model: "a" }, () => undefined, new AbortController().signal);
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("later", { status: 503 })));
    await expect(again()).rejects.toThrow("images/a.bin");
    vi.stubGlobal("fetch", () => Promise.resolve(new Response(Uint8Array.of(255))));
    expect([...(await again()).images]).toEqual([1]);
  });
});
