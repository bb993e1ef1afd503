/** Sends in one piece what is said in one turn of the event loop, in its order: a piece costs more than what is in it. */
export function createBatch<Message>(
  send: (messages: readonly Message[]) => void,
): (message: Message) => void {
  let waiting: Message[] = [];
  return (message) => {
    waiting.push(message);
    if (waiting.length > 1) return;
    queueMicrotask(() => {
      const messages = waiting;
      waiting = [];
      send(messages);
    });
  };
}
