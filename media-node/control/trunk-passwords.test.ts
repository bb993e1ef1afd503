import { expect, test } from "vitest";
import { importSealingKey, seal, UnsealError, unseal } from "../../schema/sealing/sealing.ts";
import type { Sealed } from "../../schema/values/sealed.ts";
import { Secret } from "../../schema/values/secret.ts";
import type { DigestCandidate } from "../call/ports.ts";
import { createTrunkPasswords, deriveNonceKey } from "./trunk-passwords.ts";

const BYTES = new Uint8Array(32).fill(3);

async function setUp(password: string | null, owner = "wksp_1/itrk_1/password") {
  const key = await importSealingKey("rk-1", BYTES);
  const sealed = password === null ? null : await seal(key, password, owner);
  const candidate: DigestCandidate = {
    workspaceId: "wksp_1",
    trunkId: "itrk_1",
    username: "acme",
    password: sealed,
    algorithm: "MD5",
    challengeStatus: 401,
    decision: {
      kind: "refuse",
      code: "no_agent_assigned",
      workspaceId: null,
      phoneNumberId: null,
      detail: "",
    },
  };
  const open = await createTrunkPasswords({
    openTrunkSecret: async (text: Sealed, of: string) => new Secret(await unseal(key, text, of)),
  });
  return { candidate, open };
}

test("a password opens for its own workspace and trunk only", async () => {
  const { candidate, open } = await setUp("zanzibar");
  expect((await open(candidate))?.reveal()).toBe("zanzibar");
  expect(await open({ ...candidate, trunkId: "itrk_2" })).toBeNull();
  const { candidate: altered, open: openAltered } = await setUp(
    "zanzibar",
    "wksp_2/itrk_1/password",
  );
  expect(await openAltered(altered)).toBeNull();
});

test("a trunk without a password has none, and nobody has one that cannot be known", async () => {
  const { candidate, open } = await setUp(null);
  expect(await open(candidate)).toBeNull();
  const one = (await open(null))?.reveal();
  expect(one).not.toBe((await open(null))?.reveal());
});

test("what fails in another way than by its key is a fault, and is not taken for a wrong password", async () => {
  const open = await createTrunkPasswords({
    openTrunkSecret: () => Promise.reject(new TypeError("broken")),
  });
  const { candidate } = await setUp("zanzibar");
  await expect(open(candidate)).rejects.toThrow("broken");
  const missing = await createTrunkPasswords({
    openTrunkSecret: () => Promise.reject(new UnsealError("no key")),
  });
  expect(await missing(candidate)).toBeNull();
});

test("the nonce key is of its region key, and is not that key", () => {
  const derived = deriveNonceKey(BYTES);
  expect(derived).toEqual(deriveNonceKey(new Uint8Array(BYTES)));
  expect(derived).not.toEqual(deriveNonceKey(new Uint8Array(32).fill(4)));
  expect(derived).not.toEqual(BYTES);
  // HKDF-SHA-256, no salt, info "trunkline digest nonce": computed with openssl kdf.
  expect(Buffer.from(derived).toString("hex")).toBe(
    "57c059cfe3e20ae7ad3b94552401d1de97f383ddb2238abc892b1fb3b2480e4a",
  );
});
