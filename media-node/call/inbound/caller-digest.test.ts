import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Secret } from "../../../schema/values/secret.ts";
import { ROUTE } from "../../../tests/support/fake-call.ts";
import { parseChallenges, writeCredentials } from "../../protocol/sip/digest.ts";
import type { AuthenticateDecision, DigestCandidate, RouteRefusal } from "../ports.ts";
import { createCallerDigest, isSameTarget } from "./caller-digest.ts";
import { createDigestNonces } from "./digest-nonces.ts";
import { createDigestThrottle } from "./digest-throttle.ts";

const REALM = "sip.example.net";
const URI = "sip:+15005550100@sip.example.net";
const REFUSAL: RouteRefusal = {
  kind: "refuse",
  code: "digest_rejected",
  workspaceId: null,
  phoneNumberId: null,
  detail: "1 trunk(s) ask for a password",
};
const ACME: DigestCandidate = {
  workspaceId: "wksp_1",
  trunkId: "itrk_1",
  username: "acme",
  password: null,
  algorithm: "MD5",
  challengeStatus: 401,
  decision: { kind: "accept", route: ROUTE },
};

interface Retry {
  readonly username?: string;
  readonly password?: string;
  readonly uri?: string;
  readonly method?: string;
  readonly nc?: number;
  /** Other credentials of the same request. */
  readonly before?: readonly string[];
  readonly realm?: string;
  readonly nonce?: string;
  readonly without?: RegExp;
  readonly requestUri?: string;
  readonly source?: string;
}

/** A node that knows the password "zanzibar", and a caller that answers its challenges. */
function setUp(candidates: readonly DigestCandidate[] = [ACME], refusal = REFUSAL) {
  const clock = { ms: 1_750_000_000_000 };
  const nowMs = () => clock.ms;
  const pending: AuthenticateDecision = {
    kind: "authenticate",
    candidates,
    refusal,
    isSourceNamed: false,
  };
  const opened: (string | null)[] = [];
  const errors: string[] = [];
  const keys = { current: [new Uint8Array(32).fill(1)] };
  let made = 0;
  const random = (bytes: number): Uint8Array => {
    made += 1;
    return createHash("sha256").update(String(made)).digest().subarray(0, bytes);
  };
  const newNode = (password: Secret | null = new Secret("zanzibar")) =>
    createCallerDigest({
      realm: REALM,
      nonces: createDigestNonces({ keys: () => keys.current, random, nowMs }),
      throttle: createDigestThrottle(nowMs),
      async openPassword(candidate) {
        opened.push(candidate?.trunkId ?? null);
        return candidate === null ? new Secret("nobody knows") : password;
      },
      logger: { error: (event) => errors.push(event) },
    });
  const send = (
    node: ReturnType<typeof newNode>,
    retry: Retry = {},
    credentials: readonly string[] = [],
  ) =>
    node.authenticate(pending, {
      query: {
        sourceAddress: retry.source ?? "198.51.100.7",
        sourcePort: 5060,
        transport: "tls",
        tlsIdentities: [],
        requestHost: REALM,
        requestUser: "+15005550100",
        toUser: "+15005550100",
        fromUser: "+14155550123",
      },
      requestUri: retry.requestUri ?? URI,
      credentials,
    });
  const challenged = async (node = newNode()) => {
    const asked = await send(node);
    if (asked.kind !== "challenge") throw new Error(`not challenged: ${asked.kind}`);
    return { node, demand: asked.demand };
  };
  const answer = (
    challenged: { node: ReturnType<typeof newNode>; demand: { challenge: string } },
    retry: Retry = {},
  ) => {
    const [challenge] = parseChallenges([challenged.demand.challenge]);
    if (challenge === undefined) throw new Error("no challenge");
    const written = writeCredentials(
      { ...challenge, realm: retry.realm ?? REALM, nonce: retry.nonce ?? challenge.nonce },
      {
        username: retry.username ?? "acme",
        password: retry.password ?? "zanzibar",
        method: retry.method ?? "INVITE",
        uri: retry.uri ?? URI,
        body: "",
        cnonce: "0a4f113b",
        nc: retry.nc ?? 1,
      },
    );
    const value = retry.without === undefined ? written : written?.replace(retry.without, "");
    return send(challenged.node, retry, [...(retry.before ?? []), value ?? ""]);
  };
  return { clock, keys, opened, errors, newNode, send, challenged, answer };
}

