import { type ComponentChildren } from "preact";

/** A message in the flow of the page: a screen reader reads an error at once, another message in turn. */
export function Notice({ kind = "note", children }: { kind?: "note" | "error"; children: ComponentChildren }) {
  return (
    <p class={`notice ${kind}`} role={kind === "error" ? "alert" : "status"}>
      {children}
    </p>
  );
}
