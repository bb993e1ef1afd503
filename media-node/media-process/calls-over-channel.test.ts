import { FakeNode } from "../../tests/support/fake-call.ts";
import { mediaOverChannel } from "../../tests/support/media-channel.ts";

/**
 * Whatever holds for a call whose media are in the same process, holds for one whose media are in another: the tests of the
 * domain once more, with the proxies, copies of every message and the host between the call and its media.
 */
FakeNode.reachMedia = (ports, node) => mediaOverChannel(ports, node).ports;

await import("../call/call.test.ts");
await import("../call/reinvite.test.ts");
await import("../call/transcript.test.ts");
await import("../call/inbound/inbound.test.ts");
await import("../call/inbound/inbound-refusals.test.ts");
await import("../call/inbound/pre-call.test.ts");
await import("../call/limits/queue.test.ts");
await import("../call/limits/queue-agent.test.ts");
await import("../call/outbound/outbound.test.ts");
await import("../call/outbound/voicemail.test.ts");
await import("../call/transfer/conference.test.ts");
await import("../call/transfer/peer-refer.test.ts");
await import("../call/transfer/transfers.test.ts");