describe("a caller without credentials", () => {
  test("is asked with one MD5 challenge of the deployment's realm", async () => {
    const { challenged } = setUp();
    const { demand } = await challenged();
    expect(demand.status).toBe(401);
    expect(demand.challenge).toMatch(
      /^Digest realm="sip\.example\.net", nonce="[\w-]{51}", algorithm=MD5, qop="auth"$/,
    );
  });

  test("is asked by 407 and in SHA-256 where the trunk says so", async () => {
    const { challenged } = setUp([{ ...ACME, algorithm: "SHA-256", challengeStatus: 407 }]);
    const { demand } = await challenged();
    expect(demand.status).toBe(407);
    expect(demand.challenge).toContain("algorithm=SHA-256");
  });

  test("is asked the same where no trunk could take the call", async () => {
    const known = await setUp().challenged();
    const unknown = await setUp([], { ...REFUSAL, code: "source_unknown" }).challenged();
    expect(unknown.demand).toEqual(known.demand);
  });

  test("is asked again when the credentials are for another realm, another scheme or unreadable", async () => {
    const { answer, challenged, newNode, send } = setUp();
    const asked = await challenged();
    expect(await answer(asked, { realm: "proxy.carrier.example" })).toMatchObject({
      kind: "challenge",
    });
    for (const value of ["Basic YTpi", 'Digest username="a', "Digest", ""]) {
      const answered = await send(newNode(), {}, [value]);
      expect(answered).toMatchObject({ kind: "challenge" });
    }
  });
});

