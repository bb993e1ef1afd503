import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recordedDeps } from "../../tests/support/control-deps.ts";
import { eventually } from "../../tests/support/deadline.ts";
import { ROUTE } from "../../tests/support/fake-call.ts";
import { testFolder } from "../../tests/support/test-folder.ts";
import { createVirtualClock } from "../../tests/support/virtual-clock.ts";
import { startAudioFiles } from "./audio-files.ts";
import type { ControlPlaneResponse } from "./http-client.ts";

const digestOf = (text: string) => createHash("sha256").update(text).digest("hex");
const AGENT = ROUTE.agent.id;

async function started(answers: (path: string) => string | number, maxFiles = 100) {
  const directory = join(testFolder().path, "audio-files");
  const asked: string[] = [];
  const clock = createVirtualClock();
  const deps = recordedDeps({ clock });
  const files = await startAudioFiles({
    ...deps,
    directory,
    maxFiles,
    client: {
      async send({ path }): Promise<ControlPlaneResponse> {
        asked.push(path);
        const answer = answers(path);
        if (typeof answer === "number") {
          return { status: answer, headers: {}, body: Buffer.from("no") };
        }
        return { status: 200, headers: {}, body: Buffer.from(answer) };
      },
    },
  });
  return { asked, clock, deps, directory, files };
}

test("a file is fetched once for each digest and then lies on the disk under it", async () => {
  const { asked, directory, files } = await started(() => "audio");
  const sha256 = digestOf("audio");
  await Promise.all([files.ensure(AGENT, sha256, 1_000), files.ensure(AGENT, sha256, 1_000)]);
  await files.ensure(AGENT, sha256, 1_000);
  expect(asked).toEqual([`/v1/nodes/audio-files/${AGENT}/${sha256}`]);
  expect(await readFile(join(directory, `${sha256}.wav`), "utf8")).toBe("audio");
});

test("what has another digest, or is refused, is not kept, and is asked for again only after 10 s", async () => {
  const { asked, clock, deps, directory, files } = await started((path) =>
    path.endsWith(digestOf("refused")) ? 404 : "something else",
  );
  for (const name of ["refused", "forged"]) {
    await files.ensure(AGENT, digestOf(name), 1_000);
    await files.ensure(AGENT, digestOf(name), 1_000);
  }
  expect(asked).toHaveLength(2);
  expect(await readdir(directory)).toEqual([]);
  expect(deps.lines.map(({ event }) => event)).toEqual(Array(2).fill("audio_file_not_fetched"));
  await clock.advance(10_000);
  await files.ensure(AGENT, digestOf("forged"), 1_000);
  expect(asked).toHaveLength(3);
});

test("what agents would play is fetched soon after the table has changed, before any call", async () => {
  const { asked, clock, files } = await started(() => "audio");
  const fallback = { action: "announcement", sha256: digestOf("audio") } as const;
  files.agentsChanged(() => [{ ...ROUTE.agent, fallback }]);
  files.agentsChanged(() => []);
  expect(asked).toEqual([]);
  await clock.advance(1_000);
  await eventually(() => asked[0] ?? null, 2_000, "not fetched");
  files[Symbol.dispose]();
});

test("of more files than there is room for those go that have not been asked for the longest", async () => {
  const { directory, files } = await started(() => "audio", 2);
  await mkdir(directory, { recursive: true });
  for (const [name, atSecs] of [
    ["old", 1_000],
    ["older", 500],
  ] as const) {
    const path = join(directory, `${digestOf(name)}.wav`);
    await writeFile(path, name);
    await utimes(path, atSecs, atSecs);
  }
  await files.ensure(AGENT, digestOf("audio"), 1_000);
  const kept = [`${digestOf("old")}.wav`, `${digestOf("audio")}.wav`];
  expect((await readdir(directory)).toSorted()).toEqual(kept.toSorted());
});
