// The public functions that need Node: image files, data sets in files and their download, MPI.
// They are the subpath `variational-flow-maps/node`.
export * from "./data/index.js";
export * from "./mpi/index.js";
