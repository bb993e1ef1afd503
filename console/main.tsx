import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { retryDelay, retryQuery } from "./session.tsx";
import { applyTheme } from "./theme.tsx";
import "./styles/console.css";

/** The page's entry. */

applyTheme();
const client = new QueryClient({
  defaultOptions: {
    queries: { retry: retryQuery, retryDelay, staleTime: 5_000, gcTime: 60_000 },
    // What changes something is asked again by the reader alone.
    mutations: { retry: false },
  },
});
const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");
createRoot(root).render(
  <CSPProvider disableStyleElements>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </CSPProvider>,
);
