import { type ComponentChildren } from "preact";

/** What went wrong, in the flow of the page: a screen reader reads it at once. */
export function Notice({ children }: { children: ComponentChildren }) {
  return (
    <p class="notice error" role="alert">
      {children}
    </p>
  );
}
