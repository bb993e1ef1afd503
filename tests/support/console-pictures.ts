import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createApiClient } from "./api-client.ts";
import { loaded, openConsole, startBrowser } from "./browser.ts";
import { eventually } from "./deadline.ts";
import { placeCall, startTrunkline } from "./processes.ts";

/** `npm run pictures`: the console's main screens as docs/pictures/*.png, of a system with numbers and a call. */

const FOLDER = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
const NUMBERS = [
  ["+493012345678", "Reception Berlin", { allowed_addresses: ["203.0.113.0/24"] }],
  [
    "+442079460958",
    "London office",
    { credentials: { username: "pbx-london", password: "long and random" } },
  ],
  [
    "+12025550123",
    "Support US",
    { allowed_addresses: ["198.51.100.7"], media_encryption: "required" },
  ],
] as const;

mkdirSync(FOLDER, { recursive: true });
const [trunkline, browser] = await Promise.all([startTrunkline(), startBrowser()]);
try {
  const api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
  const agents = await api.get("/v1/convai/agents");
  for (const [phone_number, label, inbound_trunk_config] of NUMBERS) {
    await api.post("/v1/convai/phone-numbers", {
      phone_number,
      label,
      agent_id: agents.body.agents[0].agent_id,
      inbound_trunk_config,
      outbound_trunk_config: {
        address: "sip.carrier.example",
        transport: "tls",
        media_encryption: "required",
      },
    });
  }
  await placeCall(trunkline, [
    trunkline.ready.number,
    "--header",
    "X-Campaign: spring",
    "--duration",
    "12",
  ]);
  const list = await eventually(
    async () => {
      const answer = await api.get("/v1/convai/conversations");
      return answer.body.conversations[0]?.status === "done" ? answer.body : null;
    },
    20_000,
    "the call did not end",
  );
  const call = `/calls/${list.conversations[0].conversation_id}`;
  await eventually(
    async () => {
      const answer = await api.get(
        `/v1/convai${call.replace("/calls", "/conversations")}/sip-messages`,
      );
      return answer.body.sip_messages.length > 0 ? true : null;
    },
    20_000,
    "the messages did not come",
  );
  await using console = await openConsole(browser, trunkline.ready.api, {
    width: 1280,
    height: 760,
  });
  const { page } = console;
  await console.signIn(trunkline.ready.api_key);
  const shoot = async (name: string, path: string, ready: string): Promise<void> => {
    await console.open(path);
    await page.getByText(ready).first().waitFor();
    await loaded(page);
    await page.screenshot({ path: `${FOLDER}${name}.png` });
  };
  await shoot("phone-numbers", "/phone-numbers", "London office");
  await shoot("sip-ladder", `${call}?tab=ladder`, "200 OK");
  await shoot("quality", `${call}?tab=quality`, "Jitter in ms");
  await shoot("calls", "/calls", "The caller hung up.");
  await console.open("/phone-numbers");
  await page.getByRole("button", { name: "Import SIP trunk" }).click();
  await page.getByRole("dialog").waitFor();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: `${FOLDER}import-dark.png` });
} finally {
  await Promise.all([browser.close(), trunkline.stop()]);
}
