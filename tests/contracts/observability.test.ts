import { existsSync, readdirSync, readFileSync } from "node:fs";
import { parser } from "@prometheus-io/lezer-promql";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { CALL_ENDS } from "../../media-node/call/call-ends.ts";
import { type ExportedMetric, exportedMetrics } from "../support/node-metrics.ts";

/** Alerts and dashboards say nothing of metrics, labels and reasons that no node exports. */

const ROOT = new URL("../../", import.meta.url);
const ALERTS = new URL("observability/alerts.yml", ROOT);
const DASHBOARDS = new URL("observability/dashboards/", ROOT);

const alertsSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Trunkline[A-Z]/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+[smh]$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(["critical", "warning"]) }),
          annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});

const dashboardSchema = z.looseObject({
  uid: z.string(),
  templating: z.object({
    list: z.array(z.looseObject({ query: z.object({ query: z.string() }) })),
  }),
  panels: z.array(
    z.looseObject({
      id: z.number(),
      title: z.string(),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(z.looseObject({ expr: z.string(), legendFormat: z.string() })).min(1),
    }),
  ),
});

/** Given by Prometheus, or by the scrape's configuration that the runbooks show. */
const TARGET_LABELS = new Set(["instance", "job", "region", "le"]);
const HISTOGRAM_PARTS = /_(bucket|sum|count)$/;

const rules = () => alertsSchema.parse(parse(readFileSync(ALERTS, "utf8"))).groups;
const dashboards = () =>
  readdirSync(DASHBOARDS).map((name) => ({
    name,
    dashboard: dashboardSchema.parse(JSON.parse(readFileSync(new URL(name, DASHBOARDS), "utf8"))),
  }));

let exported: ReadonlyMap<string, ExportedMetric>;
beforeAll(async () => {
  exported = await exportedMetrics();
});

/** What is wrong with an expression by Prometheus' own grammar, and what it asks of the metrics that is not there. */
function faultsOf(expr: string): string[] {
  const faults: string[] = [];
  parser.parse(expr.replaceAll("$instance", ".*")).iterate({
    enter: ({ type, from }) => {
      if (type.isError) faults.push(`is no PromQL from character ${from} on`);
    },
  });
  const used = [...expr.matchAll(/\b(trunkline_[a-z_]+)(?:\{([^}]*)\})?/g)];
  const labels = new Set<string>(TARGET_LABELS);
  for (const [, name = "", selectors = ""] of used) {
    const family = exported.get(name) ?? histogramOf(name);
    if (family === undefined) faults.push(`${name} is not exported`);
    if (family?.type === "counter" && !isRate(expr, name)) faults.push(`${name} is not rated`);
    for (const label of family?.labels ?? []) labels.add(label);
    for (const [, label = "", value = ""] of selectors.matchAll(/([a-z_]+)[=!~]+"([^"]*)"/g)) {
      if (!TARGET_LABELS.has(label) && family?.labels.has(label) !== true) {
        faults.push(`${name} has no label ${label}`);
      }
      const codes = label === "end" ? value.split("|") : [];
      faults.push(...codes.filter((code) => !(code in CALL_ENDS)).map((code) => `no end ${code}`));
    }
  }
  for (const [, grouped = ""] of expr.matchAll(/\bby \(([^)]*)\)/g)) {
    for (const label of grouped.split(",").map((each) => each.trim())) {
      if (!labels.has(label)) faults.push(`nothing has the label ${label}`);
    }
  }
  return faults;
}

function histogramOf(name: string): ExportedMetric | undefined {
  const family = exported.get(name.replace(HISTOGRAM_PARTS, ""));
  return family?.type === "histogram" && HISTOGRAM_PARTS.test(name) ? family : undefined;
}

function isRate(expr: string, name: string): boolean {
  return new RegExp(`\\b(rate|increase)\\(${name}\\b`).test(expr);
}

describe("alerts", () => {
  it("ask for what nodes export, say what is wrong, and name a runbook that is there", () => {
    const names = new Set<string>();
    for (const { alert, expr, annotations } of rules().flatMap((group) => group.rules)) {
      expect([alert, faultsOf(expr)]).toEqual([alert, []]);
      expect([annotations.runbook, existsSync(new URL(annotations.runbook, ROOT))]).toEqual([
        annotations.runbook,
        true,
      ]);
      expect(names.has(alert)).toBe(false);
      names.add(alert);
    }
    expect(names.size).toBeGreaterThan(15);
  });

  it("would be refused here with a metric, a label or a reason that nobody exports", () => {
    expect(faultsOf("trunkline_calls_lost > 0")).toEqual(["trunkline_calls_lost is not exported"]);
    expect(faultsOf('rate(trunkline_calls_ended_total{ends="x"}[5m])')).toHaveLength(1);
    expect(faultsOf('rate(trunkline_calls_ended_total{end=~"busy|bored"}[5m])')).toEqual([
      "no end bored",
    ]);
    expect(faultsOf("sum by (call_id) (trunkline_calls_active)")).toHaveLength(1);
    expect(faultsOf("trunkline_sip_bans_total > 1")).toHaveLength(1);
    expect(faultsOf("sum by (instance (trunkline_calls_active)").join()).toContain("no PromQL");
  });
});

describe("dashboards", () => {
  it("ask for what nodes export, and no panel lies on another", () => {
    expect(dashboards().map(({ name }) => name)).toEqual(["call-quality.json", "fleet.json"]);
    for (const { name, dashboard } of dashboards()) {
      const { panels, templating } = dashboard;
      for (const { title, targets } of panels) {
        const faults = targets.flatMap(({ expr }) => faultsOf(expr));
        expect([name, title, faults]).toEqual([name, title, []]);
      }
      for (const { query } of templating.list) {
        const [, metric = ""] = /^label_values\(([a-z_]+),/.exec(query.query) ?? [];
        expect([...exported.keys()]).toContain(metric);
      }
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      const places = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
      );
      expect(new Set(places).size).toBe(places.length);
    }
  });
});

describe("runbooks", () => {
  it("name only reasons, metrics and pages that exist", async () => {
    const folder = new URL("docs/runbooks/", ROOT);
    for (const name of readdirSync(folder)) {
      const text = readFileSync(new URL(name, folder), "utf8");
      const metrics = [...text.matchAll(/`(trunkline_[a-z_]+)`/g)].map(([, metric = ""]) => metric);
      expect([name, metrics.filter((metric) => !exported.has(metric))]).toEqual([name, []]);
      const pages = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, page = ""]) => page);
      const lost = pages.filter((page) => !existsSync(new URL(page, new URL(name, folder))));
      expect([name, lost]).toEqual([name, []]);
    }
  });
});
