import { createHash, timingSafeEqual } from "node:crypto";
import { InputError } from "../errors.js";
import { readText } from "../storage/index.js";

/** Whether a request's Authorization header holds one of the tokens. */
export type TokenCheck = (authorization: string | undefined) => boolean;

const shortest = 16;

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/**
 * Reads bearer tokens from a file, one per line; empty lines and lines that begin with # are ignored.
 *
 * @throws InputError if the file cannot be read, holds no token, or a token is short or is not printable ASCII
 */
export async function readTokens(path: string): Promise<TokenCheck> {
  const lines = (await readText(path)).split(/\r?\n/).map((line) => line.trim());
  const tokens = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (tokens.length === 0) throw new InputError(`${path} holds no token: write one per line`);
  if (!tokens.every((token) => /^[\x21-\x7e]+$/.test(token) && token.length >= shortest))
    throw new InputError(
      `${path}: a token has to be ${shortest} or more letters, digits and signs, e.g. what openssl rand -hex 32 prints`,
    );
  const digests = tokens.map(digest);
  return (authorization = "") => {
    const [, given = ""] = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization) ?? [];
    const own = digest(given);
    // All are compared, and digests have the same length: the time reveals nothing about the tokens.
    return digests.map((each) => timingSafeEqual(each, own)).some(Boolean);
  };
}
