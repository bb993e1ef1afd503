import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import { createControlPlaneService } from "./control-plane.ts";
import { startGuard } from "./guard.ts";
import { PACKAGE_ROOT } from "./packages.ts";
import { openStateDirectory } from "./state-directory.ts";
import { createSupervisor } from "./supervisor.ts";
import { BUNDLE_OPTIONS } from "./worker-bundle.ts";

const NAMESPACE = 'xmlns="https://route53.amazonaws.com/doc/2013-04-01/"';
const LIST = `<?xml version="1.0"?><ListResourceRecordSetsResponse ${NAMESPACE}><ResourceRecordSets><ResourceRecordSet>
<Name>_trunkline-owner.sip.example.net.</Name><Type>TXT</Type><TTL>60</TTL><ResourceRecords><ResourceRecord>
<Value>&quot;serial=1&quot;</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></ResourceRecordSets>
<IsTruncated>false</IsTruncated><MaxItems>300</MaxItems></ListResourceRecordSetsResponse>`;
const REFUSAL = `<?xml version="1.0"?><ErrorResponse ${NAMESPACE}><Error><Type>Sender</Type>
<Code>InvalidChangeBatch</Code><Message>No.</Message></Error><RequestId>1</RequestId></ErrorResponse>`;

const worker = (port: number): string => `
  import { createRoute53Zone } from "./workers/dns/route53.ts";
  import { Secret } from "./schema/values/secret.ts";
  export default { async fetch() {
    const zone = createRoute53Zone({
      zoneId: "Z1", accessKeyId: "id", secretAccessKey: new Secret("key"),
      endpoint: "http://127.0.0.1:${port}",
    });
    return Response.json([await zone.read("sip.example.net"), await zone.change([])]);
  } };`;

function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const isRead = request.method === "GET";
  response.writeHead(isRead ? 200 : 400, { "content-type": "text/xml" });
  response.end(isRead ? LIST : REFUSAL);
}

test("the AWS SDK asks and understands Route 53 in workerd, out of a bundle as the Worker's", async () => {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-aws-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const server = createServer(answer).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const stdin = { contents: worker(address.port), resolveDir: PACKAGE_ROOT };
  const bundle = await build({ ...BUNDLE_OPTIONS, stdin });
  const state = openStateDirectory(join(folder, "state"));
  const bundlePath = join(state.workerFolder, "worker-test.js");
  writeFileSync(bundlePath, bundle.outputFiles[0]?.contents ?? "");
  const secrets = {
    LIBSQL_AUTH_TOKEN: "",
    MASTER_KEY: "",
    MASTER_KEYS_HELD: "",
    SNAPSHOT_SIGNING_KEY: "",
    FEED_SIGNING_KEY: "",
    OPERATOR_TOKEN_SHA256: "",
  };
  const controlPlane = createControlPlaneService(state, {
    runtime: { compatibilityDate: "2026-08-04", compatibilityFlags: [] },
    apiPort: 0,
    databasePort: 1,
    residency: "embedded",
    consoleFolder: "/tmp",
    sipDomain: "sip.localhost",
    outbound: "loopback",
    bundlePath,
    secrets: () => secrets,
  });
  using guard = startGuard(join(folder, "guardian.log"));
  const { logsFolder } = state;
  const supervisor = createSupervisor({ logsFolder, guard, onChildren() {}, report() {} });
  try {
    await supervisor.run(controlPlane.service, controlPlane.next);
    const response = await fetch(`http://127.0.0.1:${controlPlane.port()}/`);
    expect(await response.json()).toEqual([
      {
        ok: true,
        value: {
          sets: [
            {
              name: "_trunkline-owner.sip.example.net",
              type: "TXT",
              ttlSecs: 60,
              values: ['"serial=1"'],
            },
          ],
          foreign: [],
        },
      },
      { ok: false, fault: "conflict", code: "InvalidChangeBatch" },
    ]);
  } finally {
    await supervisor.stop();
  }
});
