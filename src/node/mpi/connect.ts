import { type Communicator } from "../../distributed/index.js";
import { InputError } from "../../errors.js";
import { checkOptions, anyValue, positiveNumber } from "../../options.js";
import { loadMpi } from "./library.js";
import { requestWaiter } from "./waiting.js";

/** Options of `connectMpi`. */
export interface MpiOptions {
  /**
   * Seconds that a rank waits for the others before it considers one of them lost. Default: 600. It has to be longer
   * than any work of one rank for which the others wait, such as saving the run's state.
   */
  timeout?: number | undefined;
  /**
   * A signal that is aborted when the process is asked to end, as the other processes are. A rank that does not respond
   * within the time of a few steps is then considered lost.
   */
  signal?: AbortSignal | undefined;
}

/** Number of bytes in one broadcast: MPI counts them in 32 bits. */
const mostBytes = 2 ** 30;

/**
 * Connects this process with the others that `mpirun` or `srun` started. It supports Open MPI, MPICH and libraries with
 * MPICH's binary interface.
 *
 * @throws InputError if there is no MPI library, koffi is not installed, or the process is already connected
 * @example
 * const communicator = await connectMpi({ timeout: 120 });
 * console.log(`rank ${communicator.rank} of ${communicator.size}`);
 * await communicator.close();
 */
export async function connectMpi(options: MpiOptions = {}): Promise<Communicator> {
  checkOptions("connectMpi", options, { timeout: positiveNumber(), signal: anyValue });
  const { timeout = 600, signal } = options;
  const mpi = await loadMpi();
  if (mpi.isInitialised())
    throw new InputError("connectMpi: this process is connected already, and MPI can start only once");
  mpi.initialise();
  mpi.returnErrors();
  const [rank, size] = [mpi.rank(), mpi.size()];
  const finished = requestWaiter(mpi, { timeout, signal });
  const barrier = (): Promise<void> => finished((request) => mpi.startBarrier(request));
  return {
    rank,
    size,
    exchange: (send, receive) => finished((request) => mpi.startExchange(send, receive, send.length / size, request)),
    gather: (own, all) => finished((request) => mpi.startGather(own, all, request)),
    broadcast: async (bytes) => {
      for (let start = 0; start < bytes.byteLength; start += mostBytes)
        await finished((request) => mpi.startBroadcast(bytes.subarray(start, start + mostBytes), request));
    },
    barrier,
    abort: (exitCode) => {
      mpi.abort(exitCode);
      // If a lost rank blocks the library, the call may return.
      process.exit(exitCode);
    },
    close: async () => {
      await barrier();
      mpi.finalise();
    },
  };
}
