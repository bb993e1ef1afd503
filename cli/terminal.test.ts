import { expect, test } from "vitest";
import { createTerminal } from "./terminal.ts";

function terminalOf(isTTY: boolean) {
  const written: string[] = [];
  const output = { isTTY, write: (text: string) => written.push(text) };
  return { terminal: createTerminal(output, output, false), written };
}

test("what came from elsewhere steers no terminal", () => {
  const { terminal, written } = terminalOf(true);
  const reason = "Busy\u001b]0;title\u0007 \u001b[2J\u009b31m\r\u001b[8mhidden";
  terminal.say(terminal.paint("red", reason));
  expect(written).toEqual(["\u001b[31mBusy ]0;title   [2J 31m  [8mhidden\u001b[0m\n"]);
});

test("lines, tabs and colours of the command's own stay", () => {
  const { terminal, written } = terminalOf(true);
  terminal.say(`one\n\t[31m${terminal.paint("dim", "two")}`);
  expect(written).toEqual(["one\n\t[31m\u001b[2mtwo\u001b[0m\n"]);
});
