import { type ComponentType, lazy } from "react";
import { CallScreen } from "./screens/call.tsx";
import { CallsScreen } from "./screens/calls.tsx";
import { PhoneNumbersScreen } from "./screens/phone-numbers.tsx";

/** Where one can go. What is opened first comes with the page, the rest when it is opened. */

export interface Screen {
  readonly path: string;
  readonly name: string;
  readonly view: ComponentType;
  /** Shown for what is below its path. */
  readonly detail?: ComponentType<{ readonly id: string }>;
}

const later = (load: () => Promise<ComponentType>): ComponentType =>
  lazy(async () => ({ default: await load() }));

const AgentScreen = lazy(async () => ({
  default: (await import("./screens/agent.tsx")).AgentScreen,
}));

const WebhookScreen = lazy(async () => ({
  default: (await import("./screens/webhook.tsx")).WebhookScreen,
}));

export const GROUPS: readonly { readonly name: string; readonly screens: readonly Screen[] }[] = [
  {
    name: "Set up",
    screens: [
      { path: "phone-numbers", name: "Phone numbers", view: PhoneNumbersScreen },
      {
        path: "agents",
        name: "Agents",
        view: later(async () => (await import("./screens/agents.tsx")).AgentsScreen),
        detail: AgentScreen,
      },
    ],
  },
  {
    name: "Calls",
    screens: [
      {
        path: "live",
        name: "Live calls",
        view: later(async () => (await import("./screens/live-calls.tsx")).LiveCallsScreen),
      },
      { path: "calls", name: "Call history", view: CallsScreen, detail: CallScreen },
      {
        path: "rejected",
        name: "Rejected attempts",
        view: later(async () => (await import("./screens/rejected.tsx")).RejectedScreen),
      },
      {
        path: "route-test",
        name: "Route test",
        view: later(async () => (await import("./screens/route-test.tsx")).RouteTestScreen),
      },
      {
        path: "batch-calls",
        name: "Batch calls",
        view: later(async () => (await import("./screens/batch-calls.tsx")).BatchCallsScreen),
      },
    ],
  },
  {
    name: "Integrate",
    screens: [
      {
        path: "webhooks",
        name: "Webhooks",
        view: later(async () => (await import("./screens/webhooks.tsx")).WebhooksScreen),
        detail: WebhookScreen,
      },
      {
        path: "network",
        name: "Network",
        view: later(async () => (await import("./screens/network.tsx")).NetworkScreen),
      },
      {
        path: "api-keys",
        name: "API keys",
        view: later(async () => (await import("./screens/api-keys.tsx")).ApiKeysScreen),
      },
    ],
  },
  {
    name: "Operate",
    screens: [
      {
        path: "nodes",
        name: "Nodes",
        view: later(async () => (await import("./screens/nodes.tsx")).NodesScreen),
      },
      {
        path: "usage",
        name: "Usage",
        view: later(async () => (await import("./screens/usage.tsx")).UsageScreen),
      },
      {
        path: "audit",
        name: "Audit log",
        view: later(async () => (await import("./screens/audit.tsx")).AuditScreen),
      },
    ],
  },
];
