import { randomBytes } from "node:crypto";
import type { MediaNodeConfig } from "./config.ts";
import type { EventOutbox } from "./control/event-outbox.ts";
import {
  type RecordingService,
  type RecordingServiceDeps,
  startRecordings,
} from "./recording/recording-service.ts";

type NodeParts = Pick<RecordingServiceDeps, "client" | "clock" | "logger" | "metrics" | "random">;

/** Recording as the node is configured. @throws the system's error when the folder of recordings cannot be had */
export function startNodeRecordings(
  { identity, recordings: settings, stateDirectory }: MediaNodeConfig,
  { outbox, ...parts }: NodeParts & { readonly outbox: EventOutbox },
): Promise<RecordingService> {
  const { credential, nodeId, region } = identity;
  const save = outbox.save;
  const owner = { credential, nodeId, region, stateDirectory };
  return startRecordings({ ...parts, ...owner, settings, randomBytes, save });
}
