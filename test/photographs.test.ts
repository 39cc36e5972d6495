import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";

const folder = "assets/photographs";

describe("the photographs of the colour demonstration", () => {
  it("are 32 x 32 in colour, small, and each has its author and licence", async () => {
    const pictures = (await readdir(folder)).filter((name) => name !== "ATTRIBUTION.md");
    expect(pictures).toHaveLength(14);
    const attribution = await readFile(join(folder, "ATTRIBUTION.md"), "utf8");
    let bytes = 0;
    for (const name of pictures) {
      const file = await readFile(join(folder, name));
      bytes += file.length;
      expect(await sharp(file).metadata()).toMatchObject({ format: "png", width: 32, height: 32, channels: 3 });
      expect(attribution).toMatch(new RegExp(`^- \`${name}\`: .* copyright 20\\d\\d .+, \\[CC`, "m"));
    }
    expect(bytes).toBeLessThan(100_000);
  });
});
