/**
 * What this node does with each torture message over TCP: the status of its final response; `dropped` without a
 * word while the connection goes on; `waits` for octets that never come, until the connection is closed.
 * 404 is the application's answer to an INVITE that has been accepted for routing, 405 to methods it has not.
 */
export type Reaction = number | "dropped" | "waits";

export const REACTIONS: Readonly<Record<string, Reaction>> = {
  badaspec: 200,
  badbranch: 200,
  baddate: 404,
  baddn: 400,
  badinv01: 400,
  badvers: 505,
  bcast: "dropped",
  bext01: 420,
  bigcode: "dropped",
  clerr: "waits",
  cparam01: 405,
  cparam02: 405,
  dblreq: 400,
  esc01: 404,
  esc02: 405,
  escnull: 405,
  escruri: 404,
  insuf: 400,
  intmeth: 405,
  inv2543: 400,
  invut: 415,
  longreq: 404,
  ltgtruri: 400,
  lwsdisp: 200,
  lwsruri: 400,
  lwsstart: 400,
  mcl01: 400,
  mismatch01: 400,
  mismatch02: 400,
  mpart01: 405,
  multi01: 400,
  ncl: 400,
  noreason: "dropped",
  novelsc: 416,
  quotbal: 400,
  regaut01: 405,
  regbadct: 400,
  regescrt: 405,
  scalar02: 400,
  scalarlg: "dropped",
  sdp01: 406,
  semiuri: 200,
  transports: 200,
  trws: 400,
  unkscm: 416,
  unksm2: 405,
  unreason: "dropped",
  wsinv: 481,
  zeromf: 200,
  RFC5118_4_1: 405,
  RFC5118_4_10_1: 200,
  RFC5118_4_10_2: 200,
  RFC5118_4_2: 400,
  RFC5118_4_3: 405,
  RFC5118_4_4: 405,
  RFC5118_4_5_1: 481,
  RFC5118_4_5_2: 400,
  RFC5118_4_6: 404,
  RFC5118_4_7: 481,
  RFC5118_4_8: 404,
  RFC5118_4_9: 404,
};

const VALID = "parse; no 400";

/** RFC 5118 §4: only the address without brackets is refused; three colons are read as two (§4.10). */
export const RFC5118_ASKS: Readonly<Record<string, string>> = {
  RFC5118_4_1: VALID,
  RFC5118_4_10_1: VALID,
  RFC5118_4_10_2: VALID,
  RFC5118_4_2: "400",
  RFC5118_4_3: VALID,
  RFC5118_4_4: VALID,
  RFC5118_4_5_1: VALID,
  RFC5118_4_5_2: VALID,
  RFC5118_4_6: VALID,
  RFC5118_4_7: VALID,
  RFC5118_4_8: VALID,
  RFC5118_4_9: VALID,
};

/** Where the reaction is not the one that the row asks for, and why; docs/rfc-coverage.md lists them too. */
export const DEVIATIONS: Readonly<Record<string, string>> = {
  RFC5118_4_5_2:
    "the copy has blanks inside its addresses and its Call-ID; without them it is read",
  sdp01: "406 (RFC 3261 §21.4.7) names the Accept header as the cause, which 488 does not",
};

/** Messages whose lesson is about datagrams; over TCP they are something else, which REACTIONS has. */
export const DATAGRAMS: Readonly<Record<string, string>> = {
  clerr: "a body shorter than Content-Length is 400 there; on a stream more octets may come",
  dblreq: "what follows Content-Length is cut off there; on a stream it is the next message",
  inv2543: "the body may run to the end there; on a stream Content-Length is mandatory",
};

const isRead = (reaction: Reaction): boolean => {
  return reaction === "dropped" || ![400, 413, 414, 416, 505, "waits"].includes(reaction);
};
const oneOf =
  (...reactions: readonly Reaction[]) =>
  (reaction: Reaction): boolean =>
    reactions.includes(reaction);

/** The texts of the `expect` column, as predicates over reactions. */
const ASKS: Readonly<Record<string, (reaction: Reaction) => boolean>> = {
  [VALID]: isRead,
  "400": oneOf(400),
  "400 (or drop); never crash/accept as call": oneOf(400, "dropped", "waits"),
  "discard the response": oneOf("dropped"),
  discard: oneOf("dropped"),
  "400 or tolerate (strip <>)": oneOf(400, 404),
  "400 or tolerate": oneOf(400, 404, 200),
  "400 or ignore escaped headers": oneOf(400, 404),
  "400 or ignore Date": oneOf(400, 404),
  "400 or tolerate (loose)": oneOf(400, 200),
  "505": oneOf(505),
  "501 or 400": oneOf(501, 400),
  "must not be answered as if branch were RFC3261 transaction id; 2543 matching": oneOf(200),
  "416": oneOf(416),
  "REGISTER: 400/405 here (no registrar)": oneOf(400, 405),
  "420 + Unsupported: nothingSupportsThis, nothingSupportsThisEither": oneOf(420),
  "415": oneOf(415),
  "405/401 here": oneOf(405, 401),
  "answer it (UAS), 483 only when proxying": oneOf(200),
  "see rfc": oneOf(405),
  "488 or 200 with Accept honoured": oneOf(488),
  "answer 481/4xx without crash; missing CSeq/branch magic cookie is legal 2543": oneOf(
    400,
    404,
    481,
  ),
};

/** Throws for a text that nobody has read yet: a new row is a decision. */
export function isAskedFor(text: string, reaction: Reaction): boolean {
  const asked = ASKS[text];
  if (asked === undefined) throw new Error(`no predicate for "${text}"`);
  return asked(reaction);
}
