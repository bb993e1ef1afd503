/** Where a command writes: data on stdout, prose on stderr. */
export interface Terminal {
  /** One line of data. */
  data(line: string): void;
  /** One line of prose. What came from elsewhere and stands in it steers no terminal. */
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
    say: (line) => void stderr.write(`${printable(line)}\n`),
    paint: (style, text) => (isPainted ? `${styled(STYLES[style])}${text}${styled(0)}` : text),
  };
}

const PAINTS: ReadonlySet<string> = new Set([0, ...Object.values(STYLES)].map(styled));

function styled(code: number): string {
  return `\u001b[${code}m`;
}

/** With a space for each control character, but for line breaks, tabs and what `paint` writes. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}(?:\[\d{1,2}m)?/gu, (found) => {
    const isKept = PAINTS.has(found) || found.startsWith("\n") || found.startsWith("\t");
    return isKept ? found : ` ${found.slice(1)}`;
  });
}
