/** The numbers of protocol/srtp/verdicts.ts, which a test compares. */
export const TOO_SHORT: i32 = -1;
export const MALFORMED: i32 = -2;
export const AUTH_FAILED: i32 = -3;
export const REPLAYED: i32 = -4;
export const UNKNOWN_MKI: i32 = -5;
export const TOO_MANY_SOURCES: i32 = -6;
export const KEY_EXHAUSTED: i32 = -7;
export const NOT_ENCRYPTED: i32 = -8;
export const NO_ROOM: i32 = -9;
export const NO_CONTEXT: i32 = -10;
