import { type LibraryHandle } from "koffi";
import { InputError } from "../../errors.js";

type Koffi = Pick<typeof import("koffi"), "load">;
/** A communicator, a data type, a request: an address (Open MPI) or an integer (MPICH). */
export type Handle = bigint | number;

/**
 * The functions of an MPI library that are used here. Every function of MPI returns its error code, 0 if there is no
 * error.
 */
export interface MpiLibrary {
  /** "Open MPI" or "MPICH". */
  readonly kind: string;
  readonly world: Handle;
  readonly float: Handle;
  readonly byte: Handle;
  /** Memory for a request in progress. */
  request(): BigInt64Array | Int32Array;
  initialise(): number;
  isInitialised(): boolean;
  rank(): number;
  size(): number;
  /** Makes functions return errors, where the library would otherwise end the process. */
  returnErrors(): void;
  startExchange(send: Float32Array, receive: Float32Array, block: number, request: ArrayBufferView): number;
  startGather(own: Float32Array, all: Float32Array, request: ArrayBufferView): number;
  startBroadcast(bytes: Uint8Array, request: ArrayBufferView): number;
  startBarrier(request: ArrayBufferView): number;
  /** The error code, and whether the request is done. */
  test(request: ArrayBufferView): { code: number; done: boolean };
  describe(code: number): string;
  abort(exitCode: number): void;
  finalise(): void;
}

const errorTextLength = 1024;
/** Larger than an MPI_Status in any library. */
const statusBytes = 256;
// MPI_THREAD_SINGLE: only one thread of the process calls MPI.
const oneThread = 0;

/**
 * Settings of UCX, the transport of many MPI libraries. By default it rewrites the code of `munmap` and other functions
 * while the threads of Node run them, and takes the signal by which WebAssembly notices a bad address: both end the
 * process now and then.
 */
const transportSettings: Readonly<Record<string, string>> = { UCX_MEM_EVENTS: "n", UCX_ERROR_SIGNALS: "" };

/**
 * Loads the MPI library that launched this process, or else the first that is found. Sets `transportSettings` in the
 * environment of the process, where they are not set yet.
 *
 * @throws InputError if there is none, or koffi, which calls it, is not installed
 */
export async function loadMpi(): Promise<MpiLibrary> {
  const koffi = await import("koffi").then(
    (module): Koffi => module.default,
    () => {
      throw new InputError("MPI needs koffi, which is not installed here: npm install koffi");
    },
  );
  for (const [name, value] of Object.entries(transportSettings)) process.env[name] ??= value;
  return boundLibrary(openLibrary(koffi, process.env));
}

// Open MPI 2 to 5, MPICH 3 and 4 (Intel's, Cray's and MVAPICH have its numbers), MPICH as Debian names it.
const openMpiNames = ["libmpi.so.40", "libmpi.so", "libmpi.dylib"];
const mpichNames = ["libmpi.so.12", "libmpich.so.12", "libmpi.12.dylib"];

/**
 * Opens the library named by `VFM_MPI_LIBRARY`, or that of the launcher, or the first that is found.
 *
 * @throws InputError if there is none
 */
export function openLibrary(koffi: Koffi, environment: NodeJS.ProcessEnv): LibraryHandle {
  const { VFM_MPI_LIBRARY: given, PMI_RANK: ofMpich, OMPI_COMM_WORLD_RANK: ofOpenMpi } = environment;
  const mpichFirst = ofMpich !== undefined && ofOpenMpi === undefined;
  const known = mpichFirst ? [...mpichNames, ...openMpiNames] : [...openMpiNames, ...mpichNames];
  const names = given === undefined ? known : [given];
  for (const name of names) {
    try {
      return koffi.load(name, { global: true });
    } catch {
      // Try the next name.
    }
  }
  throw new InputError(
    given === undefined
      ? "there is no MPI library here (libmpi): install Open MPI (Debian: apt-get install openmpi-bin), load your site's module, or name its file in VFM_MPI_LIBRARY"
      : `VFM_MPI_LIBRARY: ${given} cannot be loaded as a library`,
  );
}

/**
 * The handles of the library: addresses of its own variables (Open MPI), or fixed integers (MPICH and libraries with
 * its ABI).
 */
function handlesOf(library: LibraryHandle): Pick<MpiLibrary, "kind" | "world" | "float" | "byte" | "request"> & {
  type: string;
  errorsReturn: Handle;
} {
  const address = (name: string): bigint => library.symbol(name) as bigint;
  try {
    return {
      kind: "Open MPI",
      type: "void *",
      world: address("ompi_mpi_comm_world"),
      float: address("ompi_mpi_float"),
      byte: address("ompi_mpi_byte"),
      errorsReturn: address("ompi_mpi_errors_return"),
      request: () => new BigInt64Array(1),
    };
  } catch {
    return {
      kind: "MPICH",
      type: "int",
      world: 0x44000000,
      float: 0x4c00040a,
      byte: 0x4c00010d,
      errorsReturn: 0x54000001,
      request: () => new Int32Array(1),
    };
  }
}

function boundLibrary(library: LibraryHandle): MpiLibrary {
  const { type, errorsReturn, ...handles } = handlesOf(library);
  const { world, float, byte } = handles;
  const bind = (name: string, ...parameters: string[]) =>
    library.func(`int MPI_${name}(${parameters.join(", ")})`) as (...given: unknown[]) => number;
  const out = "_Out_ int *";
  const [buffer, count] = ["void *", "int"];
  const initThread = bind("Init_thread", "void *", "void *", "int", out);
  const initialized = bind("Initialized", out);
  const commRank = bind("Comm_rank", type, out);
  const commSize = bind("Comm_size", type, out);
  const setErrorHandler = bind("Comm_set_errhandler", type, type);
  const exchange = bind("Ialltoall", buffer, count, type, buffer, count, type, type, "void *");
  const gather = bind("Iallgather", buffer, count, type, buffer, count, type, type, "void *");
  const broadcast = bind("Ibcast", buffer, count, type, "int", type, "void *");
  const barrier = bind("Ibarrier", type, "void *");
  const test = bind("Test", "void *", out, "void *");
  const errorString = bind("Error_string", "int", "void *", out);
  const abort = bind("Abort", type, "int");
  const finalize = bind("Finalize");
  const asked = (ask: (answer: number[]) => number): number => {
    const answer = [0];
    ask(answer);
    return answer[0];
  };
  // The constant for ignoring the status differs between libraries, so a status is always passed.
  const status = new Uint8Array(statusBytes);
  return {
    ...handles,
    initialise: () => initThread(null, null, oneThread, [0]),
    isInitialised: () => asked(initialized) !== 0,
    rank: () => asked((answer) => commRank(world, answer)),
    size: () => asked((answer) => commSize(world, answer)),
    returnErrors: () => void setErrorHandler(world, errorsReturn),
    startExchange: (send, receive, block, request) =>
      exchange(send, block, float, receive, block, float, world, request),
    startGather: (own, all, request) => gather(own, own.length, float, all, own.length, float, world, request),
    startBroadcast: (bytes, request) => broadcast(bytes, bytes.byteLength, byte, 0, world, request),
    startBarrier: (request) => barrier(world, request),
    test: (request) => {
      const done = [0];
      const code = test(request, done, status);
      return { code, done: done[0] !== 0 };
    },
    describe: (code) => {
      const text = new Uint8Array(errorTextLength);
      errorString(code, text, [0]);
      return new TextDecoder().decode(text.subarray(0, text.indexOf(0)));
    },
    abort: (exitCode) => void abort(world, exitCode),
    finalise: () => void finalize(),
  };
}
