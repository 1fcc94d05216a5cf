/** How a line stands out. */
export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'plain';

/** A piece of what a person reads; output decides colours and widths. */
export type Block =
  | { kind: 'title'; text: string }
  | { kind: 'text'; text: string; tone?: Tone }
  /** A finished thing, with its mark: ✓, ✗ or !. */
  | { kind: 'mark'; tone: 'good' | 'bad' | 'warn'; text: string }
  /** Label and value pairs, aligned. */
  | { kind: 'facts'; facts: [label: string, value: string][] }
  | { kind: 'table'; columns: { title: string; align?: 'right' }[]; rows: string[][]; note?: string }
  /** SQL or Markdown, printed as it is, also when colours are on. */
  | { kind: 'verbatim'; text: string };

/** What a command returns: the same facts twice, for programs and for people, and how it ended. */
export interface Result {
  /** The JSON document of `--json`: plain data, bigint allowed. */
  document: Record<string, unknown>;
  blocks: Block[];
  /** Exit code; 0 when absent. */
  exitCode?: number;
}
