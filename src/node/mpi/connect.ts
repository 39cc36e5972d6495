import { type Communicator } from "../../distributed/index.js";
import { InputError } from "../../errors.js";
import { checkOptions, anyValue, positiveNumber } from "../../options.js";
import { loadMpi } from "./library.js";
import { requestWaiter } from "./waiting.js";

/** Options of `connectMpi`. */
export interface MpiOptions {
  /**
   * Seconds that a rank waits for the others before it takes one for lost; 600 if not given. It has to be longer than what one
   * rank may do while the others wait: save the run's state, say.
   */
  timeout?: number | undefined;
  /**
   * Aborted when the process is told to end, as the others are: a rank that does not come within a few steps' time is taken
   * for lost then.
   */
  signal?: AbortSignal | undefined;
}

/** Bytes that are broadcast at once: MPI counts them in 32 bits. */
const mostBytes = 2 ** 30;

/**
 * Connects this process with the others that `mpirun` or `srun` has started. Open MPI, MPICH and the libraries that have MPICH's
 * binary interface are known.
 *
 * @throws InputError if there is no MPI library, koffi is not installed, or the process is connected already
 * @example
 * const communicator = await connectMpi({ timeout: 120 });
 * console.log(`rank ${communicator.rank} of ${communicator.size}`);
 * await communicator.close();
 */
export async function connectMpi(options: MpiOptions = {}): Promise<Communicator> {
  checkOptions("connectMpi", options, { timeout: positiveNumber(), signal: anyValue });
  const { timeout = 600, signal } = options;
  const mpi = await loadMpi();
  if (mpi.isInitialised()) throw new InputError("connectMpi: this process is connected already, MPI starts once");
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
      // A library that is held up by a lost rank may come back.
      process.exit(exitCode);
    },
    close: async () => {
      await barrier();
      mpi.finalise();
    },
  };
}
