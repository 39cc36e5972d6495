import { afterEach, expect, it, vi } from "vitest";
import { InputError } from "../../errors.js";
import { files } from "./files.js";

afterEach(() => void vi.unstubAllGlobals());

const answering = (answer: () => Promise<unknown>): void => void vi.stubGlobal("fetch", answer);

it("a file that cannot be fetched is refused by its name, and one that is not there is not there", async () => {
  answering(() => Promise.reject(new TypeError("fetch failed")));
  for (const use of [files.exists("/m/a.json"), files.readInput("/m/a.json"), files.openFile("/m/a.json")]) {
    await expect(use).rejects.toThrow(InputError);
    await expect(use).rejects.toThrow("/m/a.json cannot be read (fetch failed): check the address");
  }
  answering(() => Promise.resolve(new Response(null, { status: 404 })));
  expect(await files.exists("/m/a.json")).toBe(false);
  await expect(files.readInput("/m/a.json")).rejects.toThrow("/m/a.json cannot be read (404)");
});

it("a file whose connection breaks off is refused by its name", async () => {
  const broken = { ok: true, headers: new Headers(), arrayBuffer: () => Promise.reject(new TypeError("terminated")) };
  answering(() => Promise.resolve(broken));
  await expect(files.readInput("/m/a.bin")).rejects.toThrow("/m/a.bin cannot be read (terminated)");
  await expect(files.openFile("/m/a.bin")).rejects.toThrow("/m/a.bin cannot be read (terminated)");
});
