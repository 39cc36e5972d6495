// MPI, called through koffi: Node only.
export { connectMpi, type MpiOptions } from "./connect.js";
