import { cors } from "hono/cors";
import { echoReportPath, echoTokenSchema } from "../../schema/contracts/echo-report.ts";
import type { App, AppDeps } from "../app-type.ts";
import { refuse, unwrap } from "../errors/refusal.ts";

const UNKNOWN = {
  status: 404,
  code: "echo_report_not_found",
  detail: "There is no report for this token: none was made, or it is older than an hour.",
  hint: "call sip:echo@ again, hang up, and read the address in the Call-Info header of the 200",
  headers: { "cache-control": "no-store" },
} as const;

/** What a call to `sip:echo@` has shown: for whoever has its token, without a key. */
export function registerEchoReportRoutes(app: App, deps: AppDeps): void {
  const path = echoReportPath(":token");
  app.use(path, cors({ origin: "*", allowMethods: ["GET", "HEAD"] }));
  app.get(path, async (c) => {
    const token = echoTokenSchema.safeParse(c.req.param("token"));
    const report = token.success ? await deps.feed.echoReport(token.data) : null;
    if (report === null) return unwrap(refuse(UNKNOWN));
    const headers = { "content-type": "application/json", "cache-control": "no-store" };
    return c.body(report, 200, headers);
  });
}
