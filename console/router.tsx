import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from "react";

/** The address bar is the state: every screen and every filter has a URL that can be shared. */

const ROOT = "/console";

const listeners = new Set<() => void>();
const changed = (): void => {
  for (const listener of listeners) listener();
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}

/** A path below /console, e.g. `/calls?agent_id=…`. */
export function navigate(to: string, options: { readonly replace?: boolean } = {}): void {
  if (options.replace === true) history.replaceState(null, "", ROOT + to);
  else history.pushState(null, "", ROOT + to);
  changed();
  if (options.replace !== true) window.scrollTo(0, 0);
}

/** Segments of the path below /console, decoded. */
export function useRoute(): readonly string[] {
  const path = useSyncExternalStore(subscribe, () => location.pathname);
  return path
    .slice(ROOT.length)
    .split("/")
    .filter(Boolean)
    .map((segment) => decode(segment));
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** One parameter of the query, and how to change it; an empty value takes it away. */
export function useParam(name: string): readonly [string, (value: string) => void] {
  const search = useSyncExternalStore(subscribe, () => location.search);
  const value = new URLSearchParams(search).get(name) ?? "";
  return [value, (next) => setParams({ [name]: next })];
}

/** Several at once, in the place of the present ones. */
export function setParams(params: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(params)) {
    if (value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.size === 0 ? "" : `?${query}`;
  navigate(location.pathname.slice(ROOT.length) + text, { replace: true });
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { readonly to: string };

export function Link({ to, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent): void => {
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!isPlain || event.defaultPrevented) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a {...rest} href={ROOT + to} onClick={follow}>
      {children}
    </a>
  );
}
