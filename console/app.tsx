import { Suspense, useEffect, useRef, useState } from "react";
import { Link, navigate, useRoute } from "./router.tsx";
import { GROUPS, type Screen } from "./screen-table.tsx";
import { SessionGate, useSession } from "./session.tsx";
import { ThemeField } from "./theme.tsx";
import { ErrorBoundary } from "./ui/boundary.tsx";
import { Loading } from "./ui/notice.tsx";
import { Button, Empty, PageHead } from "./ui/parts.tsx";
import { Toasts } from "./ui/toast.tsx";

/** The frame around every screen: who is signed in, where one can go, where one is. */

const SCREENS = GROUPS.flatMap(({ screens }) => screens);

export function App() {
  return (
    <>
      <SessionGate>
        <Shell />
      </SessionGate>
      <Toasts />
    </>
  );
}

function Shell() {
  const [at = "", id] = useRoute();
  const isRoot = at === "";
  useEffect(() => {
    if (isRoot) navigate("/phone-numbers", { replace: true });
  }, [isRoot]);
  const screen = SCREENS.find(({ path }) => path === at);
  const main = useRef<HTMLElement>(null);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Side at={at} />
      <main id="main" ref={main} tabIndex={-1}>
        <ErrorBoundary key={`${at}/${id ?? ""}`}>
          <Suspense fallback={<Loading what="the screen" />}>
            <Content screen={screen} id={id} isRoot={isRoot} />
          </Suspense>
        </ErrorBoundary>
      </main>
    </div>
  );
}

function Content(props: {
  readonly screen: Screen | undefined;
  readonly id: string | undefined;
  readonly isRoot: boolean;
}) {
  const { screen, id } = props;
  if (props.isRoot) return null;
  if (screen === undefined || (id !== undefined && screen.detail === undefined)) {
    return (
      <>
        <PageHead title="There is nothing at this address" />
        <Empty title="The console has no such screen">
          <Link to="/phone-numbers">Go to the phone numbers</Link>
        </Empty>
      </>
    );
  }
  if (id !== undefined && screen.detail !== undefined) return <screen.detail id={id} />;
  return <screen.view />;
}

function Side({ at }: { at: string }) {
  const { view, leave } = useSession();
  const [isOpen, setOpen] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: closed by going somewhere.
  useEffect(() => setOpen(false), [at]);
  return (
    <header className="side" data-open={isOpen}>
      <div className="brand">
        <span>Trunkline</span>
        <Button
          className="menu-button"
          size="small"
          aria-expanded={isOpen}
          aria-controls="navigation"
          onClick={() => setOpen(!isOpen)}
        >
          Menu
        </Button>
      </div>
      <nav id="navigation" aria-label="Console" className="stack">
        {GROUPS.map((group) => (
          <div key={group.name}>
            <h2>{group.name}</h2>
            <ul>
              {group.screens.map(({ path, name }) => (
                <li key={path}>
                  <Link to={`/${path}`} aria-current={path === at ? "page" : undefined}>
                    {name}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <div className="foot">
        <ThemeField />
        <span className="who muted">
          <span>Region {view.region}</span>
          <code title={view.workspace_id}>{view.workspace_id}</code>
        </span>
        <Button size="small" onClick={() => void leave()}>
          Sign out
        </Button>
      </div>
    </header>
  );
}
