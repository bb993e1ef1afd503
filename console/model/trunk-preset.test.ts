import { expect, test } from "vitest";
import { PROVIDER_PRESETS } from "../../schema/values/provider-presets.ts";
import { firewallRows, webhookSources } from "./firewall-rows.ts";
import { NEW_DRAFT, testBody } from "./trunk-form.ts";
import {
  type FormPreset,
  presetChange,
  presetContradictions,
  presetNameChange,
} from "./trunk-preset.ts";

/** As the API tells them. */
const VIEWS: readonly FormPreset[] = PROVIDER_PRESETS.map(({ inbound, ...rest }) => ({
  ...rest,
  inbound: inbound && { addresses: inbound.addresses, remote_domains: inbound.remoteDomains },
}));

function preset(id: string): FormPreset {
  const found = VIEWS.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no preset ${id}`);
  return found;
}

test("every preset that a trunk can reach fills a form that it has nothing to say against", () => {
  for (const one of VIEWS) {
    if (one.kind === "registration_only") continue;
    const draft = { ...NEW_DRAFT, presetName: "acme", outboundUser: "pbx" };
    const filled = { ...draft, ...presetChange(one, draft) };
    expect(presetContradictions(one, filled, false), one.id).toEqual([]);
    expect(filled.address, one.id).not.toContain("{");
  }
});

test("the customer's own label goes where the provider's address has a place for it", () => {
  const twilio = preset("twilio");
  expect(presetChange(twilio, NEW_DRAFT).address).toBe("");
  expect(presetNameChange(twilio, " acme ").address).toBe("acme.pstn.twilio.com");
});

test("a trunk that stands as it is stored is tested as it is stored, its password with it", () => {
  const before = {
    phone_number_id: "num_1",
    phone_number: "+493012345678",
    label: "",
    provider_preset: null,
    assigned_agent: null,
    inbound_trunk: null,
    outbound_trunk: {
      address: "sip.carrier.example",
      port: null,
      transport: "tls",
      media_encryption: "required",
      username: "pbx",
      enabled_codecs: [],
      headers: {},
    },
    // What a form looks at; the rest of a number is not in it.
  } as unknown as Parameters<typeof testBody>[1];
  const draft = {
    ...NEW_DRAFT,
    phoneNumber: "+493012345678",
    address: "sip.carrier.example",
    outboundUser: "pbx",
  };
  expect(testBody(draft, before, "")).toEqual({ phone_number_id: "num_1" });
  expect(testBody({ ...draft, transport: "tcp" }, before, "+1")).toMatchObject({
    outbound_trunk_config: { transport: "tcp" },
    caller: "+493012345678",
    invite: { to: "+1" },
  });
});

test("firewall rows are those of the region, with every address that the row's service has there", () => {
  const port = {
    id: 1,
    direction_from_customer: "out",
    protocol: "tcp",
    customer_port: "any",
    our_side: "sip",
    our_port: "5061",
    in_static_block: true,
    purpose: "SIP over TLS",
    required: true,
  } as const;
  const range = (prefix: string, region: string, services: readonly string[]) => ({
    range_id: prefix,
    prefix,
    region,
    services,
    state: "active",
    active_from: "",
    remove_after: null,
  });
  const prefixes = [
    range("25.1.0.0/28", "eu", ["sip"]),
    range("25.2.0.0/28", "us", ["sip"]),
    range("25.3.0.0/28", "eu", ["rtp"]),
  ];
  expect(firewallRows({ prefixes, ports: [port] }, "eu")).toMatchObject([
    { ours: ["25.1.0.0/28"], direction: "Out", ourPort: "5061", isRequired: true },
  ]);
  expect(firewallRows({ prefixes, ports: [port] }, "in")).toEqual([]);
});

test("webhooks come from the blocks of their region that are for webhooks, also from those of soon", () => {
  const range = (prefix: string, region: string, service: string, state: string) => ({
    range_id: prefix,
    prefix,
    region,
    services: ["sip", service],
    state,
    active_from: "",
    remove_after: null,
  });
  const prefixes = [
    range("25.1.0.0/28", "eu", "webhook", "active"),
    range("25.2.0.0/28", "us", "webhook", "active"),
    range("25.3.0.0/28", "eu", "rtp", "active"),
    range("25.4.0.0/28", "eu", "webhook", "pending"),
    range("25.5.0.0/28", "eu", "webhook", "removed"),
  ];
  expect(webhookSources({ prefixes, ports: [] }, "eu")).toEqual([
    { prefix: "25.1.0.0/28", note: "" },
    { prefix: "25.4.0.0/28", note: "used soon" },
  ]);
});
