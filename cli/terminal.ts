/** Where a command writes: data on stdout, prose on stderr. */
export interface Terminal {
  /** One line of data. */
  data(line: string): void;
  /** One line of prose. */
  say(line: string): void;
  /** Text in a colour, where the reader is a person at a terminal that wants it. */
  paint(style: Style, text: string): string;
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
type Style = keyof typeof STYLES;

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export function createTerminal(stdout: Output, stderr: Output, noColor: boolean): Terminal {
  const isPainted = stderr.isTTY === true && !noColor;
  return {
    data: (line) => void stdout.write(`${line}\n`),
    say: (line) => void stderr.write(`${line}\n`),
    paint: (style, text) => (isPainted ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text),
  };
}
