import { type ComponentChildren } from "preact";

interface LessonProps {
  id: string;
  title: string;
  /** What is explained. */
  text: ComponentChildren;
  /** The live piece beside it. */
  children: ComponentChildren;
}

/** A section of the page: a text and an interactive piece. */
export function Lesson({ id, title, text, children }: LessonProps) {
  return (
    <section class="lesson" aria-labelledby={id}>
      <div class="words">
        <h2 id={id}>{title}</h2>
        {text}
      </div>
      <div class="piece">{children}</div>
    </section>
  );
}
