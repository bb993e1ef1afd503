import { describe, expect, it } from "vitest";
import { parseSealed, sealedKeyId } from "../values/sealed.ts";
import {
  fromBase64Url,
  generateNodeKeyPair,
  importSealingKey,
  seal,
  toBase64Url,
  UnsealError,
  unseal,
  unwrapAtNode,
  wrapForNode,
} from "./sealing.ts";

const keyBytes = () => crypto.getRandomValues(new Uint8Array(32));

describe("sealed records", () => {
  it("open for their owner and nobody else", async () => {
    const key = await importSealingKey("k1", keyBytes());
    const sealed = await seal(key, "pa$$wörd", "wksp_a/itrk_b/password");
    expect(parseSealed(sealed)).toBe(sealed);
    expect(sealedKeyId(sealed)).toBe("k1");
    expect(sealed).not.toContain("pa$$");
    expect(await unseal(key, sealed, "wksp_a/itrk_b/password")).toBe("pa$$wörd");
    await expect(unseal(key, sealed, "wksp_a/itrk_c/password")).rejects.toBeInstanceOf(UnsealError);
  });

  it("never repeat: each has a nonce of its own", async () => {
    const key = await importSealingKey("k1", keyBytes());
    expect(await seal(key, "same", "o")).not.toBe(await seal(key, "same", "o"));
  });

  it("do not open under another key, or under another key id", async () => {
    const key = await importSealingKey("k1", keyBytes());
    const sealed = await seal(key, "secret", "o");
    const foreign = await importSealingKey("k1", keyBytes());
    const renamed = await importSealingKey("k2", keyBytes());
    await expect(unseal(foreign, sealed, "o")).rejects.toBeInstanceOf(UnsealError);
    await expect(unseal(renamed, sealed, "o")).rejects.toThrow("another key");
  });

  it.each([
    ["nonce", 2, 12],
    ["ciphertext and tag", 3, "secret".length + 16],
  ])("do not open with any bit of the %s changed", async (_name, part, length) => {
    const key = await importSealingKey("k1", keyBytes());
    const sealed = await seal(key, "secret", "o");
    const parts = sealed.split(".");
    const bytes = fromBase64Url(parts[part] ?? "");
    expect(bytes).toHaveLength(length);
    const opened = (altered: Uint8Array) => {
      const record = parseSealed(parts.with(part, toBase64Url(altered)).join("."));
      if (record === null) throw new Error("the changed record does not parse");
      return unseal(key, record, "o");
    };
    expect(await opened(bytes)).toBe("secret");
    for (let bit = 0; bit < length * 8; bit += 1) {
      const altered = bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      await expect(opened(altered), `bit ${bit}`).rejects.toBeInstanceOf(UnsealError);
    }
  });

  it("do not open cut short, wherever", async () => {
    const key = await importSealingKey("k1", keyBytes());
    const sealed = await seal(key, "a longer secret than the tag", "o");
    const cut = Array.from(sealed, (_, length) => parseSealed(sealed.slice(0, length)));
    const parsing = cut.filter((record) => record !== null);
    expect(parsing.length).toBeGreaterThan(16);
    for (const record of parsing) {
      await expect(unseal(key, record, "o"), record).rejects.toBeInstanceOf(UnsealError);
    }
  });

  it.each(["", "v1.k.short.x", "v2.k1.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAA", "plain text"])(
    "%j is not one",
    (text) => {
      expect(parseSealed(text)).toBeNull();
    },
  );
});

describe("keys wrapped to a node", () => {
  it("unwrap with that node's private key only", async () => {
    const [node, other] = [await generateNodeKeyPair(), await generateNodeKeyPair()];
    const bytes = keyBytes();
    const wrapped = await wrapForNode("rk1", bytes, node.publicKey);
    expect(await unwrapAtNode("rk1", wrapped, node.privateKey)).toEqual(bytes);
    await expect(unwrapAtNode("rk1", wrapped, other.privateKey)).rejects.toBeInstanceOf(
      UnsealError,
    );
    await expect(unwrapAtNode("rk2", wrapped, node.privateKey)).rejects.toBeInstanceOf(UnsealError);
  });
});

describe("base64url", () => {
  it("writes and reads every byte without padding", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    expect(toBase64Url(bytes)).not.toMatch(/[+/=]/);
    expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
  });
});
