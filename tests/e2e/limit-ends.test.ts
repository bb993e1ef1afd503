import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CALL_ENDS, type CallEndCode } from "../../media-node/call/call-ends.ts";
import { type ApiClient, createApiClient, importNumber } from "../support/api-client.ts";
import { type Call, type Callers, connectCallers } from "../support/callers.ts";
import { deadline, eventually } from "../support/deadline.ts";
import { createWorkspace, startTrunkline, type Trunkline } from "../support/processes.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const PATIENCE_MS = 10_000;

/** The rows of CALL_ENDS that a limit is the reason of: each 486 for the caller, and with its own reason for the tenant. */
describe("the call that is one too many", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let callers: Callers;
  /** Says nothing. */
  let agent: ToneAgent;
  const resources = new AsyncDisposableStack();

  beforeAll(async () => {
    trunkline = await startTrunkline();
    resources.defer(() => trunkline.stop());
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = resources.use(await startToneAgent(1037, 0));
    callers = resources.use(await connectCallers(trunkline.sipPort));
  });
  afterAll(() => resources.disposeAsync());

  /** A number with such an agent and trunk; resolves with its first call, which is up. */
  async function firstCall(
    number: string,
    settings: { of?: ApiClient; agent?: object; trunk?: Record<string, unknown> },
  ): Promise<Call> {
    const { of = api, trunk = {} } = settings;
    const made = await of.post("/v1/convai/agents/create", {
      name: "Limited",
      connection: { protocol: "native", url: agent.url },
      ...settings.agent,
    });
    expect(made.status).toBe(200);
    const inbound = { allowed_addresses: ["127.0.0.1"], ...trunk };
    await importNumber(of, number, made.body.agent_id, inbound);
    return callUntil(200, number);
  }

  /** The node may not know of it yet. */
  function callUntil(status: number, number: string): Promise<Call> {
    const placed = async () => {
      const call = await callers.call(number);
      return call.status === status ? call : null;
    };
    return eventually(placed, PATIENCE_MS, `no call to ${number} got ${status}`);
  }

  /** The next call is refused, and its tenant can read why. */
  async function expectRefused(number: string, code: CallEndCode, of = api): Promise<void> {
    const refused = await callers.call(number);
    expect(refused.status).toBe(486);
    expect(refused.final.header("Retry-After")).toBe("");
    await expectListed(refused, code, of);
  }

  async function expectListed(refused: Call, code: CallEndCode, of = api): Promise<void> {
    const attempt = await eventually(
      async () => {
        const { body } = await of.get(`/v1/rejected-attempts?code=${code}`);
        const ofCall = (one: { sip_call_id: string }) => one.sip_call_id === refused.callId;
        return body.data.find(ofCall) ?? null;
      },
      PATIENCE_MS,
      `no rejected attempt for ${code}`,
    );
    expect(attempt).toMatchObject({
      code,
      sip_status: 486,
      reason: CALL_ENDS[code].reason,
      hint: expect.any(String),
      source_address: "127.0.0.1",
      from_user: "+4930123",
    });
  }

  /** What the route test says of a call to the number now. */
  async function routeTest(number: string, of = api) {
    const body = { source_address: "127.0.0.1", phone_number: number, transport: "tcp" };
    const answer = await of.post("/v1/route-tests", body);
    expect(answer.status).toBe(200);
    const rules: { rule: string }[] = answer.body.rules;
    return { code: answer.body.code, limits: rules.find(({ rule }) => rule === "limits") };
  }

  it("for its workspace is workspace_limit, whichever of its agents it is for, until a call is over", async () => {
    const limited = await createWorkspace(trunkline, "limited", { concurrency_limit: 1 });
    const first = await firstCall("+14155550721", { of: limited });
    const made = await limited.post("/v1/convai/agents/create", {
      name: "Other",
      connection: { protocol: "native", url: agent.url },
    });
    const trunk = { allowed_addresses: ["127.0.0.1"] };
    await importNumber(limited, "+14155550722", made.body.agent_id, trunk);
    await expectRefused("+14155550721", "workspace_limit", limited);
    await callUntil(486, "+14155550722");
    // Who tests the route is told beforehand.
    expect(await routeTest("+14155550722", limited)).toMatchObject({
      code: "workspace_limit",
      limits: { outcome: "refused", hint: expect.stringContaining("concurrency_limit") },
    });
    await first.hangUp();
    await (await callUntil(200, "+14155550722")).hangUp();
  });

  it("for its agent today is daily_limit, though none is up", async () => {
    const number = "+14155550723";
    const agentOf = { platform_settings: { call_limits: { daily_limit: 1 } } };
    await (await firstCall(number, { agent: agentOf })).hangUp();
    expect((await routeTest(number)).code).toBe("daily_limit");
    await expectRefused(number, "daily_limit");
  });

  it("for its trunk this second is trunk_rate_limit", async () => {
    const number = "+14155550724";
    const first = await firstCall(number, { trunk: { calls_per_second: 1 } });
    await expectRefused(number, "trunk_rate_limit");
    await first.hangUp();
  });

  it("while the hub does not answer is limit_undecided, within a second, and is listed when it does again", async () => {
    const number = "+14155550725";
    const agentOf = { platform_settings: { call_limits: { agent_concurrency_limit: 5 } } };
    const first = await firstCall(number, { agent: agentOf });
    expect(await routeTest(number)).toMatchObject({
      code: null,
      limits: { outcome: "passed", detail: expect.stringContaining("1 of 5 of the agent's calls") },
    });
    await trunkline.freeze("workerd");
    const startedAtMs = performance.now();
    const refused = await callers.call(number);
    const tookMs = performance.now() - startedAtMs;
    await trunkline.thaw("workerd");
    expect(refused.status).toBe(486);
    expect(tookMs).toBeLessThan(1_000);
    await expectListed(refused, "limit_undecided");
    await first.hangUp();
  });

  it("a call in which nobody says anything ends as silence_timeout, by a BYE that says why", async () => {
    const number = "+14155550726";
    const turn = { silence_end_call_timeout: 2 };
    const started = agent.nextSession();
    const call = await firstCall(number, { agent: { conversation_config: { turn } } });
    const { start } = await started;
    const bye = await deadline(call.ended, PATIENCE_MS, "no BYE");
    expect(bye.header("Reason")).toContain(CALL_ENDS.silence_timeout.reason);
    const done = await eventually(
      async () => {
        const { body } = await api.get(`/v1/convai/conversations/${start.conversation_id}`);
        return body.status === "done" ? body : null;
      },
      PATIENCE_MS,
      "no record of the call",
    );
    expect(done).toMatchObject({ end: { code: "silence_timeout" } });
  });
});
