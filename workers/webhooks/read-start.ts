/** The beginning of an answer's body as text, however long it is: no more of it is read. Null: it has none. */
export async function readStart(response: Response, maxBytes: number): Promise<string | null> {
  const reader = response.body?.getReader();
  if (reader === undefined) return null;
  const decoder = new TextDecoder();
  let text = "";
  for (let length = 0; length < maxBytes; ) {
    const { done, value } = await reader.read();
    if (done) break;
    const piece = value.subarray(0, maxBytes - length);
    length += piece.length;
    text += decoder.decode(piece, { stream: true });
  }
  await reader.cancel().catch(() => {});
  return text;
}
