import { readFileSync } from "node:fs";
import { type DnsNode, planRecords } from "../../workers/dns/plan-records.ts";

/** The records of a dialled name as lines of a zone file, each by the code of its owner. */

const NOW_MS = 1_790_000_000_000;
const TRANSPORTS = ["tls", "tcp"] as const;
const NAPTR_ROW = /\{ transport = "(\w+)", order = (\d+), service = "(\S+)", prefix = "(\S+)" \}/g;

/** What Terraform makes for the name once, and what the reconciler writes where nothing was. */
export function recordsOf(name: string, nodes: readonly DnsNode[]): readonly string[] {
  return [...naptrOf(name), ...reconciledOf(name, nodes)];
}

/** After Terraform's source. */
function naptrOf(name: string): readonly string[] {
  const source = readFileSync("terraform/modules/dns/main.tf", "utf8");
  if (!/\$\{row\.order\} 50 .+ \$\{row\.prefix\}\.\$\{each\.key\}\."/.test(source)) {
    throw new Error("the module writes NAPTR in another way");
  }
  const open = [...source.matchAll(NAPTR_ROW)].filter(([, transport]) =>
    TRANSPORTS.some((each) => each === transport),
  );
  if (open.length !== TRANSPORTS.length) throw new Error("a transport has no NAPTR");
  return open.map(
    ([, , order, service, prefix]) =>
      `${name}. IN NAPTR ${order} 50 "s" "${service}" "" ${prefix}.${name}.`,
  );
}

function reconciledOf(name: string, nodes: readonly DnsNode[]): readonly string[] {
  const { changes } = planRecords({
    name,
    nodes,
    standing: { sets: [], foreign: [] },
    transports: TRANSPORTS,
    owner: "default",
    nowMs: NOW_MS,
    ttlSecs: 60,
    isComplete: true,
  });
  return changes.flatMap(({ set }) =>
    set.values.map((value) => `${set.name}. ${set.ttlSecs} IN ${set.type} ${value}`),
  );
}
