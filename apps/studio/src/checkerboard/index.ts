// The checkerboard in pictures: what the Train page and the Learn page share.
export { furthestY, latentCells, sigma } from "./board.js";
export { DataPlane } from "./data-plane.js";
export { LatentPlane } from "./latent-plane.js";
export { ReadingTable } from "./reading-table.js";
export { type ModelView, type NoiseView, type PosteriorView, type Reading } from "./views.js";
