/**
 * Bundles the page, and copies what it loads beside it: the model and ONNX Runtime's files. Any web server can serve
 * the folder.
 *
 *     npm run build && npx tsx examples/browser/build.ts out/page
 */
import { cp } from "node:fs/promises";
import { build } from "esbuild";

const [, , folder = "out/page"] = process.argv;
await build({
  entryPoints: ["examples/browser/page.ts"],
  bundle: true,
  platform: "browser",
  format: "esm",
  target: "es2022",
  outdir: folder,
  // The installed package, not this repository's sources.
  tsconfigRaw: {},
});
await cp("examples/browser/index.html", `${folder}/index.html`);
await cp("checkpoints/mnist", `${folder}/mnist`, { recursive: true });
for (const ending of ["mjs", "wasm"]) {
  const file = `ort-wasm-simd-threaded.${ending}`;
  await cp(`node_modules/onnxruntime-web/dist/${file}`, `${folder}/ort/${file}`);
}
