import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { createClient } from "@libsql/client";
import type { Page } from "playwright-core";
import { buildConsole, bundleConsole, firstLoadBytes } from "../../cli/start/console-bundle.ts";
import type { CallView } from "../../schema/contracts/call-control.ts";
import { openConsole, startBrowser } from "../support/browser.ts";
import { startSelfHosted } from "../support/self-hosted.ts";
import { importNumbers } from "./api/bulk-import.ts";
import { describeMachine } from "./machine.ts";

/**
 * `npm run bench -- console [--json] [--numbers 10000] [--calls 50000] [--live 200]`: the console in chromium, on a control plane
 * with that much in it, over loopback, both on this machine.
 */
const GOALS = {
  first_paint_ms: "-",
  largest_paint_ms: "-",
  layout_shift: "≤ 0.1",
  first_load_gzip_kb: "≤ 170",
  numbers_shown_ms: "≤ 300",
  calls_shown_ms: "≤ 300",
  scroll_frame_p95_ms: "≤ 33",
  heap_first_page_mb: "-",
  heap_after_pages_mb: "first + 10",
  live_frame_p95_ms: "≤ 33",
  live_frames_over_50_ms: "0",
  live_script_ms_per_s: "-",
  live_layout_ms_per_s: "-",
  live_task_ms_per_s: "-",
} as const satisfies Record<string, string>;
type Figures = Record<keyof typeof GOALS, number>;

const PAGES = 15;
const SCROLL_MS = 2_000;
const LIVE_MS = 4_000;
/** Of each, how many calls change. */
const LIVE_STEPS_PER_SECOND = 10;

export async function benchConsole(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      numbers: { type: "string", default: "10000" },
      calls: { type: "string", default: "50000" },
      live: { type: "string", default: "200" },
    },
  });
  const note = (line: string): void => {
    if (!values.json) process.stdout.write(`${line}\n`);
  };
  const cores = `0-${cpus().length - 1}`;
  describeMachine(note, { node: cores, generator: cores });
  await buildConsole();
  await using plane = await startSelfHosted();
  await fill(plane, Number(values.numbers), Number(values.calls));
  note(`${values.numbers} numbers, ${values.calls} calls, ${values.live} live calls`);
  const browser = await startBrowser();
  try {
    await using console = await openConsole(browser, plane.baseUrl);
    const { page } = console;
    await page.addInitScript({ content: PROBE });
    await page.routeWebSocket("**/v1/calls/live", (socket) => {
      socket.onMessage(() => undefined);
      pushCalls((text) => socket.send(text), Number(values.live));
    });
    await console.signIn(plane.apiKey);
    const figures = await measure(page, (path) => console.open(path));
    if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
    for (const [name, goal] of Object.entries(GOALS)) {
      const value = figures[name as keyof Figures]; // a key of the table
      note(
        `${name.padEnd(24)} ${value.toFixed(name === "layout_shift" ? 3 : 1).padStart(8)}   ${goal}`,
      );
    }
  } finally {
    await browser.close();
  }
}

