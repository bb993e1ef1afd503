/** How the SIP server tells its application which names a client has proved by certificate; never taken from a peer. */
export const TLS_IDENTITY_HEADER = "X-Trunkline-Tls-Identity";
