import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { conversationIdOf, idHex } from "../../schema/values/ids.ts";
import { CALL_ENDS } from "../call/call-ends.ts";
import type { CallSpan, CallTrace, TraceAttributes, TracedCall } from "../call/trace-ports.ts";
import type { RunningTraces, TraceDeps, TraceSettings } from "./traces.ts";

/** Traces by the OpenTelemetry SDK. Loaded only where a collector is configured: nothing else imports this file. */

/** Spans that wait or are on their way: beyond them new ones are dropped, and counted. */
const MAX_WAITING = 2_048;
const BATCH = 256;
const MAX_VALUE_CHARS = 256;
const MAX_SPANS_OF_A_CALL = 64;

export function startOtlpTraces(settings: TraceSettings, deps: TraceDeps): RunningTraces {
  const ids = new CallTraceIds();
  const exporter = new OTLPTraceExporter({
    url: settings.url,
    headers: Object.fromEntries(
      [...settings.headers].map(([name, value]) => [name, value.reveal()]),
    ),
    timeoutMillis: settings.exportLimitMs,
    concurrencyLimit: (2 * MAX_WAITING) / BATCH,
  });
  const queue = boundedQueue(exporter, settings, deps.spansExported);
  const provider = new TracerProvider({
    idGenerator: ids,
    sampler: samplerOf(settings.sampleRatio),
    spanLimits: { attributeValueLengthLimit: MAX_VALUE_CHARS, attributeCountLimit: 32 },
    resource: resourceFromAttributes({
      "service.name": settings.serviceName,
      "service.version": deps.version,
      "service.instance.id": deps.node.id,
      "trunkline.region": deps.node.region,
    }),
    spanProcessors: [queue],
  });
  const tracer = provider.getTracer("trunkline", deps.version);

  return {
    start(call) {
      ids.next = idHex(call.callId);
      const root = tracer.startSpan(
        "call",
        {
          kind: call.direction === "inbound" ? SpanKind.SERVER : SpanKind.CLIENT,
          startTime: call.startedAtMs,
          attributes: attributesOf(call),
        },
        ROOT_CONTEXT,
      );
      return callTrace(root, (name, attributes) =>
        tracer.startSpan(
          name,
          { kind: SpanKind.INTERNAL, attributes },
          trace.setSpan(ROOT_CONTEXT, root),
        ),
      );
    },
    async stop(limitMs) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, limitMs);
      // What the collector does not take is lost, and counted where it was.
      const done = provider.shutdown().catch(() => undefined);
      await Promise.race([done, late.promise]);
      clearTimeout(timer);
    },
  };
}

function callTrace(
  root: Span,
  startSpan: (name: string, attributes: TraceAttributes) => Span,
): CallTrace {
  const open = new Set<CallSpan>();
  let started = 0;
  let isEnded = false;
  return {
    span(name, attributes = {}) {
      started += 1;
      if (isEnded || started > MAX_SPANS_OF_A_CALL) return { traceparent: null, end() {} };
      const span = startSpan(name, attributes);
      const made: CallSpan = {
        traceparent: traceparentOf(span),
        end(failure, late = {}) {
          if (!open.delete(made)) return;
          finish(span, failure, late);
        },
      };
      open.add(made);
      return made;
    },
    end(code, attributes = {}) {
      if (isEnded) return;
      isEnded = true;
      for (const span of open) span.end(null);
      const { blame } = CALL_ENDS[code];
      const end = { "trunkline.end.code": code, "trunkline.end.blame": blame };
      finish(root, blame === "none" ? null : code, { ...attributes, ...end });
    },
  };
}

function finish(span: Span, failure: string | null, attributes: TraceAttributes): void {
  span.setAttributes({ ...attributes });
  if (failure !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
  span.end();
}

/** W3C Trace Context §3.2. A trace that is not sampled has its place all the same, and says so. */
function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${(traceFlags & 1).toString(16).padStart(2, "0")}`;
}

function attributesOf(call: TracedCall): TraceAttributes {
  return {
    "trunkline.call.id": call.callId,
    "trunkline.conversation.id": conversationIdOf(call.callId),
    "trunkline.direction": call.direction,
    "trunkline.workspace.id": call.workspaceId,
    "trunkline.phone_number.id": call.phoneNumberId,
    "trunkline.agent.id": call.agentId,
    "trunkline.trunk.id": call.trunkId,
    ...(call.sipCallId === null ? {} : { "sip.call_id": call.sipCallId }),
    ...(call.transport === null ? {} : { "sip.transport": call.transport }),
  };
}

function samplerOf(ratio: number): Sampler {
  if (ratio >= 1) return new AlwaysOnSampler();
  return ratio <= 0 ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(ratio);
}

/** The SDK's queue, with a limit that also counts what is on its way, and with what became of each span. */
function boundedQueue(
  exporter: SpanExporter,
  settings: Pick<TraceSettings, "scheduleMs" | "exportLimitMs">,
  counted: TraceDeps["spansExported"],
): SpanProcessor {
  let waiting = 0;
  const queue = new BatchSpanProcessor({
    maxQueueSize: MAX_WAITING,
    maxExportBatchSize: BATCH,
    scheduledDelayMillis: settings.scheduleMs,
    exportTimeoutMillis: settings.exportLimitMs * 2,
    exporter: {
      export(spans, done) {
        exporter.export(spans, (result) => {
          waiting -= spans.length;
          // `ExportResultCode.SUCCESS`, which is not exported by what this imports.
          counted(result.code === 0 ? "sent" : "failed", spans.length);
          done(result);
        });
      },
      shutdown: () => exporter.shutdown(),
    },
  });
  return {
    onStart: () => undefined,
    onEnd(span: ReadableSpan) {
      if ((span.spanContext().traceFlags & 1) === 0) return;
      if (waiting >= MAX_WAITING) {
        counted("dropped", 1);
        return;
      }
      waiting += 1;
      queue.onEnd(span);
    },
    forceFlush: () => queue.forceFlush(),
    shutdown: () => queue.shutdown(),
  };
}

/** A call's trace has the call's own 128 bits, so that whoever knows the one can name the other. */
class CallTraceIds {
  next = "";

  /** Asked for the root of a trace only. */
  generateTraceId(): string {
    return this.next;
  }

  generateSpanId(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(8));
    const hex = Buffer.from(bytes).toString("hex");
    return /^0+$/.test(hex) ? "0000000000000001" : hex;
  }
}
