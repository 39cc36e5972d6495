import { buffersOf } from "./buffers.js";
import { type Request, type Response, type Services } from "./services.js";

/** The side of a worker that a service is offered on. */
export interface Port {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
}

/** Offers services to the page that started this worker. */
export function serve(services: Services, port: Port = self as unknown as Port): void {
  const running = new Map<number, AbortController>();
  const send = (response: Response): void => port.postMessage(response, buffersOf(response));
  const call = async ({ id, name, input }: Extract<Request, { kind: "call" }>): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const report = (progress: unknown): void => send({ kind: "progress", id, progress });
      send({ kind: "result", id, output: await services[name](input, report, controller.signal) });
    } catch (error) {
      const { name: kind, message } = error instanceof Error ? error : new Error(String(error));
      send({ kind: "error", id, name: kind, message });
    } finally {
      running.delete(id);
    }
  };
  port.addEventListener("message", ({ data }) => {
    const request = data as Request;
    if (request.kind === "call") void call(request);
    else running.get(request.id)?.abort();
  });
  send({ kind: "ready" });
}
