import { z } from "zod";
import { Secret } from "../schema/values/secret.ts";
import { millisecondsSchema, urlSchema } from "./config-values.ts";
import type { TraceSettings } from "./telemetry/traces.ts";

/** The variables of traces, by the names that the OpenTelemetry specification gives them. */

const SAMPLERS = {
  always_on: () => 1,
  always_off: () => 0,
  traceidratio: (ratio: number) => ratio,
  // A call has no parent: these are the same.
  parentbased_always_on: () => 1,
  parentbased_always_off: () => 0,
  parentbased_traceidratio: (ratio: number) => ratio,
} as const satisfies Record<string, (ratio: number) => number>;

/** W3C Baggage, as the specification wants the variable: `name=value` pairs, values percent-encoded. */
const headersSchema = z.string().transform((text, context) => {
  const headers = new Map<string, Secret>();
  for (const pair of text.split(",")) {
    const [, name, value] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x21-\x7e]*)\s*$/.exec(pair) ?? [];
    const decoded = value === undefined ? null : decode(value);
    if (name === undefined || decoded === null) {
      context.addIssue("must be name=value pairs separated by commas, values percent-encoded");
      return z.NEVER;
    }
    headers.set(name, new Secret(decoded));
  }
  return headers;
});

export const traceEnvironment = {
  OTEL_EXPORTER_OTLP_ENDPOINT: urlSchema.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: urlSchema.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: headersSchema.optional(),
  OTEL_TRACES_SAMPLER: z
    .enum([
      "always_on",
      "always_off",
      "traceidratio",
      "parentbased_always_on",
      "parentbased_always_off",
      "parentbased_traceidratio",
    ])
    .default("parentbased_always_on"),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0(\.\d{1,9})?|1(\.0{1,9})?)$/, "must be a ratio from 0 to 1, such as 0.1")
    .transform(Number)
    .default(1),
  OTEL_SERVICE_NAME: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/, "must be a name without spaces")
    .default("trunkline-media-node"),
  OTEL_BSP_SCHEDULE_DELAY: millisecondsSchema.default(5_000),
  OTEL_EXPORTER_OTLP_TIMEOUT: millisecondsSchema.default(10_000),
};

const environmentSchema = z.object(traceEnvironment);

/** Null without a collector. */
export function traceSettings(env: z.output<typeof environmentSchema>): TraceSettings | null {
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const url =
    env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ??
    (base === undefined ? null : `${base.replace(/\/+$/, "")}/v1/traces`);
  if (url === null) return null;
  return {
    url,
    headers: env.OTEL_EXPORTER_OTLP_HEADERS ?? new Map(),
    sampleRatio: SAMPLERS[env.OTEL_TRACES_SAMPLER](env.OTEL_TRACES_SAMPLER_ARG),
    serviceName: env.OTEL_SERVICE_NAME,
    scheduleMs: env.OTEL_BSP_SCHEDULE_DELAY,
    exportLimitMs: env.OTEL_EXPORTER_OTLP_TIMEOUT,
  };
}

function decode(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}
