import { randomBytes } from "node:crypto";
import process from "node:process";
import { createControlPlaneClient } from "../../media-node/control/http-client.ts";
import { systemClock } from "../../media-node/control/system-clock.ts";
import { startRecordings } from "../../media-node/recording/recording-service.ts";
import { Secret } from "../../schema/values/secret.ts";
import { BUCKET, BUCKET_KEY_ID, BUCKET_REGION, BUCKET_SECRET } from "./bucket-server.ts";

/** The recordings of a node as a process that can be killed: its arguments are the folder, the bucket's address and the node. */
const [stateDirectory = "", endpoint = "", nodeId = "", credential = ""] = process.argv.slice(2);
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
await startRecordings({
  settings: {
    maxSpoolBytes: 1_000_000_000,
    bucket: {
      bucket: BUCKET,
      endpoint,
      region: BUCKET_REGION,
      prefix: "eu/",
      credentials: { accessKeyId: BUCKET_KEY_ID, secretAccessKey: new Secret(BUCKET_SECRET) },
    },
  },
  stateDirectory,
  nodeId,
  region: "test-1",
  credential: new Secret(credential),
  client: createControlPlaneClient({ baseUrl: "http://127.0.0.1:9", credential: null, ca: null }),
  clock: systemClock,
  logger: silent,
  metrics: { recordingSettled: () => undefined, recordingRetried: () => undefined },
  random: Math.random,
  randomBytes,
  save: () => Promise.resolve(),
});
setInterval(() => undefined, 60_000);
