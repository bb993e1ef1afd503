import type { AgentRoute } from "../../schema/contracts/routing.ts";
import { isObject, memberOf } from "./agent-settings.ts";

/** An agent's limits, out of the vendor's objects in which they are kept. */

type VendorFields = Readonly<Record<string, unknown>>;

const NO_LIMIT = -1;
const DEFAULTS = {
  call_limits: { agent_concurrency_limit: NO_LIMIT, daily_limit: 100_000 },
  queueing_config: { enabled: false, wait_timeout_seconds: 180 },
} as const;

/** `platform_settings` as they are in force. */
export function platformSettingsOf(vendorFields: VendorFields): Record<string, unknown> {
  const kept = vendorFields["platform_settings"];
  const settings = isObject(kept) ? kept : {};
  return {
    ...settings,
    call_limits: inForce(DEFAULTS.call_limits, settings["call_limits"]),
    queueing_config: inForce(DEFAULTS.queueing_config, settings["queueing_config"]),
  };
}

/** What of it a node has to know. What is kept from before it was checked counts as not given. */
export function agentLimits(
  vendorFields: VendorFields,
): Pick<AgentRoute, "limits" | "queue" | "silenceTimeoutSecs"> {
  const settings = platformSettingsOf(vendorFields);
  const limits = settings["call_limits"];
  const queueing = settings["queueing_config"];
  const concurrency = wholeNumber(memberOf(limits, "agent_concurrency_limit")) ?? NO_LIMIT;
  const daily = wholeNumber(memberOf(limits, "daily_limit"));
  const waitTimeoutSecs = memberOf(queueing, "wait_timeout_seconds");
  const turn = memberOf(vendorFields["conversation_config"], "turn");
  const silence = memberOf(turn, "silence_end_call_timeout");
  return {
    limits: {
      concurrency: concurrency < 0 ? null : concurrency,
      daily: daily === null || daily < 0 ? DEFAULTS.call_limits.daily_limit : daily,
    },
    queue:
      memberOf(queueing, "enabled") === true
        ? { waitTimeoutSecs: isPositive(waitTimeoutSecs) ? waitTimeoutSecs : DEFAULT_WAIT_SECS }
        : null,
    silenceTimeoutSecs: isPositive(silence) ? silence : null,
  };
}

const DEFAULT_WAIT_SECS = DEFAULTS.queueing_config.wait_timeout_seconds;

/** Null is what clients write for what they leave to us. */
function inForce(defaults: VendorFields, kept: unknown): Record<string, unknown> {
  const given = isObject(kept) ? Object.entries(kept).filter(([, value]) => value !== null) : [];
  return { ...defaults, ...Object.fromEntries(given) };
}

function wholeNumber(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && value > 0;
}
