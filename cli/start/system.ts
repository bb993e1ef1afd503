import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Runtime } from "../runtime-file.ts";
import { buildConsole, CONSOLE_DIST } from "./console-bundle.ts";
import { createControlPlaneService } from "./control-plane.ts";
import { createDatabaseService } from "./database.ts";
import { ensureCertificates } from "./node-certificate.ts";
import { createNodeService } from "./node-service.ts";
import { PACKAGE_ROOT } from "./packages.ts";
import { loadSecrets, type Secrets, saveSecrets, sha256Hex } from "./secrets.ts";
import { createJoinToken, createWorkspace, ensureSampleNumber, SAMPLE_NUMBER } from "./seed.ts";
import type { StartOptions } from "./start-options.ts";
import type { StateDirectory } from "./state-directory.ts";
import type { Supervisor } from "./supervisor.ts";
import { bundleWorker, readWorkerRuntime } from "./worker-bundle.ts";
import type { SecretBinding } from "./workerd-config.ts";

/** `localhost` and every name under it are this machine (RFC 6761 §6.3). */
const SIP_DOMAIN = "sip.localhost";
const RESIDENCY = "embedded";

export interface SystemParts {
  readonly state: StateDirectory;
  readonly options: StartOptions;
  readonly supervisor: Supervisor;
  /** Aborted when the start is given up. */
  readonly signal: AbortSignal;
}

export interface RunningSystem {
  readonly runtime: Omit<Runtime, "version" | "supervisor">;
  /** A secret, for the one who started the system. */
  readonly apiKey: string;
  readonly rtpPorts: string;
}

/** Brings everything up in the order in which one part needs another. */
export async function startSystem(parts: SystemParts): Promise<RunningSystem> {
  const { state, options, supervisor } = parts;
  const secrets = loadSecrets(state.secretsFile);
  const advertise = options.advertise ?? options.bind;
  const names = ["localhost", SIP_DOMAIN, `*.${SIP_DOMAIN}`, "127.0.0.1", "::1", advertise];
  await ensureCertificates(state, secrets.caKey, [...new Set(names)], Date.now());

  const [bundlePath, database] = await Promise.all([bundleAll(state), startDatabase(parts)]);

  parts.signal.throwIfAborted();
  const controlPlane = createControlPlaneService(state, {
    runtime: readWorkerRuntime(readFileSync(join(PACKAGE_ROOT, "wrangler.toml"), "utf8")),
    bundlePath,
    consoleFolder: CONSOLE_DIST,
    apiPort: options.apiPort,
    databasePort: database.port,
    residency: RESIDENCY,
    sipDomain: SIP_DOMAIN,
    outbound: "loopback",
    secrets: () => workerSecrets(loadSecrets(state.secretsFile), database.authToken),
  });
  await supervisor.run(controlPlane.service, controlPlane.next);
  const api = `http://127.0.0.1:${controlPlane.port()}`;
  const { apiKey, nodeIdentity } = await seed(state, secrets, api, advertise);

  parts.signal.throwIfAborted();
  const node = await createNodeService(state, {
    identity: nodeIdentity,
    controlPlaneUrl: api,
    sipDomain: SIP_DOMAIN,
    bind: options.bind,
    advertise,
    sipPort: options.sipPort,
    sipsPort: options.sipsPort,
    adminPort: options.adminPort,
    rtpPorts: options.rtpPorts,
    carrierCaFile: options.carrierCa ?? null,
  });
  await supervisor.run(node.service);
  return {
    apiKey,
    rtpPorts:
      options.rtpPorts.low === 0 ? "any" : `${options.rtpPorts.low}-${options.rtpPorts.high}`,
    runtime: {
      api,
      admin: node.adminUrl,
      sip: node.sip,
      sips: node.sips,
      tlsCa: state.caFile,
      sipDomain: SIP_DOMAIN,
      number: SAMPLE_NUMBER,
    },
  };
}

function workerSecrets(secrets: Secrets, libsqlAuthToken: string): Record<SecretBinding, string> {
  return {
    LIBSQL_AUTH_TOKEN: libsqlAuthToken,
    MASTER_KEY: secrets.masterKey,
    MASTER_KEYS_HELD: secrets.heldMasterKeys.map(({ key }) => key).join(","),
    SNAPSHOT_SIGNING_KEY: secrets.snapshotSigningKey,
    FEED_SIGNING_KEY: secrets.feedSigningKey,
    OPERATOR_TOKEN_SHA256: sha256Hex(secrets.operatorToken),
  };
}

/** One after the other: who has ended stops the bundler's process, which both would share. */
async function bundleAll(state: StateDirectory): Promise<string> {
  await buildConsole();
  return bundleWorker(state.workerFolder);
}

async function startDatabase(
  parts: SystemParts,
): Promise<{ readonly port: number; readonly authToken: string }> {
  const database = await createDatabaseService(parts.state);
  await parts.supervisor.run(database.service);
  parts.signal.throwIfAborted();
  await database.migrate();
  return database;
}

/** What a first start puts in, each kept as soon as it is known, so that a cut-off start can go on. */
async function seed(
  state: StateDirectory,
  loaded: Secrets,
  api: string,
  advertise: string,
): Promise<{ apiKey: string; nodeIdentity: NonNullable<Secrets["nodeIdentity"]> }> {
  const access = { baseUrl: api, operatorToken: loaded.operatorToken };
  let secrets = loaded;
  const keep = (change: Partial<Secrets>): void => {
    secrets = { ...secrets, ...change };
    saveSecrets(state.secretsFile, secrets);
  };
  const apiKey = secrets.apiKey ?? (await createWorkspace(access));
  if (secrets.apiKey === null) keep({ apiKey });
  await ensureSampleNumber(api, apiKey);

  if (secrets.nodeIdentity !== null) return { apiKey, nodeIdentity: secrets.nodeIdentity };
  const { enrolNode } = await import("../../media-node/control/enrol.ts");
  const nodeIdentity = await enrolNode({
    controlPlaneUrl: api,
    joinToken: await createJoinToken(access),
    name: "embedded",
    publicAddress: advertise,
  });
  keep({ nodeIdentity });
  return { apiKey, nodeIdentity };
}
