import { describe, expect, test } from "vitest";
import { importSealingKey, unseal } from "../../schema/sealing/sealing.ts";
import { Secret } from "../../schema/values/secret.ts";
import { parseWorkerConfig } from "../env.ts";
import { bindings, deps, newRegion } from "../hub/test-fixture.ts";
import { createSecrets, secretOwner } from "./secrets.ts";

describe("sealing", () => {
  test("a record opens for its owner only", async () => {
    const owner = secretOwner.trunkPassword("wksp_a", "itrk_a");
    const sealed = await deps.secrets.seal("password", owner);
    expect(sealed).not.toContain("password");
    expect(await deps.secrets.unseal(sealed, owner)).toBe("password");
    const foreign = secretOwner.trunkPassword("wksp_b", "itrk_a");
    await expect(deps.secrets.unseal(sealed, foreign)).rejects.toMatchObject({
      code: "unseal_failed",
    });
  });

  test("first uses of a region's key at the same time agree on one key", async () => {
    const region = newRegion();
    const keys = await Promise.all(Array.from({ length: 6 }, () => deps.secrets.regionKey(region)));
    expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
    expect(keys.every(({ bytes }) => bytes.byteLength === 32)).toBe(true);
    const sealed = await deps.secrets.sealForRegion(region, "password", "owner");
    const [first] = keys;
    if (first === undefined) throw new Error("no key");
    expect(await unseal(await importSealingKey(first.id, first.bytes), sealed, "owner")).toBe(
      "password",
    );
  });

  test("a region's key does not open under another master key", async () => {
    const region = newRegion();
    await deps.secrets.regionKey(region);
    const other = createSecrets({
      ...deps,
      masterKey: { id: "test", bytes: new Secret("A".repeat(43)) },
    });
    await expect(other.regionKey(region)).rejects.toMatchObject({ code: "unseal_failed" });
  });
});

describe("configuration", () => {
  test("every wrong binding is named at once, and no value is printed", () => {
    const wrong = { ...bindings, MASTER_KEY: "too-short-secret", OUTBOUND_POLICY: "anything" };
    const failure = () => parseWorkerConfig(wrong);
    expect(failure).toThrow(/MASTER_KEY[\s\S]*OUTBOUND_POLICY|OUTBOUND_POLICY[\s\S]*MASTER_KEY/);
    expect(failure).not.toThrow(/too-short-secret/);
  });

  test("secrets of the configuration cannot be printed", () => {
    const config = parseWorkerConfig(bindings);
    const printed = `${JSON.stringify(config)} ${config.masterKey.bytes}`;
    expect(printed).not.toContain(bindings.MASTER_KEY.split(":")[1]);
    expect(printed).not.toContain(bindings.SNAPSHOT_SIGNING_KEY);
  });
});
