import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { ENVIRONMENT_VARIABLES } from "../../media-node/config.ts";
import { MEDIA_NODE_FLAGS } from "../../media-node/process-flags.ts";
import { portRules, RELAY_PORT, STUN_PORT } from "../../schema/values/port-rules.ts";
import { suiteName } from "../support/skip.ts";
import {
  installProvider,
  type RunningProvider,
  startProvider,
  terraform,
  whyNoProvider,
  whyNoTerraform,
} from "../support/terraform.ts";

/** Its types would bring those of browsers into the whole project. */
const { parse }: { parse: (name: string, text: string) => Promise<unknown> } = createRequire(
  import.meta.url,
)("@cdktf/hcl2json");

const ROOT = "terraform";
const SOURCES = globSync(`${ROOT}/**/*.{tf,tfvars,tftest.hcl}`).sort();
const FOLDERS = globSync(`${ROOT}/{modules,roots,examples}/*`).sort();
const TESTED = FOLDERS.filter((folder) => existsSync(`${folder}/tests`));
const FILES = `${ROOT}/modules/media-node/files`;
const LIMIT_MS = 180_000;

/** What we look at in a file: blocks by their labels, each a list. */
const blockSchema = z.array(z.record(z.string(), z.unknown()));
const sourceSchema = z.looseObject({
  variable: z.record(z.string(), blockSchema).optional(),
  output: z.record(z.string(), blockSchema).optional(),
  resource: z.record(z.string(), z.unknown()).optional(),
  terraform: z.array(z.looseObject({ required_providers: blockSchema.optional() })).optional(),
});

const portTableSchema = z.array(
  z.object({ service: z.string(), protocol: z.string(), port: z.number().int().nullable() }),
);

async function readSource(path: string) {
  return sourceSchema.parse(await parse(path, readFileSync(path, "utf8")));
}

describe("the Terraform sources", () => {
  it("are HCL, file by file", async () => {
    expect(SOURCES.length).toBeGreaterThan(30);
    for (const path of SOURCES) await readSource(path);
  });

  it("describe every variable and output, and give every variable a type", async () => {
    const lacking: string[] = [];
    for (const path of SOURCES) {
      const { variable = {}, output = {} } = await readSource(path);
      for (const [name, [block = {}]] of Object.entries(variable)) {
        if (!("description" in block && "type" in block)) lacking.push(`${path}: ${name}`);
      }
      for (const [name, [block = {}]] of Object.entries(output)) {
        if (!("description" in block)) lacking.push(`${path}: ${name}`);
      }
    }
    expect(lacking).toEqual([]);
  });

  it("need the AWS provider, within the same bounds, and no other", async () => {
    for (const path of SOURCES.filter((source) => source.endsWith(".tf"))) {
      for (const { required_providers: providers } of (await readSource(path)).terraform ?? []) {
        expect(providers, path).toEqual([
          { aws: { source: "hashicorp/aws", version: ">= 5.100, < 6" } },
        ]);
      }
    }
  });

  it("start a node with the flags that it is measured with, and with settings that exist", () => {
    const cloudInit = readFileSync(`${ROOT}/modules/media-node/cloud-init.tf`, "utf8");
    expect(cloudInit).toContain(`node_flags = "${MEDIA_NODE_FLAGS.join(" ")}"`);
    const texts = globSync([`${FILES}/*`, `${ROOT}/modules/media-node/*.tf`]).map((path) =>
      readFileSync(path, "utf8"),
    );
    const named = texts.join("\n").match(/\bTRUNKLINE_[A-Z_]+[A-Z]\b/g) ?? [];
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !ENVIRONMENT_VARIABLES.includes(name))).toEqual([]);
  });

  it("let in what the published port table names for SIP and media, and nothing else", () => {
    const rtpPorts = { first: 10_000, last: 19_999 };
    const published = portRules({ rtpPorts, isSipUdpOpen: true, isStunOpen: true }).flatMap(
      (rule) =>
        rule.direction !== "in" && (rule.service === "sip" || rule.service === "rtp")
          ? [`${rule.protocol} ${rule.ourPort}`]
          : [],
    );
    const text = readFileSync(`${ROOT}/modules/network/ports.json`, "utf8");
    const rows = portTableSchema.parse(JSON.parse(text));
    const isPrivate = ({ service }: { service: string }) => service === "relay";
    expect(rows.filter(isPrivate)).toMatchObject([{ protocol: "tcp", port: RELAY_PORT }]);
    const cloudInit = readFileSync(`${ROOT}/modules/media-node/cloud-init.tf`, "utf8");
    expect(/relay_port += (\d+)/.exec(cloudInit)?.[1]).toBe(String(RELAY_PORT));
    const outward = rows.filter((row) => !isPrivate(row));
    const opened = outward.map(
      ({ protocol, port }) => `${protocol} ${port ?? `${rtpPorts.first}-${rtpPorts.last}`}`,
    );
    expect(opened.sort()).toEqual(published.sort());
  });

  it("make nothing whose price is not told, with its region, month and source", async () => {
    const readme = readFileSync(`${ROOT}/README.md`, "utf8");
    const rows = readme
      .split("\n")
      .filter((line) => /^\| .*\]\(https:\/\/aws\.amazon\.com\//.test(line))
      .map((line) => line.split("|").map((cell) => cell.trim()));
    const priced = new Set<string>();
    let made = 0;
    for (const [, resources = "", count = "", price, region, asOf, source] of rows) {
      for (const [, type = ""] of resources.matchAll(/`(aws_\w+)`/g)) priced.add(type);
      made += count === "–" ? 0 : Number(count);
      expect(price, resources).toMatch(/\$\d|^none/);
      expect(region, resources).toMatch(/^(?:all|[a-z]{2}-[a-z]+-\d)$/);
      expect(asOf, resources).toMatch(/^20\d\d-\d\d$/);
      expect(source, resources).toMatch(/^\[[^\]]+\]\(https:\/\/aws\.amazon\.com\/[\w/-]+\)$/);
    }
    const types = new Set<string>();
    // What the complete example is made of; `allowlist` stands in accounts of customers.
    for (const path of globSync(`${ROOT}/modules/{network,dns,media-node}/*.tf`)) {
      for (const type of Object.keys((await readSource(path)).resource ?? {})) types.add(type);
    }
    expect([...priced].sort()).toEqual([...types].sort());
    expect(`Plan: ${made} to add`).toBe(/Plan: \d+ to add/.exec(readme)?.[0]);
  });

  it("have scripts that a shell can read", () => {
    for (const script of [...globSync(`${FILES}/*.sh`), "scripts/release.sh"]) {
      expect(spawnSync("sh", ["-n", script], { encoding: "utf8" }).stderr, script).toBe("");
    }
  });
});

