import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { root } from "./bundle.js";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

const folders: Readonly<Record<string, string>> = {
  checkpoints: join(root, "checkpoints"),
  mnist: join(root, "checkpoints/mnist"),
  ort: join(root, "node_modules/onnxruntime-web/dist"),
};

const emptyPage = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';

/**
 * Serves a page that runs a script, the shipped checkpoints and ONNX Runtime's files.
 *
 * @param isolated whether with the headers that allow the page threads
 * @param html the page, which runs the script page.js
 */
export async function servePage(script: Uint8Array, isolated: boolean, html = emptyPage) {
  const content = async (path: string): Promise<string | Uint8Array> => {
    if (path === "/") return html;
    if (path === "/page.js") return script;
    const [, folder, ...rest] = normalize(path).split("/");
    return readFile(join(folders[folder], ...rest));
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    content(pathname).then(
      (body) => {
        response.writeHead(200, {
          "content-type": types[extname(pathname)] ?? (pathname === "/" ? "text/html" : "application/octet-stream"),
          ...(isolated && {
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-embedder-policy": "require-corp",
          }),
        });
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
