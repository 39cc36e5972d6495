import { useSignalEffect } from "@preact/signals";
import { type ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Notice } from "../ui/index.js";
import { missingFeatures } from "./features.js";
import { type PageProps } from "./page-props.js";
import { pages } from "./pages.js";
import { hashOf, route } from "./route.js";
import { ThemeSwitch } from "./theme-switch.js";

/** The frame around every page: menu, theme, and a notice of what the browser lacks. */
export function App() {
  const [{ path, state }, setRoute] = useState(route.value);
  useSignalEffect(() => setRoute(route.value));
  const page = pages.find((each) => each.path === path) ?? (path === "" ? pages[0] : undefined);
  const missing = missingFeatures();
  return (
    <>
      <a class="skip-link" href="#main" onClick={skipToMain}>
        Skip to the page
      </a>
      <header class="site-header">
        <a class="site-name" href={hashOf(pages[0].path)}>
          <span aria-hidden="true" class="site-mark" />
          Variational Flow Maps
        </a>
        <nav aria-label="Pages">
          {pages.map(({ path: own, title }) => (
            <a key={own} href={hashOf(own)} aria-current={own === page?.path ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <ThemeSwitch />
      </header>
      <main id="main" tabIndex={-1}>
        {missing.length > 0 ? (
          <Notice>{missing.join(" ")}</Notice>
        ) : page === undefined ? (
          <Notice>
            There is no page “{path}”. <a href={hashOf(pages[0].path)}>Go to {pages[0].title}</a>
          </Notice>
        ) : (
          <OpenPage key={page.path} path={page.path} state={state} />
        )}
      </main>
      <footer class="site-footer">
        <p>Everything is computed in this page: no image and no number leaves your device.</p>
      </footer>
    </>
  );
}

// The hash is the address of pages, so the link cannot be followed as usual.
function skipToMain(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#main")?.focus();
}

function OpenPage({ path, state }: { path: string } & PageProps) {
  const [loaded, setLoaded] = useState<{ Page: ComponentType<PageProps> } | { failure: string }>();
  useEffect(() => {
    const page = pages.find((each) => each.path === path);
    document.title = `${page?.title ?? ""} · VFM studio`;
    page?.load().then(
      (Page) => setLoaded({ Page }),
      (error: unknown) => setLoaded({ failure: String(error) }),
    );
  }, [path]);
  if (loaded === undefined) return null;
  if ("failure" in loaded)
    return (
      <Notice>
        The page could not be loaded ({loaded.failure}).{" "}
        <button type="button" class="link" onClick={() => location.reload()}>
          Reload
        </button>
      </Notice>
    );
  const { Page } = loaded;
  return <Page state={state} />;
}
