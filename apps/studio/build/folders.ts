import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What the site serves beside its code: models, images, ONNX Runtime. */
export const publicFolder = `${root}out/studio/public`;

/** The built site. */
export const siteFolder = `${root}out/studio/site`;
