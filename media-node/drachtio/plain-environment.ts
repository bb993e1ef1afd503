/**
 * Puts a copy in the place of the process's environment. drachtio-srf asks for one variable at every header that it
 * reads, and the environment itself answers through the C library: a tenth of the application's time per call.
 */
export function keepEnvironmentPlain(process: { env: NodeJS.ProcessEnv }): void {
  process.env = { ...process.env };
}
