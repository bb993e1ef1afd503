import { Dialog } from "@base-ui/react/dialog";
import { useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type FormEvent,
  type ReactNode,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";
import type { SessionView } from "../schema/contracts/console-session.ts";
import { currentSession, onAnswer, signIn, signOut } from "./api.ts";
import { ApiProblem, isPassing } from "./model/problem.ts";
import { ProviderSignIn } from "./provider-sign-in.tsx";
import { TextField } from "./ui/field.tsx";
import { Loading, ProblemNotice } from "./ui/notice.tsx";
import { Button, useTitle } from "./ui/parts.tsx";

/** Who is signed in, and what is shown while nobody is or the server cannot be reached. */

const PING_MS = 2_000;

interface Session {
  readonly view: SessionView;
  readonly leave: () => Promise<void>;
}

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("a screen outside of the session");
  return session;
}

type Health = "ok" | "signed_out" | "unreachable";
let health: Health = "ok";
const listeners = new Set<() => void>();
function setHealth(next: Health): void {
  if (next === health) return;
  health = next;
  for (const listener of listeners) listener();
}
onAnswer((problem) => {
  if (problem === null) setHealth("ok");
  else if (problem.kind === "signed_out") setHealth("signed_out");
  else if (problem.status === 0 || problem.kind === "unavailable") setHealth("unreachable");
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The sign-in first; then the children, which stay as they are when the session is lost. */
export function SessionGate({ children }: { children: ReactNode }) {
  const [view, setView] = useState<SessionView | null>(null);
  const [start, setStart] = useState<{ asked: boolean; error: unknown }>({
    asked: false,
    error: null,
  });
  const client = useQueryClient();

  const look = (): void => {
    setStart({ asked: false, error: null });
    currentSession().then(
      (found) => {
        setView(found);
        setStart({ asked: true, error: null });
      },
      (error: unknown) => setStart({ asked: true, error }),
    );
  };
  useEffect(look, []);

  const leave = async (): Promise<void> => {
    await signOut();
    client.clear();
    setView(null);
  };

  if (view === null) {
    if (!start.asked) return <Loading what="the console" />;
    return (
      <main className="entrance">
        {start.error === null ? (
          <SignIn onSession={setView} />
        ) : (
          <ProblemNotice error={start.error} retry={look} />
        )}
      </main>
    );
  }
  const entered = (next: SessionView): void => {
    // Another key may be of another workspace: what was read with the first is not shown to the second.
    if (next.workspace_id !== view.workspace_id) client.clear();
    setView(next);
    setHealth("ok");
    client.invalidateQueries().catch(() => undefined);
  };
  return (
    <SessionContext value={{ view, leave }}>
      <Connection />
      {children}
      <SignInAgain onSession={entered} />
    </SessionContext>
  );
}

function SignIn({ onSession }: { onSession: (session: SessionView) => void }) {
  useTitle("Sign in");
  return (
    <div className="card">
      <h1>Trunkline console</h1>
      <ProviderSignIn />
      <KeyForm onSession={onSession} />
    </div>
  );
}

function KeyForm({ onSession }: { onSession: (session: SessionView) => void }) {
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const wrong = isWrongKey(error) ? error : null;
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      onSession(await signIn(key));
    } catch (cause) {
      setError(cause);
    }
    setBusy(false);
  };
  return (
    <form className="stack" onSubmit={(event) => void send(event)} noValidate>
      <TextField
        label="API key"
        type="password"
        value={key}
        onText={setKey}
        required
        wrong={wrong === null ? null : { detail: wrong.message, hint: null }}
        help="It begins with tk_live_ or tk_test_. `npm start` prints one. The browser does not keep it."
      />
      {wrong === null ? <ProblemNotice error={error} /> : null}
      <Button look="primary" type="submit" aria-disabled={busy}>
        {busy ? "Signing in…" : "Sign in"}
      </Button>
    </form>
  );
}

function isWrongKey(error: unknown): error is ApiProblem {
  return error instanceof ApiProblem && ["signed_out", "invalid"].includes(error.kind);
}

/** Over the screen, so that nothing that was typed there is lost. */
function SignInAgain({ onSession }: { onSession: (session: SessionView) => void }) {
  const state = useSyncExternalStore(subscribe, () => health);
  return (
    <Dialog.Root open={state === "signed_out"}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="popup narrow">
          <header className="popup-head">
            <Dialog.Title>Sign in again</Dialog.Title>
          </header>
          <div className="body">
            <Dialog.Description>
              The session is over, or its key was revoked. What you typed is still there.
            </Dialog.Description>
            <KeyForm onSession={onSession} />
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** While the server cannot be reached, asks until it can; then everything that is shown is read again. */
function Connection() {
  const state = useSyncExternalStore(subscribe, () => health);
  const client = useQueryClient();
  const isAway = state === "unreachable";
  useEffect(() => {
    if (!isAway) return;
    const timer = setInterval(() => {
      currentSession().then(
        (session) => {
          if (session === null) setHealth("signed_out");
          else client.invalidateQueries().catch(() => undefined);
        },
        (error: unknown) => {
          if (!(error instanceof ApiProblem)) throw error;
        },
      );
    }, PING_MS);
    return () => clearInterval(timer);
  }, [isAway, client]);
  return (
    <div role="status">
      {isAway ? (
        <div className="banner">
          The server cannot be reached. What you typed is kept, and the console goes on when it is
          back.
        </div>
      ) : null}
    </div>
  );
}

/** How often a reading request is asked again by itself, and when. */
export function retryQuery(count: number, error: unknown): boolean {
  return count < 2 && error instanceof ApiProblem && isPassing(error);
}

export function retryDelay(count: number, error: unknown): number {
  const said = error instanceof ApiProblem ? error.retryAfterSecs : null;
  return said === null ? 500 * 2 ** count : Math.min(said, 30) * 1_000;
}
