import { isIP } from "node:net";
import { z } from "zod";
import { parseCidr } from "../schema/values/cidr.ts";

/** How single variables of a media node's environment are written. Messages name rules, never values. */

/** RFC 4028 §4. */
export const LEAST_SE_S = 90;
export const MAX_MEDIA_PROCESSES = 64;

export const textSchema = z.string("is required");

export const portSchema = textSchema
  .regex(/^\d{1,5}$/, "must be a port number, 0 to let the system choose")
  .transform(Number)
  .refine((port) => port <= 65_535, "must be a port number, at most 65535");

export const addressSchema = textSchema.refine((text) => isIP(text) !== 0, "must be an IP address");

export const millisecondsSchema = textSchema
  .regex(/^[1-9]\d{0,8}$/, "must be a whole number of milliseconds, at least 1")
  .transform(Number);

export const percentSchema = textSchema
  .regex(/^(100|\d{1,2})$/, "must be a whole number from 0 to 100")
  .transform(Number);

export const mediaProcessesSchema = textSchema
  .regex(/^\d{1,2}$/, "must be a whole number, 0 for media in the main process")
  .transform(Number)
  .refine((count) => count <= MAX_MEDIA_PROCESSES, `must be ${MAX_MEDIA_PROCESSES} at most`);

export const rtpPortsSchema = textSchema.transform((text, context) => {
  const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  // RTP takes an even port and RTCP the one above it: 10001-10002 holds no pair.
  const lastOfFirstPair = range.first + (range.first % 2) + 1;
  const isRange =
    first !== undefined &&
    range.last <= 65_535 &&
    (range.first === 0 ? range.last === 0 : range.last >= lastOfFirstPair);
  if (isRange) return range;
  context.addIssue(
    "must be FIRST-LAST with a pair of ports in it, such as 10000-19999, or 0-0 to let the system choose",
  );
  return z.NEVER;
});

const isPort = (port: number): boolean => port > 0 && port <= 65_535;

/** Several values of one variable, separated by commas. */
function listOf(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}

export const dialogSourcesSchema = textSchema.transform((text, context) => {
  if (text === "any" || text === "named") return text;
  const blocks = listOf(text).map(parseCidr);
  const found = blocks.filter((block) => block !== null);
  if (found.length === blocks.length) return found;
  context.addIssue("must be any, named, or addresses and blocks separated by commas");
  return z.NEVER;
});

export const dnsServersSchema = textSchema.transform(listOf).refine(
  (servers) =>
    servers.every((server) => {
      const [, bracketed, bare, port] =
        /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(server) ?? [];
      return (
        isIP(server) !== 0 || (isIP(bracketed ?? bare ?? "") !== 0 && isPort(Number(port ?? 53)))
      );
    }),
  "must be IP addresses separated by commas, each with a port or without (an IPv6 one with a port in brackets)",
);

/** One place that is written to. */
export const placeSchema = textSchema.transform((text, context) => {
  const [, bracketed, bare, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const place = { address: bracketed ?? bare ?? "", port: Number(port) };
  if (isIP(place.address) !== 0 && isPort(place.port)) return place;
  context.addIssue(
    "must be an IP address and a port, such as 192.0.2.1:9060 or [2001:db8::1]:9060",
  );
  return z.NEVER;
});

export const secondsSchema = textSchema
  .regex(/^\d{1,5}$/, "must be a whole number of seconds")
  .transform(Number)
  .refine((seconds) => seconds <= 86_400, "must be a day at most, 86400");

export const urlSchema = textSchema.refine((text) => {
  const url = URL.parse(text);
  return url !== null && (url.protocol === "https:" || url.protocol === "http:");
}, "must be an http: or https: URL");

export const domainSchema = textSchema
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i,
    "must be a host name",
  )
  .transform((text) => text.toLowerCase());
