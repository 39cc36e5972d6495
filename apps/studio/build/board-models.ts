/** The folder of the repository that holds the checkerboard's models of the Learn page; `train-board.ts` makes them. */
export const boardModels = "apps/studio/models";
