import { z } from "zod";
import { Secret } from "../schema/values/secret.ts";
import type { RecordingSettings } from "./recording/recording-service.ts";

/** The variables of recording: where recordings go, and how much of the disk they may take while they wait. */

const MEBIBYTE = 1_048_576;

export const recordingEnvironment = {
  TRUNKLINE_RECORDING_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{1,62}$/i, "must be the name of a bucket")
    .optional(),
  TRUNKLINE_RECORDING_ENDPOINT: z
    .url({ protocol: /^https?$/, error: "must be an http: or https: URL" })
    .optional(),
  TRUNKLINE_RECORDING_REGION: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, "must be the name of a region")
    .default("us-east-1"),
  TRUNKLINE_RECORDING_PREFIX: z
    .string()
    .regex(/^([A-Za-z0-9._-]+\/)+$/, "must be names that each end with a slash")
    .default(""),
  TRUNKLINE_RECORDING_ACCESS_KEY_ID: z.string().optional(),
  TRUNKLINE_RECORDING_SECRET_ACCESS_KEY: z.string().optional(),
  TRUNKLINE_RECORDING_SPOOL_MB: z
    .string()
    .regex(/^[1-9]\d{0,6}$/, "must be a whole number of megabytes, at least 1")
    .transform(Number)
    .default(4_096),
};

const environmentSchema = z.object(recordingEnvironment);

export function recordingSettings(
  env: z.output<typeof environmentSchema>,
  problem: (variable: string, message: string) => void,
): RecordingSettings {
  const maxSpoolBytes = env.TRUNKLINE_RECORDING_SPOOL_MB * MEBIBYTE;
  const bucket = env.TRUNKLINE_RECORDING_BUCKET;
  const accessKeyId = env.TRUNKLINE_RECORDING_ACCESS_KEY_ID;
  const secret = env.TRUNKLINE_RECORDING_SECRET_ACCESS_KEY;
  if ((accessKeyId === undefined) !== (secret === undefined)) {
    const missing = secret === undefined ? "SECRET_ACCESS_KEY" : "ACCESS_KEY_ID";
    problem(`TRUNKLINE_RECORDING_${missing}`, "is required with the other half of the credentials");
  }
  if (bucket === undefined) {
    for (const variable of ["ENDPOINT", "ACCESS_KEY_ID"] as const) {
      if (env[`TRUNKLINE_RECORDING_${variable}`] === undefined) continue;
      problem(`TRUNKLINE_RECORDING_${variable}`, "needs TRUNKLINE_RECORDING_BUCKET");
    }
    return { bucket: null, maxSpoolBytes };
  }
  return {
    maxSpoolBytes,
    bucket: {
      bucket,
      endpoint: env.TRUNKLINE_RECORDING_ENDPOINT ?? null,
      region: env.TRUNKLINE_RECORDING_REGION,
      prefix: env.TRUNKLINE_RECORDING_PREFIX,
      credentials:
        accessKeyId === undefined || secret === undefined
          ? null
          : { accessKeyId, secretAccessKey: new Secret(secret) },
    },
  };
}
