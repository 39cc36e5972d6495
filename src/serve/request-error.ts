import { InputError } from "../errors.js";

/** What is wrong with a request, or why it is not answered now: an HTTP status and one line. */
export class RequestError extends InputError {
  override name = "RequestError";

  /** @param retryAfter seconds after which the same request may be answered */
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}
