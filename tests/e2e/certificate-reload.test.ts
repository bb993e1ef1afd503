import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLadder } from "../../cli/call/ladder.ts";
import { openPhone } from "../../cli/call/phone.ts";
import { placeCall } from "../../cli/call/place-call.ts";
import type { CallReport } from "../../cli/call/report.ts";
import { resolveTarget } from "../../cli/call/target.ts";
import { createTerminal } from "../../cli/terminal.ts";
import { type Acme, startAcme, whyNoAcme } from "../support/acme.ts";
import { type IssuedCertificate, issueCertificate, makeTestCa } from "../support/certificates.ts";
import { deadline, eventually } from "../support/deadline.ts";
import { nodeLog, startTrunkline, type Trunkline } from "../support/processes.ts";
import { skipsFor, suiteName } from "../support/skip.ts";

const PATIENCE_MS = 10_000;
const DAY_MS = 86_400_000;
const CALLS = 20;
const noAcme = whyNoAcme();
/** The node's own, the shared ones and the region's, as Terraform's unit asks for them. */
const NAMES = [
  "n1.eu.example.test",
  "sip.example.test",
  "sip-static.example.test",
  "sip.eu.residency.example.test",
];

describe("certificates that change while calls are up", () => {
  let trunkline: Trunkline;
  /** The one that callers can check. */
  let own: IssuedCertificate;
  let acme: Acme | null = null;
  let folder = "";
  /** Beside everything else: challenges are mostly waited for. */
  let firstCertificate: Promise<void> = Promise.resolve();
  const tls = () => join(folder, "tls");
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trunkline-acme-"));
    if (!skipsFor(noAcme)) {
      acme = await startAcme(folder, "example.test");
      firstCertificate = acme.certify(NAMES, tls());
      firstCertificate.catch(() => undefined);
    }
    trunkline = await startTrunkline();
    const read = (name: string) => readFileSync(join(trunkline.stateDir, name), "utf8");
    own = { certificatePem: read("node-cert.pem"), keyPem: read("node-key.pem") };
  });
  afterAll(async () => {
    await trunkline.stop();
    await firstCertificate.catch(() => undefined);
    await acme?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it("twenty calls over TLS and SRTP survive three of them, and each new connection is shown the new one", async () => {
    await using calls = await placeCalls();
    const ca = await makeTestCa();
    for (const name of ["first.test", "second.test", "third.test"]) {
      const notAfter = new Date(Date.now() + 60 * DAY_MS);
      install(await issueCertificate(ca, { dnsNames: [name], notAfter }));
      await eventually(
        async () => ((await shown()).names === `DNS:${name}` ? true : null),
        PATIENCE_MS,
        `${name} is not shown`,
      );
      expect(await activeCalls()).toBe(CALLS);
    }
    await expectUnnoticed(calls);
  });

  it.skipIf(skipsFor(noAcme))(
    suiteName("none of twenty calls notices that Terraform's unit renews the certificate", noAcme),
    async () => {
      await firstCertificate;
      // Each name is proved at a name of its own in the delegated zone, and at no other.
      expect(acme?.challenged()).toEqual(
        NAMES.map((name) => `${name.replace(".example.test", "")}.acme.example.test.`).sort(),
      );

      await using calls = await placeCalls();
      /** As the node's own folder gets it from the script: by renaming. */
      const renewed = (): void => {
        const read = (name: string) => readFileSync(join(tls(), name), "utf8");
        install({ certificatePem: read("certificate.pem"), keyPem: read("key.pem") });
      };
      renewed();
      const expected = NAMES.map((name) => `DNS:${name}`).sort();
      const first = await eventually(
        async () => {
          const now = await shown();
          return now.names.split(", ").sort().join() === expected.join() ? now.serial : null;
        },
        PATIENCE_MS,
        "the first certificate is not shown",
      );
      await acme?.certify(NAMES, tls());
      renewed();
      await eventually(
        async () => ((await shown()).serial === first ? null : true),
        PATIENCE_MS,
        "the renewed certificate is not shown",
      );
      expect((await shown()).names.split(", ").sort()).toEqual(expected);
      expect(await activeCalls()).toBe(CALLS);
      await expectUnnoticed(calls);
    },
  );

  interface Calls extends AsyncDisposable {
    readonly reports: Promise<CallReport[]>;
    hangUp(): void;
  }

  /** Twenty calls of one phone, over one connection, once all of them are up. */
  async function placeCalls(): Promise<Calls> {
    install(own);
    await eventually(
      async () => ((await shown()).names.includes("DNS:localhost") ? true : null),
      PATIENCE_MS,
      "the system's own certificate is not shown",
    );
    const { number } = trunkline.ready;
    const { stateDir: state } = trunkline;
    const target = resolveTarget(number, { state });
    const nobody = { write: () => true };
    const ladder = createLadder(createTerminal(nobody, nobody, true), Date.now);
    const options = {
      state,
      srtp: "required",
      expect: "nothing",
      duration: 30,
      header: [],
      from: "caller",
      json: false,
    } as const;
    const hangingUp = new AbortController();
    const phone = await openPhone(target, null, ladder.hear);
    const parts = { phone, target, options, password: null, probe: null, ladder };
    const placed = Array.from({ length: CALLS }, () =>
      placeCall({ ...parts, signal: hangingUp.signal }),
    );
    const all = Promise.all(placed);
    all.catch(() => undefined);
    await eventually(
      async () => ((await activeCalls()) === CALLS ? true : null),
      PATIENCE_MS,
      `${CALLS} calls are not up`,
    );
    return {
      reports: all.then((calls) => calls.map(({ report }) => report)),
      hangUp: () => hangingUp.abort(),
      async [Symbol.asyncDispose]() {
        hangingUp.abort();
        await all.catch(() => undefined);
        await phone[Symbol.asyncDispose]();
      },
    };
  }

  async function expectUnnoticed(calls: Calls): Promise<void> {
    calls.hangUp();
    for (const report of await calls.reports) {
      // It was up until the test ended it.
      expect(report).toMatchObject({
        reason: "interrupted",
        status: 200,
        heard_agent: true,
        srtp: "AES_CM_128_HMAC_SHA1_80",
        lost: 0,
      });
      expect(report.received).toBeGreaterThan(25);
    }
    const faults = (await nodeLog(trunkline)).filter(({ event }) => event === "sip_engine_fault");
    expect(faults.filter(({ code }) => String(code).startsWith("tls_reload"))).toEqual([]);
  }

  /** As an operator's tool does it: each file written beside the old one and put in its place. */
  function install({ certificatePem, keyPem }: IssuedCertificate): void {
    for (const [name, text] of [
      ["node-key.pem", keyPem],
      ["node-cert.pem", certificatePem],
    ] as const) {
      const path = join(trunkline.stateDir, name);
      writeFileSync(`${path}.new`, text, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    }
  }

  /** What somebody who connects now is shown; who signed it is not the question here. */
  async function shown(): Promise<{ readonly names: string; readonly serial: string }> {
    const socket = connect({
      host: "127.0.0.1",
      port: trunkline.sipsPort,
      rejectUnauthorized: false,
    });
    const seen = new Promise<{ names: string; serial: string }>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("secureConnect", () => {
        const { subjectaltname = "", serialNumber } = socket.getPeerCertificate();
        resolve({ names: subjectaltname, serial: serialNumber });
      });
    });
    const certificate = await deadline(seen, PATIENCE_MS, "no handshake");
    socket.destroy();
    return certificate;
  }

  async function activeCalls(): Promise<number> {
    const answer = await fetch(new URL("/metrics", trunkline.ready.admin));
    return Number(/^trunkline_calls_active (\d+)$/m.exec(await answer.text())?.[1]);
  }
});
