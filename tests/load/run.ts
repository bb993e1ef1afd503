import { benchApi } from "./api/api-bench.ts";
import { benchBatchCalls } from "./batch-bench.ts";
import { benchCodecs } from "./codec-bench.ts";
import { benchConsole } from "./console-bench.ts";
import { benchImpairment } from "./impairment-bench.ts";
import { benchMedia } from "./media/media-bench.ts";
import { benchMediaIo } from "./media-io-bench.ts";
import { benchMediaProcess } from "./media-process-bench.ts";
import { benchRelink } from "./relink-bench.ts";
import { benchSip } from "./sip-bench.ts";
import { benchSrtp } from "./srtp-bench.ts";
import { benchVoicemail } from "./voicemail-bench.ts";
import { benchWebSocket } from "./websocket-bench.ts";

/** `npm run bench -- sip [--json] [--seconds 3] …`: prints a table, or one JSON object. */
const BENCHES: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  api: benchApi,
  "batch-calls": benchBatchCalls,
  codecs: benchCodecs,
  console: benchConsole,
  media: benchMedia,
  impairment: benchImpairment,
  "media-io": benchMediaIo,
  "media-process": benchMediaProcess,
  relink: benchRelink,
  sip: benchSip,
  srtp: benchSrtp,
  voicemail: benchVoicemail,
  websocket: benchWebSocket,
};

const [name = "", ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -- <${Object.keys(BENCHES).join("|")}> [--json]\n`);
  process.exitCode = 2;
} else {
  await bench(args);
}
