import { expect, test } from "vitest";
import { networkReadersSchema } from "../../schema/contracts/network-readers.ts";
import { parseId } from "../../schema/values/ids.ts";
import { deps, request } from "../hub/test-fixture.ts";
import { readNetworkReaders } from "../services/read-network-readers.ts";
import { newClient } from "./test-client.ts";

test("a workspace is told of its own keys that follow the list, and of nobody else", async () => {
  const [client, stranger] = await Promise.all([newClient(), newClient()]);
  const self = async (of: typeof client) => (await of.ok("GET", "/v1/api-keys/self")).api_key_id;
  const [own, other] = [String(await self(client)), String(await self(stranger))];
  const fetched = {
    version: 7,
    behind: 1,
    path: "/network/v4.txt",
    fetches: 3,
    first_at: "2026-11-22T10:00:00Z",
    last_at: "2026-11-22T11:00:00Z",
  };
  const data = [
    { kind: "api_key" as const, name: own, ...fetched },
    { kind: "api_key" as const, name: other, ...fetched },
    { kind: "user_agent" as const, name: "curl/8", ...fetched },
  ];
  const workspaceId = parseId("workspace", client.workspaceId);
  if (workspaceId === null) throw new Error("not a workspace");
  const feed = { subscriptions: async () => ({ version: 8, data }) };
  const found = await readNetworkReaders({ db: deps.db, feed }, { workspaceId });
  expect(networkReadersSchema.parse(found)).toMatchObject({
    version: 8,
    data: [{ api_key_id: own, version: 7, behind: 1, fetches: 3 }],
  });
  expect(found.data).toHaveLength(1);
});

test("readers are told to a key alone, and are none where nothing is published", async () => {
  const client = await newClient();
  const answer = networkReadersSchema.parse(await client.ok("GET", "/v1/network-readers"));
  expect(answer.data).toEqual([]);
  expect((await request("GET", "/v1/network-readers")).status).toBe(401);
});
