import { InputError } from "../../errors.js";
import { type Files } from "../types.js";

/** The browser's implementation: names are URLs, absolute or relative to the page. Nothing is written. */
export const files: Files = {
  async readInput(path, advice = "check the address", most = 2 ** 31 - 1) {
    const response = await fetched(path, advice);
    const tooLarge = (length: number): void => {
      if (length > most)
        throw new InputError(`${path} is too large: at most ${Math.floor(most / 2 ** 20)} MiB are read`);
    };
    tooLarge(Number(response.headers.get("content-length") ?? 0));
    const bytes = await response.arrayBuffer();
    tooLarge(bytes.byteLength);
    return new Uint8Array(bytes);
  },
  async sha256(path) {
    const digest = await globalThis.crypto.subtle.digest("SHA-256", await files.readInput(path));
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  },
  modelFolder: (given) => given,
  exists: async (path) => (await fetch(path, { method: "HEAD" })).ok,
  list: async () => [],
  importModule: async (path) => (await import(/* @vite-ignore */ path)) as Record<string, unknown>,
  async openFile(path) {
    const response = await fetched(path, "check the address");
    const bytes = await response.arrayBuffer();
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
  const failed = (reason: string): never => {
    throw new InputError(`${path} cannot be read (${reason}): ${advice}`);
  };
  const response = await fetch(path).catch((error: unknown) => failed((error as Error).message));
  return response.ok ? response : failed(`${response.status} ${response.statusText}`.trim());
}

function refuse(path: string): never {
  throw new InputError(
    `${path} cannot be written: a page has no files; leave the folder out and use the returned value`,
  );
}
