/** Why a packet was dropped. Negative, so that a verdict cannot be taken for a length. */

/** Shorter than its header, its trailer and its tag. */
export const SRTP_TOO_SHORT = -1;
/** Not version 2, or a header that does not fit. */
export const SRTP_MALFORMED = -2;
/** RFC 3711 §3.3: the tag is not that of the packet; the packet and all state are as before. */
export const SRTP_AUTH_FAILED = -3;
/** RFC 3711 §3.3.2: this index was seen, or is older than the window. */
export const SRTP_REPLAYED = -4;
/** The packet's MKI is not that of this context. */
export const SRTP_UNKNOWN_MKI = -5;
/** A packet of one source more than a context keeps. */
export const SRTP_TOO_MANY_SOURCES = -6;
/** RFC 3711 §9.2: the key has protected all that it may. */
export const SRTP_KEY_EXHAUSTED = -7;
/** SRTCP came without encryption, which was not negotiated. */
export const SRTP_NOT_ENCRYPTED = -8;
/** The buffer has no room for the trailer. */
export const SRTP_NO_ROOM = -9;
/** The context was closed. */
export const SRTP_NO_CONTEXT = -10;
