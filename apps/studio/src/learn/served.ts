/** Where the site serves the checkerboard's models, a folder each. */
export const boardFolder = "models/board";

/** The width of their flow map's layers. */
export const boardWidth = 64;
