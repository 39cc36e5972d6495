/** A gate: those who pass it wait while it is closed. */
export interface Gate {
  close(): void;
  open(): void;
  /** Waits while it is closed. */
  pass(): Promise<void>;
}

/** An open gate. */
export function openGate(): Gate {
  let passage = Promise.resolve();
  let release = (): void => undefined;
  let closed = false;
  return {
    close() {
      if (closed) return;
      closed = true;
      passage = new Promise((resolve) => (release = resolve));
    },
    open() {
      closed = false;
      release();
    },
    pass: () => passage,
  };
}