async function measure(page: Page, open: (path: string) => Promise<void>): Promise<Figures> {
  const rows = page.locator("tbody tr");
  // Warm, as on every visit but the first of a browser.
  await open("/phone-numbers");
  await rows.first().waitFor();
  await open("/phone-numbers");
  await rows.first().waitFor();
  await page.waitForLoadState("networkidle");
  const load = await read<{ paint: number; largest: number; shift: number }>(page, "probe.load()");
  const heapFirst = await heapOf(page);
  const calls = await shown(page, "Call history");
  const numbers = await shown(page, "Phone numbers");
  const scroll = await read<number[]>(page, `probe.scroll(${SCROLL_MS})`);
  for (let at = 0; at < PAGES; at += 1) {
    await read(page, "probe.nextPage()");
  }
  const heapAfter = await heapOf(page);
  await page.getByRole("link", { name: "Live calls" }).click();
  await page.getByText("Live: what changes is shown at once.").waitFor();
  // Only those in sight are drawn.
  await rows.nth(10).waitFor();
  const worked = await workOf(page);
  const live = await read<number[]>(page, `probe.frames(${LIVE_MS})`);
  const work = await worked();
  return {
    first_paint_ms: load.paint,
    largest_paint_ms: load.largest,
    layout_shift: load.shift,
    first_load_gzip_kb: firstLoadBytes(await bundleConsole()) / 1_000,
    numbers_shown_ms: numbers,
    calls_shown_ms: calls,
    scroll_frame_p95_ms: share(scroll, 0.95),
    heap_first_page_mb: heapFirst,
    heap_after_pages_mb: heapAfter,
    live_frame_p95_ms: share(live, 0.95),
    live_frames_over_50_ms: live.filter((ms) => ms > 50).length,
    live_script_ms_per_s: work.ScriptDuration,
    live_layout_ms_per_s: work.LayoutDuration,
    live_task_ms_per_s: work.TaskDuration,
  };
}

/** From the click to the frame that has the list's first row. */
function shown(page: Page, link: string): Promise<number> {
  return read<number>(page, `probe.shown(${JSON.stringify(link)})`);
}

/** What an expression of the probe comes to in the page. */
async function read<T>(page: Page, expression: string): Promise<T> {
  // The probe is below, and gives what is asked of it.
  return (await page.evaluate(expression)) as T;
}

async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize / 1_000_000;
}

type Work = Record<"ScriptDuration" | "LayoutDuration" | "TaskDuration", number>;

/** From here to the call of what it gives: ms of the page's main thread in a second, which a busy machine distorts less than frames. */
async function workOf(page: Page): Promise<() => Promise<Work>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "timeTicks" });
  const look = async (): Promise<Work> => {
    const { metrics } = await session.send("Performance.getMetrics");
    const secondsOf = (name: string): number =>
      metrics.find((one) => one.name === name)?.value ?? 0;
    return {
      ScriptDuration: secondsOf("ScriptDuration"),
      LayoutDuration: secondsOf("LayoutDuration"),
      TaskDuration: secondsOf("TaskDuration"),
    };
  };
  const beganMs = performance.now();
  const before = await look();
  return async () => {
    const after = await look();
    const elapsedSecs = (performance.now() - beganMs) / 1_000;
    await session.detach();
    const per = (name: keyof Work): number => ((after[name] - before[name]) * 1_000) / elapsedSecs;
    return {
      ScriptDuration: per("ScriptDuration"),
      LayoutDuration: per("LayoutDuration"),
      TaskDuration: per("TaskDuration"),
    };
  };
}

function share(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? 0;
}

/** In the page: what its observers saw, and how long its frames took. */
const PROBE = `
globalThis.probe = (() => {
  let shift = 0, largest = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) largest = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  const frames = (ms, each = () => {}) => new Promise((done) => {
    const deltas = [];
    let last = performance.now();
    const until = last + ms;
    const step = (now) => {
      deltas.push(now - last);
      last = now;
      each();
      if (now < until) requestAnimationFrame(step);
      else done(deltas.slice(1));
    };
    requestAnimationFrame(step);
  });
  return {
    frames,
    load: () => ({
      paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
      largest,
      shift,
    }),
    scroll: (ms) => frames(ms, () => {
      const root = document.scrollingElement;
      root.scrollTop = root.scrollTop + innerHeight >= root.scrollHeight ? 0 : root.scrollTop + 40;
    }),
    nextPage: () => new Promise((done) => {
      const first = document.querySelector("tbody tr").textContent;
      [...document.querySelectorAll("button")].find((one) => one.textContent === "Next page").click();
      const look = () => {
        if (document.querySelector("tbody tr")?.textContent !== first) done(null);
        else requestAnimationFrame(look);
      };
      look();
    }),
    shown: (name) => new Promise((done) => {
      const link = [...document.querySelectorAll("nav a")].find((one) => one.textContent === name);
      const before = document.querySelector("table");
      const began = performance.now();
      link.click();
      const look = () => {
        const table = document.querySelector("tbody tr")?.closest("table");
        if (table && table !== before) done(performance.now() - began);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }),
  };
})();
`;

