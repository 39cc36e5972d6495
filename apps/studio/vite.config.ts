import { defaultClientConditions, defineConfig, type Plugin } from "vite";
import { publicFolder, root, siteFolder } from "./build/folders.js";
import { contentSecurityPolicy, headers } from "./build/headers.js";

/** For hosts that send no headers, the page itself states what it may run. The development server's page needs more. */
const policyInPage: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: () => [
    {
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: contentSecurityPolicy },
      injectTo: "head-prepend",
    },
  ],
};

const { "Content-Security-Policy": _, ...developmentHeaders } = headers;

export default defineConfig({
  root: `${root}apps/studio`,
  base: "./",
  publicDir: publicFolder,
  // A missing file gives 404, not a page in its place.
  appType: "mpa",
  plugins: [policyInPage],
  resolve: {
    // Threads of ONNX Runtime start from its own file, not from the worker's bundle.
    conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions],
  },
  worker: { format: "es" },
  build: { outDir: siteFolder, emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 2000 },
  server: { headers: developmentHeaders },
  preview: { headers },
});
