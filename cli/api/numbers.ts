import type { Command } from "commander";
import type { components, Trunkline } from "../../sdk/trunkline.ts";
import { collectText } from "../options.ts";
import { readSecretFile } from "../secret-file.ts";
import { UserError } from "../user-error.ts";
import { importFile, isRowsFile } from "./import-file.ts";
import type { ApiOptions, ApiSession, Columns } from "./session.ts";
import { type AddVerb, parseLimit, take } from "./verbs.ts";

type PhoneNumber = components["schemas"]["PhoneNumber"];
type CreatePhoneNumber = components["schemas"]["CreatePhoneNumber"];

const COLUMNS: Columns<PhoneNumber> = [
  ["NUMBER", (number) => number.phone_number],
  ["ID", (number) => number.phone_number_id],
  ["LABEL", (number) => number.label],
  ["AGENT", (number) => number.assigned_agent?.agent_name],
  ["INBOUND", (number) => inboundOf(number)],
  ["OUTBOUND", (number) => number.outbound_trunk?.address],
];

interface ImportOptions extends ApiOptions {
  readonly label?: string;
  readonly agent?: string;
  readonly allow?: readonly string[];
  readonly username?: string;
  readonly passwordFile?: string;
  readonly outbound?: string;
  readonly file?: string;
  readonly key?: string;
  readonly splitAddresses?: boolean;
}

/** `trunkline numbers …` */
export function addNumberVerbs(program: Command, add: AddVerb): void {
  const numbers = program.command("numbers").description("Phone numbers and their trunks.");

  add<ApiOptions & { limit: number; agent?: string }>(numbers, "list", "All numbers.")
    .option("--agent <id>", "of this agent only")
    .option("--limit <count>", "at most so many", parseLimit, 1_000)
    .verb(({ limit, agent }) => async (session) => {
      const query = {
        page_size: Math.min(limit, 100),
        ...(agent === undefined ? {} : { agent_id: agent }),
      };
      const rows = session.api.list("/v1/convai/v2/phone-numbers", { params: { query } });
      session.printList(await take(rows, limit), COLUMNS);
      return undefined;
    });

  add(numbers, "get", "One number.")
    .argument("<number>", "its identifier, or the number as it was imported")
    .verb((_options, [text = ""]) => async ({ api, print }) => {
      const id = await idOf(api, text);
      const params = { path: { phone_number_id: id } };
      print(await api.get("/v1/convai/phone-numbers/{phone_number_id}", { params }));
      return undefined;
    });

  add<ImportOptions>(numbers, "import", "Imports one number, or those of a file.")
    .argument("[number]", "as the carrier sends it, e.g. +442071838750; or a file: .ndjson or .csv")
    .option("--label <label>", "what people tell it by (default: the number)")
    .option("--agent <id>", "who answers")
    .option<readonly string[]>(
      "--allow <address>",
      "address or block that calls may come from; repeatable",
      collectText,
      [],
    )
    .option("--username <name>", "that callers prove themselves by")
    .option("--password-file <file>", "holds the password to --username")
    .option("--outbound <host>", "host or host:port that calls are placed through")
    .option("--file <file>", "the same for a file of another name; - is the standard input")
    .option(
      "--key <key>",
      "of a file: names the import, to go on with it (default: made of the file)",
    )
    .option("--split-addresses", "of a file: take port and transport out of pasted SIP URIs")
    .verb(
      (options, [number]) =>
        (session) =>
          importNumbers(session, options, number),
    );

  add(numbers, "assign", "Lets an agent answer a number.")
    .argument("<number>", "its identifier, or the number as it was imported")
    .argument("<agent>", "identifier of the agent; - is nobody")
    .verb((_options, [text = "", agent = ""]) => async ({ api, print }) => {
      const params = { path: { phone_number_id: await idOf(api, text) } };
      const body = { agent_id: agent === "-" ? null : agent };
      print(await api.patch("/v1/convai/phone-numbers/{phone_number_id}", { params, body }));
      return undefined;
    });

  add(numbers, "delete", "Gives a number up.")
    .argument("<number>", "its identifier, or the number as it was imported")
    .verb((_options, [text = ""]) => async ({ api, print }) => {
      const params = { path: { phone_number_id: await idOf(api, text) } };
      print(await api.delete("/v1/convai/phone-numbers/{phone_number_id}", { params }));
      return undefined;
    });
}

function inboundOf({ inbound_trunk: trunk }: PhoneNumber): string {
  if (trunk === null) return "-";
  if (trunk.open) return "open";
  const ways = [
    ...(trunk.allowed_addresses.length > 0 ? [`${trunk.allowed_addresses.length} addresses`] : []),
    ...(trunk.has_auth_credentials ? ["password"] : []),
    ...((trunk.tls_identities?.length ?? 0) > 0 ? ["TLS identity"] : []),
  ];
  return ways.join(", ");
}

/** @throws ProblemError 404 as the API answers it; UserError when the text fits several numbers */
export async function idOf(api: Trunkline, text: string): Promise<string> {
  if (text.startsWith("phnum_")) return text;
  const query = { phone_number: text, page_size: 100 };
  const found = await take(api.list("/v1/convai/v2/phone-numbers", { params: { query } }), 100);
  const exact = found.filter((number) => number.phone_number === text);
  const [number] = exact;
  if (exact.length > 1) {
    const ids = exact.map((one) => one.phone_number_id).join(", ");
    throw new UserError(`${text} was imported more than once: name one of ${ids}.`);
  }
  // What is not there is asked for all the same: the API says that it is not.
  return number?.phone_number_id ?? text;
}

async function importNumbers(
  session: ApiSession,
  options: ImportOptions,
  given: string | undefined,
): Promise<number | undefined> {
  const file = options.file ?? (given !== undefined && isRowsFile(given) ? given : undefined);
  const number = file === given ? undefined : given;
  if ((number === undefined) === (file === undefined)) {
    throw new UserError("Name either one number, or a file of them: .ndjson, .jsonl or .csv.");
  }
  if (file !== undefined) {
    return importFile(session, {
      file,
      key: options.key ?? null,
      splits: options.splitAddresses === true,
    });
  }
  session.print(await importOne(session.api, await describe(options, number ?? "")));
  return undefined;
}

function importOne(api: Trunkline, body: CreatePhoneNumber) {
  return api.post("/v1/convai/phone-numbers", { body });
}

async function describe(options: ImportOptions, number: string): Promise<CreatePhoneNumber> {
  const { username, passwordFile, allow = [] } = options;
  if ((username === undefined) !== (passwordFile === undefined)) {
    throw new UserError("--username and --password-file go together.");
  }
  const credentials =
    username === undefined || passwordFile === undefined
      ? {}
      : { credentials: { username, password: await readPassword(passwordFile) } };
  return {
    phone_number: number,
    label: options.label ?? number,
    provider: "sip_trunk",
    ...(options.agent === undefined ? {} : { agent_id: options.agent }),
    inbound_trunk_config: {
      ...(allow.length === 0 ? {} : { allowed_addresses: [...allow] }),
      ...credentials,
    },
    ...(options.outbound === undefined
      ? {}
      : { outbound_trunk_config: { address: options.outbound, ...credentials } }),
  };
}

async function readPassword(path: string): Promise<string> {
  return (await readSecretFile(path, "the password of the trunk")).reveal();
}
