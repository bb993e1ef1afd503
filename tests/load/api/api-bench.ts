import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { enrolFurtherNode } from "../../support/further-node.ts";
import { startTrunkline, type Trunkline } from "../../support/processes.ts";
import { describeMachine } from "../machine.ts";
import { importNumbers, type NumberImport } from "./bulk-import.ts";
import {
  type HttpLoad,
  type HttpLoadResult,
  percentile,
  runHttpLoad,
  writeRequest,
} from "./http-load.ts";
import { linkNode } from "./linked-nodes.ts";

/**
 * `npm run bench -- api [--json] [--seconds 10] [--numbers 100000] [--changes 300] [--only get,list]`: the HTTP API of a
 * whole system as `npm start` starts it, over loopback, beside its generator on the same machine.
 */
const GOALS = {
  get_rps: "≥ 1,850",
  get_p99_ms: "≤ 40",
  list_rps: "≥ 600",
  list_p99_ms: "-",
  import_100k_s: "≤ 60",
  import_rss_mb: "≤ 128 more",
  import_get_p99_ms: "≤ 100",
  change_to_node_p50_ms: "≤ 10",
  change_to_node_p99_ms: "≤ 30",
  concurrent_write_errors: "0",
} as const satisfies Record<string, string>;
type Figure = keyof typeof GOALS;

const PARTS = ["get", "list", "change", "write", "import"] as const;
type Part = (typeof PARTS)[number];

const LISTED_NUMBERS = 120;
const GET_CONNECTIONS = 16;
const LIST_CONNECTIONS = 8;
const WRITERS = 64;
const LINKED_NODES = 3;
const WARM_UP_SHARE = 0.25;
/** Beside an import numbers are read as customers read them: some hundred times a second, not as fast as can be. */
const GETS_BESIDE_IMPORT = 4;
const PAUSE_BESIDE_IMPORT_MS = 40;

interface Scene {
  readonly trunkline: Trunkline;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly numberIds: readonly string[];
  readonly agentId: string;
}

export async function benchApi(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      seconds: { type: "string", default: "10" },
      numbers: { type: "string", default: "100000" },
      changes: { type: "string", default: "300" },
      only: { type: "string", default: PARTS.join(",") },
    },
  });
  const note = (line: string): void => {
    if (!values.json) process.stdout.write(`${line}\n`);
  };
  const wanted = new Set(values.only.split(","));
  const isWanted = (part: Part): boolean => wanted.has(part);
  const cores = `0-${cpus().length - 1}`;
  describeMachine(note, { node: cores, generator: cores });
  const figures: Partial<Record<Figure, number>> = {};
  const trunkline = await startTrunkline();
  try {
    const scene = await openScene(trunkline);
    const seconds = Number(values.seconds);
    if (isWanted("get")) Object.assign(figures, await measureGet(scene, seconds, note));
    if (isWanted("list")) Object.assign(figures, await measureList(scene, seconds, note));
    if (isWanted("change")) {
      Object.assign(figures, await measureChange(scene, Number(values.changes), note));
    }
    if (isWanted("write")) Object.assign(figures, await measureWriters(scene, seconds, note));
    if (isWanted("import")) {
      Object.assign(figures, await measureImport(scene, Number(values.numbers), note));
    }
  } finally {
    await trunkline.stop();
  }
  if (values.json) {
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    return;
  }
  note("");
  note(`${"".padEnd(26)}${"here".padStart(10)}   goal`);
  for (const [name, goal] of Object.entries(GOALS)) {
    // Object.entries loses the key type; the table has the same keys as the figures.
    const value = figures[name as Figure]?.toLocaleString("en") ?? "-";
    note(`${name.padEnd(26)}${value.padStart(10)}   ${goal}`);
  }
}

