import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type IssuedCertificate, issueCertificate, makeTestCa } from "../support/certificates.ts";
import { deadline, eventually } from "../support/deadline.ts";
import { nodeLog, placeCall, startTrunkline, type Trunkline } from "../support/processes.ts";

const PATIENCE_MS = 10_000;
const CALL_S = 12;

describe("certificates that change while a call is up", () => {
  let trunkline: Trunkline;
  beforeAll(async () => {
    trunkline = await startTrunkline();
  });
  afterAll(async () => {
    await trunkline.stop();
  });

  it("a call over TLS and SRTP survives three of them, and each new connection is shown the new one", async () => {
    const calling = placeCall(trunkline, [trunkline.ready.number, "--duration", `${CALL_S}`]);
    await eventually(
      async () => ((await activeCalls()) === 1 ? true : null),
      PATIENCE_MS,
      "no call",
    );
    const ca = await makeTestCa();
    for (const name of ["first.test", "second.test", "third.test"]) {
      const notAfter = new Date(Date.now() + 60 * 86_400_000);
      install(await issueCertificate(ca, { dnsNames: [name], notAfter }));
      await eventually(
        async () => ((await shownNames()) === `DNS:${name}` ? true : null),
        PATIENCE_MS,
        `${name} is not shown`,
      );
      expect(await activeCalls()).toBe(1);
    }
    const { report, exitCode } = await calling;
    expect(report).toMatchObject({
      ok: true,
      status: 200,
      heard_agent: true,
      srtp: "AES_CM_128_HMAC_SHA1_80",
      lost: 0,
    });
    expect(report.received).toBeGreaterThan(CALL_S * 45);
    expect(exitCode).toBe(0);
    const faults = (await nodeLog(trunkline)).filter(({ event }) => event === "sip_engine_fault");
    expect(faults.filter(({ code }) => String(code).startsWith("tls_reload"))).toEqual([]);
  });

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
  async function shownNames(): Promise<string> {
    const socket = connect({
      host: "127.0.0.1",
      port: trunkline.sipsPort,
      rejectUnauthorized: false,
    });
    const shown = new Promise<string>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("secureConnect", () => {
        resolve(socket.getPeerCertificate().subjectaltname ?? "");
      });
    });
    const names = await deadline(shown, PATIENCE_MS, "no handshake");
    socket.destroy();
    return names;
  }

  async function activeCalls(): Promise<number> {
    const answer = await fetch(new URL("/metrics", trunkline.ready.admin));
    return Number(/^trunkline_calls_active (\d+)$/m.exec(await answer.text())?.[1]);
  }
});
