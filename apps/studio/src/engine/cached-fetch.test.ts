import { createHash } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { cachedFetch } from "./cached-fetch.js";

const site = "https://studio.example/";
const hash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

afterEach(() => vi.unstubAllGlobals());

describe("the files of the site", () => {
  it("are kept for the next visit if they are those of the manifest", async () => {
    const kept = new Map<string, string>();
    const cache = {
      keys: () => Promise.resolve([]),
      match: () => Promise.resolve(undefined),
      put: async (key: string, response: Response) => void kept.set(key, await response.text()),
    };
    vi.stubGlobal("caches", { open: () => Promise.resolve(cache) });
    vi.stubGlobal("fetch", (url: string) => Promise.resolve(new Response(url.includes("/new.bin") ? "new" : "old")));
    const manifest = {
      models: [],
      files: { "new.bin": { bytes: 3, hash: hash("new") }, "replaced.bin": { bytes: 3, hash: hash("new") } },
    };
    const files = await cachedFetch(site, manifest);
    for (const path of ["replaced.bin", "new.bin"]) await (await files.fetch(site + path)).text();
    await expect.poll(() => [...kept]).toEqual([[`${site}new.bin?${hash("new")}`, "new"]]);
  });
});