/** A snapshot, then at each step a tenth of the calls: one that ends, one that begins, and those that are answered. */
function pushCalls(send: (text: string) => void, count: number): void {
  let begun = count;
  const calls = Array.from({ length: count }, (_, at) => ringing(at));
  send(JSON.stringify({ type: "snapshot", calls, has_more: false }));
  let step = 0;
  const timer = setInterval(() => {
    step += 1;
    const ended = calls.shift();
    const next = ringing(begun++);
    calls.push(next);
    const turned = Array.from({ length: count / 10 - 2 }, (_, at) => {
      const index = (step * 7 + at * 11) % count;
      const call = turn(calls[index] ?? next);
      calls[index] = call;
      return call;
    });
    const changed = [...(ended === undefined ? [] : [{ ...ended, status: "ended" }]), next];
    try {
      send(JSON.stringify({ type: "calls", calls: [...changed, ...turned] }));
    } catch {
      clearInterval(timer);
    }
    if (step > (LIVE_STEPS_PER_SECOND * LIVE_MS * 3) / 1_000) clearInterval(timer);
  }, 1_000 / LIVE_STEPS_PER_SECOND);
}

/** Answered, or ringing once more. */
function turn(call: CallView): CallView {
  return call.status === "ringing"
    ? { ...call, status: "in_progress", answered_at: call.started_at }
    : { ...call, status: "ringing", answered_at: null };
}

const FIRST_CALL_AT_MS = Date.now() - 3_600_000;

function ringing(at: number): CallView {
  return {
    call_id: `call_${at}`,
    conversation_id: `conv_${at}`,
    status: "ringing",
    direction: at % 2 === 0 ? "inbound" : "outbound",
    agent_id: "agent_1",
    agent_name: "Reception",
    phone_number_id: "phnum_1",
    agent_number: "+493012345678",
    external_number: `+4930${String(10_000_000 + at)}`,
    started_at: new Date(FIRST_CALL_AT_MS + at * 1_000).toISOString(),
    answered_at: null,
    ended_at: null,
    duration_secs: null,
    end: null,
  };
}

/** Numbers as a customer imports them; calls as rows, since their nodes would take an hour to tell them. */
async function fill(
  plane: { readonly baseUrl: string; readonly apiKey: string; readonly database: string },
  numbers: number,
  calls: number,
): Promise<void> {
  const url = new URL(plane.baseUrl);
  const headers = { "xi-api-key": plane.apiKey };
  const made = await fetch(new URL("/v1/convai/agents/create", url), {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ name: "Reception", conversation_config: {} }),
  });
  const told: unknown = await made.json();
  const agentId = String(Reflect.get(Object(told), "agent_id"));
  await importNumbers({ url, headers, agentId, numbers });
  const client = createClient({ url: `http://${plane.database}` });
  const record = JSON.stringify({ end: { blame: "none" }, agentNumber: "+493012345678" });
  await client.execute({
    sql: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?),
      p AS (SELECT id, workspace_id, row_number() OVER () AS r FROM phone_numbers)
      INSERT INTO conversations (id, workspace_id, call_id, agent_id, agent_name, phone_number_id,
        node_id, direction, status, started_at_ms, accepted_at_ms, ended_at_ms, duration_ms,
        end_code, termination_reason, record)
      SELECT printf('conv_%026d', i), p.workspace_id, printf('call_%026d', i), ?, 'Reception', p.id,
        'node', 'inbound', 'done', ? - i * 1000, ? - i * 1000, ? - i * 500, i % 300000,
        'caller_hung_up', 'The caller hung up.', ?
      FROM n JOIN p ON p.r = 1 + i % ?`,
    args: [calls, agentId, Date.now(), Date.now(), Date.now(), record, numbers],
  });
  client.close();
}
