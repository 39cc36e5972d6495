/**
 * A service of a worker: from an input to a result, with reports of progress.
 *
 * The buffers of a result are transferred: whatever the worker still uses has to be copied into it.
 */
export type Service<Input, Output, Progress = never> = (
  input: Input,
  report: (progress: Progress) => void,
  signal: AbortSignal,
) => Promise<Output>;

// Method syntax allows services of any input here without naming it.
interface AnyService {
  bivarianceHack(input: unknown, report: (progress: unknown) => void, signal: AbortSignal): Promise<unknown>;
}

/** A worker's services by name. */
export type Services = Readonly<Record<string, AnyService["bivarianceHack"]>>;

/** What a service takes. */
export type InputOf<S> = S extends Service<infer Input, infer _Output, infer _Progress> ? Input : never;
/** What a service gives. */
export type OutputOf<S> = S extends (...given: never[]) => Promise<infer Output> ? Output : never;
/** What a service reports. */
export type ProgressOf<S> = S extends (input: never, report: (progress: infer Progress) => void) => unknown
  ? Progress
  : never;

/** From the page to its worker. */
export type Request = { kind: "call"; id: number; name: string; input: unknown } | { kind: "cancel"; id: number };

/** From the worker to its page: first that it listens, then the results of calls. */
export type Response =
  | { kind: "ready" }
  | { kind: "result"; id: number; output: unknown }
  | { kind: "progress"; id: number; progress: unknown }
  | { kind: "error"; id: number; name: string; message: string };
