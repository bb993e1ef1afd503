import { expect, test } from "vitest";
import { withoutSecrets } from "./without-secrets.ts";

test("what is kept of a request shows that a secret was there, and none of it", () => {
  const kept = withoutSecrets({
    label: "Desk",
    credentials: { username: "u", password: "p" },
    outbound_trunk_config: { headers: { "X-Key": "k" }, address: "sip.example.com" },
    connection: { auth_token: "t", request_headers: [{ name: "a", value: "b" }] },
    list: [{ webhook_secret: "s", api_key: "tk" }],
    has_auth_credentials: true,
    password: null,
    api_key_id: "key_1",
    allowed_cidrs: ["192.0.2.0/24"],
  });
  expect(kept).toEqual({
    label: "Desk",
    credentials: "[secret]",
    outbound_trunk_config: { headers: "[secret]", address: "sip.example.com" },
    connection: { auth_token: "[secret]", request_headers: "[secret]" },
    list: [{ webhook_secret: "[secret]", api_key: "[secret]" }],
    has_auth_credentials: true,
    password: null,
    api_key_id: "key_1",
    allowed_cidrs: ["192.0.2.0/24"],
  });
});
