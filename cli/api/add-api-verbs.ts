import type { Command } from "commander";
import { addAgentVerbs } from "./agents.ts";
import { addCallVerbs } from "./calls.ts";
import { addEventVerbs } from "./events.ts";
import { addKeyVerbs } from "./keys.ts";
import { addNumberVerbs } from "./numbers.ts";
import { addProfileVerbs, type ProfileVerb } from "./profiles.ts";
import { addTrunkVerbs } from "./trunks.ts";
import { createAddVerb, type RunVerb } from "./verbs.ts";
import { addWebhookVerbs } from "./webhooks.ts";

/** Whoever runs what the verbs of the API describe. */
export interface ApiRunners {
  readonly runVerb: RunVerb;
  readonly runProfile: (verb: ProfileVerb) => Promise<void>;
}

/** Everything that the command does with the API alone: no part of a system needs to be on this machine. */
export function addApiVerbs(program: Command, runners: ApiRunners): void {
  const add = createAddVerb(runners.runVerb);
  addNumberVerbs(program, add);
  addTrunkVerbs(program, add);
  addAgentVerbs(program, add);
  addCallVerbs(program, add);
  addWebhookVerbs(program, add);
  addEventVerbs(program, add);
  addKeyVerbs(program, add);
  addProfileVerbs(program, runners.runProfile);
}
