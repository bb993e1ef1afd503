import { describe, expect, test } from "vitest";
import { deps } from "../hub/test-fixture.ts";
import { agentRecording } from "../services/agent-recording.ts";
import { AGENTS, newAgent, newClient } from "./test-client.ts";

describe("consent", () => {
  test.each([
    [{}, null],
    [{ platform_settings: { privacy: { record_voice: true } } }, null],
    [{ recording: { enabled: false } }, null],
    [{ recording: { enabled: true } }, { format: "mp3", retentionDays: 30 }],
    [
      { recording: { enabled: true, format: "wav", retention_days: 7 } },
      { format: "wav", retentionDays: 7 },
    ],
    [
      { recording: { enabled: true }, platform_settings: { privacy: { record_voice: false } } },
      null,
    ],
    [
      {
        recording: { enabled: true },
        platform_settings: { privacy: { zero_retention_mode: true } },
      },
      null,
    ],
    [
      { recording: { enabled: true }, platform_settings: { privacy: { retention_days: 3 } } },
      { format: "mp3", retentionDays: 3 },
    ],
    [{ recording: { enabled: true }, platform_settings: { privacy: { retention_days: 0 } } }, null],
  ])("nothing is recorded unless the agent's own setting says so: %o", (fields, route) => {
    expect(agentRecording(fields)).toEqual(route);
  });

  test("the setting is checked, given back, and in the node's table at once", async () => {
    const client = await newClient();
    const id = await newAgent(client);
    const wrong = await client.call("PATCH", `${AGENTS}/${id}`, { recording: { format: "ogg" } });
    expect(wrong.status).toBe(422);
    const changed = await client.ok("PATCH", `${AGENTS}/${id}`, {
      recording: { enabled: true, format: "wav" },
    });
    expect(changed.recording).toEqual({ enabled: true, format: "wav" });
    const rows = await deps.db.read((reader) =>
      reader.all<{ value: string }>(
        `SELECT value FROM routing_changes WHERE entity_id = '${id}' ORDER BY version DESC LIMIT 1`,
      ),
    );
    expect(JSON.parse(rows[0]?.value ?? "{}")).toMatchObject({
      recording: { format: "wav", retentionDays: 30 },
    });
  });
});
