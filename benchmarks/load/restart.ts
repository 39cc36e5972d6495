import { setTimeout } from "node:timers/promises";
import { serve, type Served, statusOf } from "./served.js";

/** The results of callers while a service was killed under load and started again. */
export interface RestartFigures {
  answeredBefore: number;
  /** Number of requests that found no service, or lost it. */
  lost: number;
  answeredAfter: number;
  /**
   * Number of requests that got no samples although they began when the service was ready again, and of answers other
   * than samples and 503.
   */
  errors: number;
}

/**
 * Kills a service while callers send requests, and starts it again on the same port; each caller retries a little
 * later.
 */
export async function killUnderLoad(
  body: string,
  { callers, options }: { callers: number; options: readonly string[] },
): Promise<RestartFigures> {
  const figures = { answeredBefore: 0, lost: 0, answeredAfter: 0, errors: 0 };
  let state: "before" | "between" | "after" | "over" = "before";
  let served: Served = await serve(...options, "--port", "0");
  const { address } = served;
  const ask = async (): Promise<void> => {
    while (state !== "over") {
      const begun = state;
      const status = await statusOf({ address }, body);
      if (status === 200) figures[begun === "before" ? "answeredBefore" : "answeredAfter"]++;
      else if (begun === "after" || (status !== 0 && status !== 503)) figures.errors++;
      else figures.lost++;
      if (status !== 200) await setTimeout(100);
    }
  };
  const asking = Array.from({ length: callers }, ask);
  await setTimeout(2000);
  served.child.kill("SIGKILL");
  await served.ended;
  state = "between";
  served = await serve(...options, "--port", new URL(address).port);
  state = "after";
  await setTimeout(2000);
  state = "over";
  await Promise.all(asking);
  await served.stop();
  if (figures.answeredBefore === 0 || figures.answeredAfter === 0) figures.errors++;
  return figures;
}
