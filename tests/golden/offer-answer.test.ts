import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type CodecName,
  KEY_AND_SALT_BYTES,
  type LocalMedia,
  type MediaEncryption,
  type MediaPlan,
  type MediaPolicy,
} from "../../media-node/protocol/sdp/media-plan.ts";
import { answerOffer } from "../../media-node/protocol/sdp/offer-answer.ts";

/**
 * Offers with the whole text of their answer and the plan that comes of it, or the reason of the refusal. A file is
 * comments, `# policy: <encryption> <codecs>`, `ours` behind them where their order decides, and the parts that begin with
 * `---`.
 */
const local: LocalMedia = {
  address: "198.51.100.7",
  rtpPort: 20_000,
  sessionId: "77",
  sessionVersion: 2,
  masterKeyAndSalt: (suite) => new Uint8Array(KEY_AND_SALT_BYTES[suite]).fill(15),
};

interface Golden {
  readonly policy: MediaPolicy;
  readonly offer: string;
  readonly refuse: string | null;
  readonly answer: string;
  readonly plan: string;
}

function readGolden(text: string): Golden {
  const [head = "", ...parts] = text.split(/^--- /m);
  const policy = /^# policy: (required|allowed|disabled) (\S+)( ours)?$/m.exec(head);
  if (policy === null) throw new Error("no policy line");
  const part = (name: string): string => {
    const found = parts.find((candidate) => candidate.startsWith(`${name}\n`));
    return found?.slice(name.length + 1) ?? "";
  };
  return {
    policy: {
      encryption: policy[1] as MediaEncryption,
      codecs: (policy[2] ?? "").split(",") as CodecName[],
      codecOrder: policy[3] === undefined ? "offer" : "ours",
    },
    offer: part("offer").replaceAll("\n", "\r\n"),
    refuse: /^--- refuse (\S+)$/m.exec(text)?.[1] ?? null,
    answer: part("answer").replaceAll("\n", "\r\n"),
    plan: part("plan"),
  };
}

function writePlan({ srtp, ...plan }: MediaPlan): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const mki = srtp?.receiveMki ? `${srtp.receiveMki.value}:${srtp.receiveMki.lengthBytes}` : "none";
  const keys = srtp === null ? "none" : `${srtp.suite} receive ${base64(srtp.receive)} mki ${mki}`;
  return [...Object.entries(plan), ["srtp", keys]]
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");
}

describe("golden offers", () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".golden.sdp"));

  for (const file of files) {
    const text = readFileSync(`${import.meta.dirname}/${file}`, "utf8");
    const golden = readGolden(text);
    const why = (text.split("\n")[0] ?? "").slice(2);

    test(`${file.replace(".golden.sdp", "")}: ${why}`, () => {
      const negotiation = answerOffer(golden.offer, golden.policy, local);
      if (golden.refuse !== null) {
        expect(negotiation).toEqual({ ok: false, code: golden.refuse });
        return;
      }
      if (!negotiation.ok) throw new Error(`refused: ${negotiation.code}`);
      expect(negotiation.answer).toBe(golden.answer);
      expect(writePlan(negotiation.plan)).toBe(golden.plan);
      const send = negotiation.plan.srtp?.send;
      const suite = negotiation.plan.srtp?.suite;
      if (suite !== undefined) expect(send).toEqual(local.masterKeyAndSalt(suite));
    });
  }
});
