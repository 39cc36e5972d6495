// What needs Node, of the public face: image files, data sets in files and how they are fetched, MPI.
// It is the subpath `variational-flow-maps/node`.
export * from "./data/index.js";
export * from "./mpi/index.js";