describe("a caller with the right password", () => {
  test.each(["MD5", "SHA-256"] as const)("is taken by %s", async (algorithm) => {
    const { answer, challenged } = setUp([{ ...ACME, algorithm }]);
    expect(await answer(await challenged())).toEqual(ACME.decision);
  });

  test("is taken with credentials for others beside its own", async () => {
    const { answer, challenged } = setUp();
    const before = [
      "Basic YTpi",
      'Digest username="x", realm="proxy.example", nonce="n", uri="sip:y", response="z"',
    ];
    expect(await answer(await challenged(), { before })).toEqual(ACME.decision);
  });

  test("is taken by another node of the region, also while the region's key changes", async () => {
    const { answer, challenged, keys, newNode } = setUp();
    const { demand } = await challenged();
    keys.current = [new Uint8Array(32).fill(2), ...keys.current];
    expect(await answer({ node: newNode(), demand })).toEqual(ACME.decision);
  });

  test("is asked anew with stale=true when the nonce has expired, and not refused", async () => {
    const { answer, challenged, clock } = setUp();
    const asked = await challenged();
    clock.ms += 60_001;
    const answered = await answer(asked);
    expect(answered).toMatchObject({
      kind: "challenge",
      demand: { challenge: expect.stringContaining("stale=true") },
    });
    if (answered.kind !== "challenge") throw new Error("not challenged");
    expect(await answer({ ...asked, demand: answered.demand })).toEqual(ACME.decision);
  });

  test("is asked anew with a nonce that no node of the region made", async () => {
    const { answer, challenged, keys } = setUp();
    const asked = await challenged();
    keys.current = [new Uint8Array(32).fill(9)];
    expect(await answer(asked)).toMatchObject({ kind: "challenge" });
    expect(await answer(asked, { nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093" })).toMatchObject({
      kind: "challenge",
    });
  });

  test("may use a nonce again with a higher count only", async () => {
    const { answer, challenged } = setUp();
    const asked = await challenged();
    expect(await answer(asked, { nc: 2 })).toEqual(ACME.decision);
    expect(await answer(asked, { nc: 2 })).toMatchObject({ kind: "challenge" });
    expect(await answer(asked, { nc: 1 })).toMatchObject({ kind: "challenge" });
    expect(await answer(asked, { nc: 3 })).toEqual(ACME.decision);
  });

  test("may answer in the form of RFC 2069, once per nonce", async () => {
    const { answer, challenged } = setUp();
    const { node, demand } = await challenged();
    const old = { node, demand: { challenge: demand.challenge.replace(/, qop="auth"/, "") } };
    expect(await answer(old)).toEqual(ACME.decision);
    expect(await answer(old)).toMatchObject({ kind: "challenge" });
  });

  test("gets what was decided about a caller who has proved it", async () => {
    const decision = { ...REFUSAL, code: "caller_not_allowed" } as const;
    const { answer, challenged } = setUp([{ ...ACME, decision }]);
    expect(await answer(await challenged())).toEqual(decision);
  });

  test("chooses among the trunks of several workspaces by the user name", async () => {
    const other = { ...ACME, trunkId: "itrk_2", username: "other" };
    const decision = { kind: "accept", route: { ...ROUTE, phoneNumber: "+1" } } as const;
    const { answer, challenged, opened } = setUp([ACME, { ...other, decision }]);
    expect(await answer(await challenged(), { username: "other" })).toEqual(decision);
    expect(opened).toEqual(["itrk_2"]);
  });
});

describe("a caller with something wrong", () => {
  test.each<[string, Retry]>([
    ["password", { password: "wrong" }],
    ["user name", { username: "ACME" }],
    ["method", { method: "REGISTER" }],
    ["number", { uri: "sip:+15005550199@sip.example.net" }],
    ["host", { uri: "sip:+15005550100@evil.example" }],
    ["uri", { uri: "/index.html" }],
    ["cnonce missing", { without: /, cnonce="[^"]*"/ }],
    ["nc missing", { without: /, nc=\d+/ }],
    ["qop missing", { without: /, qop=auth/ }],
  ])("(%s) gets the one refusal, whatever it is", async (_name, retry) => {
    const { answer, challenged } = setUp();
    const answered = await answer(await challenged(), retry);
    expect(answered).toMatchObject({ kind: "refuse", code: "digest_rejected" });
  });

  test("(another algorithm than was asked for) is refused, right password or not", async () => {
    const { answer, challenged } = setUp([{ ...ACME, algorithm: "SHA-256" }]);
    const { node, demand } = await challenged();
    const weaker = { challenge: demand.challenge.replace("SHA-256", "MD5") };
    expect(await answer({ node, demand: weaker })).toMatchObject({ code: "digest_rejected" });
    const none = { challenge: demand.challenge.replace("algorithm=SHA-256, ", "") };
    expect(await answer({ node, demand: none })).toMatchObject({ code: "digest_rejected" });
  });

  test("(a user of two trunks) is refused: the call could be for either", async () => {
    const { answer, challenged } = setUp([ACME, { ...ACME, trunkId: "itrk_2" }]);
    expect(await answer(await challenged())).toMatchObject({ code: "digest_rejected" });
  });

  test("is refused after a password was opened, whether or not there is such a user", async () => {
    const { answer, challenged, opened } = setUp();
    await answer(await challenged(), { username: "nobody" });
    await answer(await challenged(), { password: "wrong" });
    expect(opened).toEqual([null, "itrk_1"]);
  });

  test("is refused like that for a number that is not there, and keeps its reason in the record", async () => {
    const { answer, challenged } = setUp([], { ...REFUSAL, code: "source_unknown" });
    expect(await answer(await challenged())).toMatchObject({ code: "source_unknown" });
  });

  test("is refused when the password cannot be opened, which is logged as our fault", async () => {
    const { answer, challenged, errors, newNode } = setUp();
    const answered = await answer(await challenged(newNode(null)), { password: "" });
    expect(answered).toMatchObject({ kind: "refuse", code: "digest_rejected" });
    expect(errors).toEqual(["trunk_password_unreadable"]);
  });

  test("is refused without a look at the password after five, and looked at again after a minute", async () => {
    const { answer, challenged, clock, opened } = setUp();
    const asked = await challenged();
    for (let wrong = 0; wrong < 5; wrong += 1) await answer(asked, { password: "wrong" });
    expect(await answer(asked)).toMatchObject({ kind: "refuse", code: "digest_throttled" });
    expect(opened).toHaveLength(5);
    clock.ms += 60_000;
    expect(await answer(await challenged(asked.node))).toEqual(ACME.decision);
  });
});

test("of a thousand guesses at once five are looked at, and a hundred right ones at once are all taken", async () => {
  const guessing = setUp();
  const asked = await guessing.challenged();
  const guesses = await Promise.all(
    Array.from({ length: 1_000 }, () => guessing.answer(asked, { password: "wrong" })),
  );
  const codes = guesses.map((guess) => (guess.kind === "refuse" ? guess.code : guess.kind));
  expect(codes.filter((code) => code === "digest_rejected")).toHaveLength(5);
  expect(codes.filter((code) => code === "digest_throttled")).toHaveLength(995);

  const calling = setUp();
  const node = calling.newNode();
  const all = await Promise.all(Array.from({ length: 100 }, () => calling.challenged(node)));
  const answers = await Promise.all(all.map((one) => calling.answer(one)));
  expect(answers.filter(({ kind }) => kind === "accept")).toHaveLength(100);
});

test.each([
  ["sip:+15005550100@sip.example.net", true],
  ["sips:+15005550100@SIP.example.net:5061;transport=tls", true],
  ["sip:15005550100@sip.example.net;user=phone", true],
  ["sip:%2B1-500-555-0100@sip.example.net", true],
  ["sip:0015005550100@acme.sip.example.net", true],
  ["sip:+15005550100@192.0.2.1", true],
  ["sip:+15005550100@192.0.2.2", false],
  ["sip:+15005550100@example.net", false],
  ["sip:+15005550101@192.0.2.1", false],
  ["sip:192.0.2.1", false],
  ["tel:+15005550100", false],
  ["", false],
])("a response for %s is one for sip:+15005550100@192.0.2.1: %s", (signed, isSame) => {
  const requestUri = "sip:+15005550100@192.0.2.1;transport=tls";
  expect(isSameTarget(signed, requestUri, REALM)).toBe(isSame);
});
