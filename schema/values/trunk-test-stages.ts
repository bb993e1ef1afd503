/** Stages of a trunk test in the order in which they run; each needs those before it, `invite` needs to be asked for. */
export const TRUNK_TEST_STAGES = ["dns", "tcp", "tls", "options", "digest", "invite"] as const;
