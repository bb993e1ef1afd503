/** Header of a request that changes something, when the cookie of the console's session stands for its key. */
export const CSRF_HEADER = "X-CSRF-Token";
