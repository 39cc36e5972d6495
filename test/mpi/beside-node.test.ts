import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { lackingMpich } from "./launch.js";

const mpi = new URL("../../dist/src/node/mpi/index.js", import.meta.url);
/** A module with a function that loads a number from an address beyond its memory. */
const outOfBounds = "AGFzbQEAAAABBQFgAAF/AwIBAAUDAQABBwUBAWYAAAoNAQsAQfD///8HKAIACw==";
const program = `
  const { connectMpi } = await import(${JSON.stringify(mpi)});
  const communicator = await connectMpi();
  const { instance } = await WebAssembly.instantiate(Buffer.from("${outOfBounds}", "base64"));
  try {
    instance.exports.f();
  } catch (error) {
    console.log(error.message);
  }
  await communicator.close();
`;

// MPICH's transport, UCX, takes the signal of a bad address unless it is told not to.
it.skipIf(lackingMpich !== undefined)("leaves WebAssembly the signal by which it notices a bad address", () => {
  const words = ["-n", "1", process.execPath, "--input-type=module", "--eval", program];
  const { status, stdout } = spawnSync("mpiexec.hydra", words, { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "memory access out of bounds\n" });
});