async function openScene(trunkline: Trunkline): Promise<Scene> {
  const url = new URL(trunkline.ready.api);
  const headers = { "xi-api-key": trunkline.ready.api_key };
  const made = await send(url, headers, "/v1/convai/agents/create", {
    name: "Bench",
    conversation_config: {},
    connection: { protocol: "builtin" },
  });
  const agentId = String(made["agent_id"]);
  const numberIds: string[] = [];
  for (let at = 0; at < LISTED_NUMBERS; at += 1) {
    const imported = await send(url, headers, "/v1/convai/phone-numbers", {
      provider: "sip_trunk",
      phone_number: `+1415555${String(1_000 + at)}`,
      label: `Bench ${at}`,
      agent_id: agentId,
      inbound_trunk_config: { credentials: { username: "pbx", password: `secret-${at}` } },
      outbound_trunk_config: { address: "sip.example.com", transport: "tls" },
    });
    numberIds.push(String(imported["phone_number_id"]));
  }
  return { trunkline, url, headers, numberIds, agentId };
}

async function send(
  url: URL,
  headers: Readonly<Record<string, string>>,
  path: string,
  body: unknown,
  method = "POST",
): Promise<Record<string, unknown>> {
  const answer = await fetch(new URL(path, url), {
    method,
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>; // our own API's objects
}

/** What a load came to, and what each of its requests cost the two processes. */
interface MeasuredLoad extends HttpLoadResult {
  readonly cpu: string;
}

async function warmedUp({ trunkline }: Scene, load: HttpLoad): Promise<MeasuredLoad> {
  await runHttpLoad({ ...load, seconds: load.seconds * WARM_UP_SHARE });
  return measured(trunkline, load);
}

async function measured(trunkline: Trunkline, load: HttpLoad): Promise<MeasuredLoad> {
  const pids = [trunkline.pidOf("workerd"), trunkline.pidOf("sqld"), process.pid];
  const before = pids.map(cpuMs);
  const result = await runHttpLoad(load);
  const [workerd = 0, sqld = 0, generator = 0] = pids.map(
    (pid, at) => (cpuMs(pid) - (before[at] ?? 0)) / Math.max(1, result.answered),
  );
  const cpu = `CPU ms a request: workerd ${workerd.toFixed(2)}, sqld ${sqld.toFixed(2)}, generator ${generator.toFixed(2)}`;
  return { ...result, cpu };
}

/** Of a process so far, user and system (proc(5), in hundredths of a second). */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function measureGet(scene: Scene, seconds: number, note: (line: string) => void) {
  const { url, headers, numberIds } = scene;
  const requests = numberIds.map((id) =>
    writeRequest(url, "GET", `/v1/convai/phone-numbers/${id}`, headers),
  );
  const result = await warmedUp(scene, {
    url,
    seconds,
    connections: GET_CONNECTIONS,
    request: (count) => requests[count % requests.length] ?? "",
  });
  note(`get, ${GET_CONNECTIONS} connections: ${written(result)}`);
  requireOk(result);
  return { get_rps: Math.round(result.perSecond), get_p99_ms: round(result.p99Ms) };
}

async function measureList(scene: Scene, seconds: number, note: (line: string) => void) {
  const { url, headers } = scene;
  const request = writeRequest(url, "GET", "/v1/convai/v2/phone-numbers?page_size=100", headers);
  const result = await warmedUp(scene, {
    url,
    seconds,
    connections: LIST_CONNECTIONS,
    request: () => request,
  });
  note(`list of 100, ${LIST_CONNECTIONS} connections: ${written(result)}`);
  requireOk(result);
  return { list_rps: Math.round(result.perSecond), list_p99_ms: round(result.p99Ms) };
}

/** From the moment the request is sent until the last of the linked nodes has the change. */
async function measureChange(scene: Scene, changes: number, note: (line: string) => void) {
  const { trunkline, url, headers, numberIds } = scene;
  const nodes = [];
  for (let at = 0; at < LINKED_NODES; at += 1) {
    nodes.push(await linkNode(url.href, await enrolFurtherNode(trunkline, `192.0.2.${at + 1}`)));
  }
  const tookMs: number[] = [];
  const answeredMs: number[] = [];
  for (let at = -Math.round(changes * WARM_UP_SHARE); at < changes; at += 1) {
    const id = numberIds[Math.abs(at) % numberIds.length];
    const sentAtMs = performance.now();
    const answer = await send(
      url,
      headers,
      `/v1/convai/phone-numbers/${id}`,
      { transfer_destinations: [`+1415555${String(2_000 + Math.abs(at))}`] },
      "PATCH",
    );
    const answeredAtMs = performance.now();
    const version = Number(answer["routing_revision"]);
    const reached = await Promise.all(nodes.map((node) => node.reached(version)));
    if (at < 0) continue;
    answeredMs.push(answeredAtMs - sentAtMs);
    tookMs.push(Math.max(...reached) - sentAtMs);
  }
  for (const node of nodes) node.close();
  for (const values of [tookMs, answeredMs]) values.sort((a, b) => a - b);
  note(
    `change to ${LINKED_NODES} nodes, ${changes} changes: p50 ${round(percentile(tookMs, 0.5))} ms, p99 ${round(percentile(tookMs, 0.99))} ms from the request; its answer p50 ${round(percentile(answeredMs, 0.5))} ms`,
  );
  return {
    change_to_node_p50_ms: round(percentile(tookMs, 0.5)),
    change_to_node_p99_ms: round(percentile(tookMs, 0.99)),
  };
}

async function measureWriters(scene: Scene, seconds: number, note: (line: string) => void) {
  const { url, headers } = scene;
  const result = await measured(scene.trunkline, {
    url,
    seconds,
    connections: WRITERS,
    request: (count) =>
      writeRequest(
        url,
        "POST",
        "/v1/convai/agents/create",
        headers,
        JSON.stringify({
          name: `Writer ${count}`,
          conversation_config: {},
          connection: { protocol: "builtin" },
        }),
      ),
  });
  note(`${WRITERS} writers: ${written(result)}`);
  return { concurrent_write_errors: result.answered - (result.statuses[200] ?? 0) };
}

async function measureImport(scene: Scene, numbers: number, note: (line: string) => void) {
  const { trunkline, url, headers, numberIds, agentId } = scene;
  const workerd = trunkline.pidOf("workerd");
  const before = residentMb(workerd);
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, residentMb(workerd));
  }, 100);
  const done = new AbortController();
  const get = writeRequest(url, "GET", `/v1/convai/phone-numbers/${numberIds[0]}`, headers);
  const beside = besideUntil(done.signal, { url, request: get });
  let imported: NumberImport;
  try {
    imported = await importNumbers({ url, headers, agentId, numbers });
  } finally {
    done.abort();
    clearInterval(watch);
  }
  const gets = await beside;
  const secondsFor100k = (imported.seconds / numbers) * 100_000;
  note(
    `import of ${numbers} by ${imported.way}: ${round(imported.seconds)} s, ${imported.failed} failed; get beside it p99 ${round(gets)} ms; workerd ${Math.round(before)} MB before, ${Math.round(peak)} MB at most`,
  );
  if (imported.failed > 0) process.exitCode = 1;
  return {
    import_100k_s: round(secondsFor100k),
    import_rss_mb: Math.round(peak - before),
    import_get_p99_ms: round(gets),
  };
}

