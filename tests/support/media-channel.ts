import type { MediaPorts } from "../../media-node/call/media-ports.ts";
import type { CallLogger, Clock } from "../../media-node/call/ports.ts";
import { createMediaHost } from "../../media-node/media-process/host.ts";
import type { CallMessage, CallNews } from "../../media-node/media-process/messages.ts";
import {
  createRemoteMedia,
  type RemoteMedia,
} from "../../media-node/media-process/remote-media.ts";

/** Both sides of a media process in one, and between them copies of what is said, as a channel makes them. */
export function mediaOverChannel(
  media: MediaPorts,
  { clock, logger }: { readonly clock: Clock; readonly logger: CallLogger },
): { readonly ports: MediaPorts; readonly remote: RemoteMedia; readonly said: CallMessage[] } {
  const said: CallMessage[] = [];
  let isGone = false;
  const host = createMediaHost({
    ports: media,
    logger,
    post: (news: CallNews) => {
      if (!isGone) remote.receive(structuredClone(news));
    },
  });
  const remote = createRemoteMedia({
    clock,
    post: (message) => {
      said.push(message);
      host.receive(structuredClone(message));
    },
  });
  return {
    said,
    remote: {
      ...remote,
      lose(detail) {
        isGone = true;
        remote.lose(detail);
      },
    },
    ports: {
      async open(call, events) {
        const opened = await remote.open(call, events);
        return opened.kind === "opened" ? opened.media : null;
      },
    },
  };
}
