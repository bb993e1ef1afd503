import { buildConsole } from "./console-bundle.ts";

/** `npm run build:console`: for a deployment to the edge. `npm start` builds by itself. */
await buildConsole();
