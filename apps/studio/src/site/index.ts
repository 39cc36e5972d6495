// What the site serves beside its code.
export { loadManifest, type Manifest, type ServedFile, siteFolder, type StudioModel } from "./manifest.js";
