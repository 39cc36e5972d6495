import { join, sep } from "node:path";

// Characters that Windows does not allow in names, control characters, and the escape character itself.
// eslint-disable-next-line no-control-regex
const refused = /[\u0000-\u001f\u007f-\u009f\u2028\u2029<>:"|?*\\%]|[. ]$/g;

/** An image's path inside its folder, with "/" between its parts on every system. */
export function portablePath(path: string): string {
  return path.split(sep).join("/");
}

/**
 * The folder, inside the output folder, of an image's files: the image's path including its extension, so that no two
 * images share a folder. Characters that are not allowed in names on every file system are written as %XX, bytes in
 * UTF-8.
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
