import { expect, test } from "vitest";
import { newId } from "../../schema/values/ids.ts";
import type { CallMediaEvents } from "../call/media-ports.ts";
import type { RecordingDesk } from "./recording-desk.ts";
import { recordedMedia } from "./recording-service.ts";

const EVENTS = {} as CallMediaEvents; // nothing happens to media that are not opened

test.for(["refused", "rejected"])(
  "media that are %s leave no recording that never begins",
  async (how) => {
    const told: string[] = [];
    const desk: RecordingDesk = {
      prepare: async () => ({ path: "/nowhere", key: new Uint8Array(32), facts: "" }),
      news: (_callId, { kind }) => void told.push(kind),
      lost: () => undefined,
    };
    const open = async () => {
      if (how === "rejected") throw new Error("the media process is gone");
      return null;
    };
    const media = recordedMedia({ open }, desk);
    const opened = media.open({ callId: newId("call"), digitInput: null }, EVENTS);
    expect(await opened.catch(() => "rejected")).toBe(how === "rejected" ? "rejected" : null);
    expect(told).toEqual(["none"]);
  },
);
