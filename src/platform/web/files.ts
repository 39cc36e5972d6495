import { InputError } from "../../errors.js";
import { type Files } from "../types.js";

/** The browser's implementation: names are URLs, absolute or relative to the page. Nothing is written. */
export const files: Files = {
  async readInput(path, advice = "check the address", most = 2 ** 31 - 1) {
    const found = await fetched(path, advice);
    const tooLarge = (length: number): void => {
      if (length > most)
        throw new InputError(`${path} is too large: at most ${Math.floor(most / 2 ** 20)} MiB are read`);
    };
    tooLarge(Number(found.headers.get("content-length") ?? 0));
    const bytes = await content(path, advice, found);
    tooLarge(bytes.byteLength);
    return new Uint8Array(bytes);
  },
  async sha256(path) {
    const digest = await globalThis.crypto.subtle.digest("SHA-256", await files.readInput(path));
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  },
  modelFolder: (given) => given,
  shippedModels: () => [],
  exists: async (path) => (await response(path, "check the address", { method: "HEAD" })).ok,
  list: async () => [],
  importModule: async (path) => (await import(/* @vite-ignore */ path)) as Record<string, unknown>,
  async openFile(path) {
    const advice = "check the address";
    const bytes = await content(path, advice, await fetched(path, advice));
    return {
      path,
      size: bytes.byteLength,
      async read(start, length) {
        const end = start + length;
        if (end > bytes.byteLength)
          throw new InputError(`${path} is truncated: bytes ${start} to ${end} are needed, it has ${bytes.byteLength}`);
        return bytes.slice(start, end);
      },
      close: async () => undefined,
    };
  },
  lock: async (path) => refuse(path),
  writePartsAtomically: async (path) => refuse(path),
  writeFolderAtomically: async (path) => refuse(path),
  copy: async (_from, to) => refuse(to),
  append: async (path) => refuse(path),
  remove: async (path) => refuse(path),
};

async function fetched(path: string, advice: string): Promise<Response> {
  const found = await response(path, advice);
  if (found.ok) return found;
  throw unreadable(path, `${found.status} ${found.statusText}`.trim(), advice);
}

/** The answer of the server, whatever its status. */
function response(path: string, advice: string, options?: RequestInit): Promise<Response> {
  return fetch(path, options).catch((error: unknown) => {
    throw unreadable(path, (error as Error).message, advice);
  });
}

/** The whole content, which the connection may break off. */
function content(path: string, advice: string, found: Response): Promise<ArrayBuffer> {
  return found.arrayBuffer().catch((error: unknown) => {
    throw unreadable(path, (error as Error).message, advice);
  });
}

function unreadable(path: string, reason: string, advice: string): InputError {
  return new InputError(`${path} cannot be read (${reason}): ${advice}`);
}

function refuse(path: string): never {
  throw new InputError(
    `${path} cannot be written: a page has no files; leave the folder out and use the returned value`,
  );
}
