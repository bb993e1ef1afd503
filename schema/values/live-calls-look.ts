/** What a client of `GET /v1/calls/live` sends for a snapshot: once in a while, in case it has missed something. */
export const LIVE_LOOK = "look";
