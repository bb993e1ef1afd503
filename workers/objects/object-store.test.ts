import { expect, test } from "vitest";
import { deps } from "../hub/test-fixture.ts";

const newKey = () => `test/${crypto.randomUUID()}`;

test.each([0, 1, 1_000_000, 1_000_001, 3_500_000])(
  "an object of %i bytes is given back as it was put",
  async (size) => {
    const key = newKey();
    const bytes = new Uint8Array(size).map((_, index) => index % 251);
    await deps.objects.put(key, bytes);
    const got = await deps.objects.get(key);
    expect(got?.length).toBe(size);
    expect(got?.every((byte, index) => byte === index % 251)).toBe(true);
  },
);

test("a smaller object leaves nothing of the larger one it replaces", async () => {
  const key = newKey();
  await deps.objects.put(key, new Uint8Array(2_500_000).fill(1));
  await deps.objects.put(key, new Uint8Array([2, 3]));
  expect(await deps.objects.get(key)).toEqual(new Uint8Array([2, 3]));
});

test("a view is put without the buffer around it", async () => {
  const key = newKey();
  await deps.objects.put(key, new Uint8Array([1, 2, 3, 4]).subarray(1, 3));
  expect(await deps.objects.get(key)).toEqual(new Uint8Array([2, 3]));
});

test("what is deleted, or never was, is null", async () => {
  const key = newKey();
  expect(await deps.objects.get(key)).toBeNull();
  await deps.objects.put(key, new Uint8Array([1]));
  await deps.objects.delete(key);
  await deps.objects.delete(key);
  expect(await deps.objects.get(key)).toBeNull();
});
