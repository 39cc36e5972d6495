import { type ComponentChildren } from "preact";

/** A message in the flow of the page: read out at once if it is an error, in turn if not. */
export function Notice({ kind = "note", children }: { kind?: "note" | "error"; children: ComponentChildren }) {
  return (
    <p class={`notice ${kind}`} role={kind === "error" ? "alert" : "status"}>
      {children}
    </p>
  );
}