describe.skipIf(whyNoTerraform !== null)(suiteName("terraform", whyNoTerraform), () => {
  it("finds every file formatted", () => {
    expect(terraform(ROOT, ["fmt", "-check", "-recursive"])).toMatchObject({
      status: 0,
      stdout: "",
    });
  });

  it("renders a firewall that nft takes, and a unit that is exposed by less than 2.0", () => {
    const rules = rendered("trunkline.nft.tftpl", {
      rtp_first: 10_000,
      rtp_last: 19_999,
      sip_tcp_ports: ["5060", "5061"],
      sip_udp: true,
      relay_port: RELAY_PORT,
      stun: true,
      ipv6: true,
    });
    expect(rules).toContain("udp dport 5060 accept");
    expect(rules).toContain(`udp dport ${STUN_PORT} limit rate`);
    // A flood of STUN is neither tracked nor let through.
    expect(rules.match(new RegExp(`${STUN_PORT} notrack`, "g"))).toHaveLength(2);
    const nft = spawnSync("nft", ["-c", "-f", "-"], { input: rules, encoding: "utf8" });
    if (nft.error === undefined) expect(nft.stderr).toBe("");

    const unit = rendered("trunkline-node.service.tftpl", {
      drain_seconds: 3_600,
      documentation_host: "example.net",
      node_flags: MEDIA_NODE_FLAGS.join(" "),
    });
    expect(unit).toContain("TimeoutStopSec=3630");
    const folder = mkdtempSync(join(tmpdir(), "trunkline-unit-"));
    const file = join(folder, "trunkline-node.service");
    writeFileSync(file, unit);
    const analysis = spawnSync("systemd-analyze", ["security", "--offline=true", file], {
      encoding: "utf8",
    });
    rmSync(folder, { recursive: true });
    if (analysis.error !== undefined) return;
    const exposure = /Overall exposure level for \S+: ([\d.]+)/.exec(analysis.stdout)?.[1];
    expect(Number(exposure), analysis.stdout).toBeLessThan(2);
  });
});

/** A template as the module renders it. */
function rendered(template: string, values: Readonly<Record<string, unknown>>): string {
  const expression = `base64encode(templatefile("${template}", jsondecode(${JSON.stringify(JSON.stringify(values))})))`;
  const console = terraform(FILES, ["console"], { input: `${expression}\n` });
  const encoded = /^"([\w+/=]+)"$/m.exec(console.stdout)?.[1];
  if (encoded === undefined) throw new Error(`${console.stdout}${console.stderr}`);
  return Buffer.from(encoded, "base64").toString();
}

describe.skipIf(whyNoProvider !== null)(
  suiteName("terraform with its provider", whyNoProvider),
  () => {
    let provider: RunningProvider;

    beforeAll(async () => {
      provider = await startProvider();
    }, LIMIT_MS);

    afterAll(() => provider[Symbol.asyncDispose]());

    it(
      "installs the provider within the bounds that every folder has",
      () => {
        const folder = mkdtempSync(join(tmpdir(), "trunkline-terraform-"));
        onTestFinished(() => rmSync(folder, { recursive: true }));
        copyFileSync(`${ROOT}/modules/network/versions.tf`, join(folder, "versions.tf"));
        const { status, stdout, stderr } = installProvider(folder);
        expect(status, `${stdout}${stderr}`).toBe(0);
        expect(stdout).toMatch(/Installed hashicorp\/aws v5\.\d+/);
      },
      LIMIT_MS,
    );

    it.each(FOLDERS)(
      "validates %s, by its tests where it has some",
      (folder) => {
        using initial = provider.initialised(folder);
        const { run } = initial;
        if (!TESTED.includes(folder)) {
          expect(run("validate")).toMatchObject({ status: 0 });
          return;
        }
        const { status, stdout, stderr } = run("test");
        expect(status, `${stdout}${stderr}`).toBe(0);
        expect(stdout).toMatch(/Success! [1-9]\d* passed, 0 failed/);
      },
      LIMIT_MS,
    );
  },
);
