const TIME = "2026-11-22T10:00:00.000Z";
const COUNTS = { calls: 12, answered_calls: 10, call_secs: 3_600, test_calls: 2 };
const END = { has_more: false, next_cursor: null };

/** As the contracts of these resources have them. */
export const OPERATOR_ANSWERS = {
  "/v1/api-keys": {
    data: [
      {
        api_key_id: "key_1",
        name: "Reporting",
        member: null,
        last4: "x9Qa",
        scopes: ["calls:read"],
        allowed_cidrs: null,
        rotated_from: null,
        status: "active",
        created_at: TIME,
        expires_at: null,
        last_used_at: TIME,
      },
    ],
    ...END,
  },
  "/v1/nodes": {
    data: [
      {
        node_id: "node_1",
        name: "node-eu-1",
        region: "eu",
        public_address: "203.0.113.10",
        status: "ready",
        active_calls: 3,
        seen_at: TIME,
      },
    ],
    ...END,
  },
  "/v1/usage": {
    from: "2026-10-24",
    to: "2026-11-22",
    data: [{ date: "2026-11-22", direction: "inbound", ...COUNTS }],
    total: COUNTS,
  },
  "/v1/limits": { concurrency_limit: 30, active_calls: 3, calls_per_second: null },
  "/v1/network-readers": {
    version: 8,
    data: [
      {
        api_key_id: "key_1",
        api_key_name: "Firewall",
        version: 7,
        behind: 1,
        path: "/network/v4.txt",
        fetches: 3,
        first_at: TIME,
        last_at: TIME,
      },
    ],
  },
  "/v1/audit-log": {
    data: [
      {
        id: "aud_1",
        sequence: 1,
        at: TIME,
        actor: { kind: "api_key", id: "key_1" },
        operation: "PATCH /v1/convai/agents/agent_1",
        target: "agent_1",
        source_address: "198.51.100.7",
        before: null,
        after: { name: "<b>Bold</b>" },
      },
    ],
    ...END,
  },
};
