import { Counter, Gauge, type Registry } from "prom-client";

/** What the SIP engine counts in its own thread, since its start. Structural: telemetry knows no engine. */
export interface SipCountsSource {
  readonly messages: readonly {
    readonly direction: string;
    readonly transport: string;
    readonly method: string;
    readonly kind: string;
    readonly count: number;
  }[];
  readonly door: readonly { readonly reason: string; readonly count: number }[];
  readonly bans: number;
  readonly bannedNow: number;
  readonly connections: number;
  readonly certificateNotAfterMs: number | null;
  readonly dialogs: number;
  readonly transactions: number;
  readonly relayed: readonly {
    readonly direction: string;
    readonly result: string;
    readonly count: number;
  }[];
}

const MILLISECONDS = 1_000;

/** Read once a scrape, whichever metric is asked first. An engine that starts again counts from nothing, as counters may. */
export function registerSipMetrics(
  registry: Registry,
  read: () => Promise<SipCountsSource | null>,
): void {
  const registers = [registry];
  let reading: Promise<SipCountsSource | null> | null = null;
  const counts = (): Promise<SipCountsSource | null> => {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };
  new Counter({
    name: "trunkline_sip_messages_total",
    help: "SIP messages by direction, transport, method and kind: request, or the class of the response.",
    labelNames: ["direction", "transport", "method", "kind"],
    registers,
    async collect() {
      const now = await counts();
      this.reset();
      for (const { count, ...labels } of now?.messages ?? []) this.inc(labels, count);
    },
  });
  new Counter({
    name: "trunkline_sip_turned_away_total",
    help: "What was turned away at the door, or counted against its source, by reason.",
    labelNames: ["reason"],
    registers,
    async collect() {
      const now = await counts();
      this.reset();
      for (const { reason, count } of now?.door ?? []) this.inc({ reason }, count);
    },
  });
  new Counter({
    name: "trunkline_sip_relayed_total",
    help: "Requests of dialogs of other nodes, handed on (out) or taken from the node that got them (in), by result.",
    labelNames: ["direction", "result"],
    registers,
    async collect() {
      const now = await counts();
      this.reset();
      for (const { count, ...labels } of now?.relayed ?? []) this.inc(labels, count);
    },
  });
  new Counter({
    name: "trunkline_sip_bans_total",
    help: "Times a source was banned.",
    registers,
    async collect() {
      const now = await counts();
      this.reset();
      this.inc(now?.bans ?? 0);
    },
  });
  const gauge = (name: string, help: string, of: (now: SipCountsSource) => number) =>
    new Gauge({
      name: `trunkline_${name}`,
      help,
      registers,
      async collect() {
        const now = await counts();
        this.set(now === null ? 0 : of(now));
      },
    });
  gauge("sip_banned_sources", "Sources that are banned now.", (now) => now.bannedNow);
  gauge("sip_connections", "TCP and TLS connections that are open now.", (now) => now.connections);
  gauge("sip_dialogs", "Dialogs that exist now.", (now) => now.dialogs);
  new Gauge({
    name: "trunkline_tls_certificate_not_after_seconds",
    help: "When the certificate that is served expires, in seconds since 1970; absent without TLS.",
    registers,
    async collect() {
      const notAfterMs = (await counts())?.certificateNotAfterMs ?? null;
      // One without TLS has no series, and none that would read as expired.
      this.remove();
      if (notAfterMs !== null) this.set(notAfterMs / MILLISECONDS);
    },
  });
  gauge("sip_transactions", "Transactions that exist now.", (now) => now.transactions);
}
