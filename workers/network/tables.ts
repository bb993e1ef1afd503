import { portRules } from "../../schema/values/port-rules.ts";
import { type FeedDocument, type FeedFile, inUse, textFile } from "./document.ts";
import { csvField } from "./escape.ts";

const CSV = "text/csv; charset=utf-8";

/** The CSV files: where the addresses are (RFC 8805), and which ports are used. */
export function renderTables(document: FeedDocument): FeedFile[] {
  const current = inUse(document);
  if (current.length === 0) return [];
  const places = current.map(({ prefix, geo }) =>
    [prefix, geo.country, geo.subdivision ?? "", geo.city ?? "", ""].map(csvField).join(","),
  );
  const rules = portRules(document.settings.ports).map((rule) =>
    [
      String(rule.id),
      rule.direction,
      rule.protocol,
      rule.customerSide,
      rule.customerPort,
      rule.service ?? rule.otherSide ?? "",
      rule.ourPort,
      rule.purpose,
      rule.isRequired ? "yes" : "no",
      rule.notes,
    ]
      .map(csvField)
      .join(","),
  );
  const columns =
    "id,direction_from_customer,protocol,customer_side,customer_port,our_side,our_port,purpose,required,notes";
  return [
    textFile(
      "/network/geofeed.csv",
      [`# RFC 8805 geofeed, version ${document.version}`, ...places],
      CSV,
    ),
    textFile("/network/rules.csv", [columns, ...rules], CSV),
  ];
}
