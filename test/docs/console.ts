/** One command of a console block and the output under it. */
export interface Call {
  command: string;
  output: string;
  /** Line of the README it stands on. */
  line: number;
}

/** Every `$ command` of the ```console blocks, in order. */
export function callsOf(document: string): Call[] {
  return [...document.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(block => {
    const first = document.slice(0, block.index).split('\n').length + 1;
    const calls: Call[] = [];
    for (const [index, text] of (block[1] ?? '').trimEnd().split('\n').entries()) {
      const call = calls.at(-1);
      if (text.startsWith('$ ')) calls.push({ command: text.slice(2), output: '', line: first + index });
      else if (call) call.output += `${text}\n`;
    }
    return calls;
  });
}

/** What differs from run to run, made the same: times, durations, rates, identifiers, and widths that follow from them. */
export function normalise(text: string): string {
  return (
    text
      // A session of the command before may still be closing.
      .replace(/^.*try \d+, in the way: .*\n/gm, '')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)/g, '<time>')
      .replace(/\b\d+(\.\d+)? (ms|s)\b/g, '<n> $2')
      .replace(/\b\d+\/s/g, '<n>/s')
      .replace(/\bPostgreSQL \d+(\.\d+)?/g, 'PostgreSQL <version>')
      .replace(/─+/g, '─')
      .replace(/[ \t]+/g, ' ')
      .replace(/ $/gm, '')
      .replace(/^\n+|\n+$/g, '')
  );
}

/** Whether `output` is `expected`, where a line of `…` stands for any lines, and one that ends in it for any ending. */
export function matches(expected: string, output: string): boolean {
  const lines = normalise(expected).split('\n');
  const pattern = lines.map(line => {
    if (line === '…') return '(?:.*\\n)*';
    const open = line.endsWith('…');
    return `${(open ? line.slice(0, -1) : line).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}${open ? '.*' : ''}\\n`;
  });
  return new RegExp(`^${pattern.join('')}$`).test(`${normalise(output)}\n`);
}

/** The document with a call's output replaced; one that is shortened with … has to be edited by hand. */
export function withOutput(document: string, call: Call, output: string): string {
  if (/…$/m.test(call.output)) return document;
  const lines = document.split('\n');
  const old = call.output.trimEnd() === '' ? 0 : call.output.trimEnd().split('\n').length;
  lines.splice(call.line, old, ...output.replace(/^\n+|\n+$/g, '').split('\n'));
  return lines.join('\n');
}