/** Gets on a few connections while something else goes on; the p99 of them all in ms. */
async function besideUntil(
  signal: AbortSignal,
  { url, request }: { readonly url: URL; readonly request: string },
): Promise<number> {
  const latenciesMs: number[] = [];
  while (!signal.aborted) {
    const result = await runHttpLoad({
      url,
      seconds: 1,
      connections: GETS_BESIDE_IMPORT,
      pauseMs: PAUSE_BESIDE_IMPORT_MS,
      request: () => request,
    });
    requireOk(result);
    latenciesMs.push(...result.latenciesMs);
  }
  return percentile(
    latenciesMs.toSorted((a, b) => a - b),
    0.99,
  );
}

function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  return Number(kilobytes ?? 0) / 1_024;
}

function requireOk({ statuses }: HttpLoadResult): void {
  const wrong = Object.entries(statuses).filter(([status]) => status !== "200");
  if (wrong.length > 0) throw new Error(`answers other than 200: ${JSON.stringify(statuses)}`);
}

function written({ cpu, perSecond, p50Ms, p99Ms, maxMs, statuses }: MeasuredLoad): string {
  return `${Math.round(perSecond)}/s, p50 ${round(p50Ms)} ms, p99 ${round(p99Ms)} ms, at most ${round(maxMs)} ms, ${JSON.stringify(statuses)}; ${cpu}`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
