/** The JSON values of a body, a line each, as they come. */
export async function* linesOf(
  body: ReadableStream<Uint8Array> | null | undefined,
): AsyncGenerator<unknown, void, void> {
  if (body == null) return;
  const decoder = new TextDecoder();
  let pending = "";
  for await (const bytes of body) {
    const lines = (pending + decoder.decode(bytes, { stream: true })).split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line);
  }
  if (pending.trim() !== "") yield JSON.parse(pending);
}
