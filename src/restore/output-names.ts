import { join, sep } from "node:path";

// What Windows refuses in names, controls, and the escape's own sign.
// eslint-disable-next-line no-control-regex
const refused = /[\u0000-\u001f\u007f-\u009f\u2028\u2029<>:"|?*\\%]|[. ]$/g;

/** An image's path inside its folder, with "/" between its parts wherever it is read. */
export function portablePath(path: string): string {
  return path.split(sep).join("/");
}

/**
 * The folder, inside the output folder, of an image's files: its own path, its ending with it, so that no two images share one. What
 * not every disk takes in a name is written as %XX, bytes in UTF-8.
 */
export function outputFolder(path: string): string {
  const escaped = (name: string): string =>
    name.replaceAll(refused, (sign) =>
      Array.from(new TextEncoder().encode(sign), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(
        "",
      ),
    );
  return join(...portablePath(path).split("/").map(escaped));
}
