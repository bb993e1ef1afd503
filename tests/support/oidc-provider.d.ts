/** The part of it that tests use; the package has no types of its own. */
declare module "oidc-provider" {
  import type { RequestListener } from "node:http";
  // biome-ignore lint/style/noDefaultExport: it is what the package has.
  export default class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    proxy: boolean;
    callback(): RequestListener;
  }
}
