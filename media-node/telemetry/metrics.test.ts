import { expect, it } from "vitest";
import { METRIC_SOURCES } from "../../tests/support/node-metrics.ts";
import { createNodeMetrics } from "./metrics.ts";

it("a scrape has what was counted and what the node is now", async () => {
  using metrics = createNodeMetrics({ version: "1.2.3" });
  metrics.watch(METRIC_SOURCES);
  metrics.callStarted("inbound");
  metrics.callSetUp(250);
  metrics.callEnded("inbound", "caller_hung_up", 12_000);
  metrics.callRefused("number_unknown");
  metrics.routingRefused("too_many_rows_lost");
  metrics.linkUp(true);
  metrics.qualitySampled({
    codec: "PCMA",
    receive: { mos: 4.35, lossRatio: 0.004, jitterMs: 3 },
    send: { mos: null, lossRatio: null, jitterMs: null },
    roundTripMs: 42,
    rtcp: { sent: 2, received: 1, refused: 3 },
  });
  metrics.mediaProcessLost("hung");
  const { text } = await metrics.scrape();
  for (const sample of [
    'trunkline_calls_started_total{direction="inbound"} 1',
    'trunkline_calls_ended_total{direction="inbound",end="caller_hung_up"} 1',
    'trunkline_calls_refused_total{end="number_unknown"} 1',
    "trunkline_call_duration_seconds_sum 12",
    'trunkline_call_setup_seconds_bucket{le="0.3"} 1',
    "trunkline_calls_active 2",
    "trunkline_rtp_port_pairs_used 4",
    "trunkline_rtp_port_pairs 5000",
    "trunkline_routing_epoch 3",
    "trunkline_routing_version 41",
    "trunkline_routing_age_seconds 1.5",
    'trunkline_routing_info{hash="aa"} 1',
    'trunkline_routing_refused_total{code="too_many_rows_lost"} 1',
    "trunkline_outbox_events 6",
    'trunkline_sip_messages_total{direction="in",transport="tls",method="INVITE",kind="request"} 3',
    'trunkline_sip_turned_away_total{reason="too_fast"} 8',
    "trunkline_sip_bans_total 2",
    'trunkline_sip_relayed_total{direction="out",result="taken"} 2',
    "trunkline_sip_banned_sources 1",
    "trunkline_sip_connections 5",
    "trunkline_sip_dialogs 3",
    "trunkline_sip_transactions 4",
    "trunkline_tls_certificate_not_after_seconds 1900000000",
    "trunkline_link_up 1",
    'trunkline_mos_estimate_bucket{le="4.3",direction="receive",codec="PCMA"} 0',
    'trunkline_mos_estimate_bucket{le="4.4",direction="receive",codec="PCMA"} 1',
    'trunkline_rtp_loss_ratio_bucket{le="0.005",direction="receive",codec="PCMA"} 1',
    'trunkline_rtp_jitter_seconds_sum{direction="receive",codec="PCMA"} 0.003',
    'trunkline_rtp_round_trip_seconds_bucket{le="0.05",codec="PCMA"} 1',
    'trunkline_rtcp_packets_total{direction="send"} 2',
    'trunkline_rtcp_packets_total{direction="receive"} 1',
    "trunkline_rtcp_refused_total 3",
    'trunkline_media_process_up{process="0"} 1',
    'trunkline_media_process_up{process="1"} 0',
    'trunkline_media_process_calls{process="0"} 3',
    'trunkline_media_process_resident_bytes{process="0"} 70000000',
    'trunkline_media_process_loop_lag_seconds{process="0",quantile="0.99"} 0.002',
    'trunkline_media_process_srtp_contexts{process="0"} 6',
    'trunkline_media_process_packet_failures_total{process="0",direction="send"} 9',
    'trunkline_media_process_packet_failures_total{process="0",direction="receive"} 0',
    'trunkline_media_process_losses_total{cause="hung"} 1',
    "trunkline_ready 1",
    "trunkline_draining 0",
    'trunkline_build_info{version="1.2.3"} 1',
  ]) {
    expect(text.split("\n")).toContain(sample);
  }
  expect(text).not.toContain('trunkline_mos_estimate_count{direction="send"');
  expect(text).toContain('trunkline_event_loop_lag_seconds{quantile="0.99"}');
});

it("another hash replaces the one before", async () => {
  using metrics = createNodeMetrics({ version: "1" });
  let hash = "aa";
  metrics.watch({ ...METRIC_SOURCES, routing: () => ({ epoch: 1, version: 1, rows: 1, hash }) });
  await metrics.scrape();
  hash = "bb";
  const { text } = await metrics.scrape();
  expect(text).toContain('trunkline_routing_info{hash="bb"} 1');
  expect(text).not.toContain('hash="aa"');
});

it("only counters end in _total, and every name has the prefix", async () => {
  using metrics = createNodeMetrics({ version: "1" });
  const { text } = await metrics.scrape();
  for (const [, name = "", type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    expect(name).toMatch(/^trunkline_/);
    expect(name.endsWith("_total"), name).toBe(type === "counter");
  }
});

it("a scrape repeated counts nothing twice, and an engine that started again counts from nothing", async () => {
  using metrics = createNodeMetrics({ version: "1" });
  let bans = 7;
  const none = {
    connections: 0,
    certificateNotAfterMs: null,
    dialogs: 0,
    transactions: 0,
    relayed: [],
  };
  metrics.watch({
    ...METRIC_SOURCES,
    sip: async () => ({ messages: [], door: [], bans, bannedNow: 0, ...none }),
  });
  await metrics.scrape();
  expect((await metrics.scrape()).text).toContain("trunkline_sip_bans_total 7");
  bans = 1;
  expect((await metrics.scrape()).text).toContain("trunkline_sip_bans_total 1");
});
