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

/** What became of one thing that a command looked for; an error could not be looked for, what is not judged had nothing to go by. */
export interface Finding {
  name: string;
  group: string;
  claim: string;
  outcome: 'passed' | 'failed' | 'not judged' | 'error';
  /** Only failures and errors count for the exit code. */
  severity: 'failure' | 'warning';
  /** How many contradict the claim; `rows` has the first of them. */
  count: number;
  rows: string[];
  remedy: string;
}

/** What a command looked for, one by one, and in a line. */
export interface Findings {
  results: readonly Finding[];
  summary: Block;
}

/** What a command returns: the same facts twice, for programs and for people, and how it ended. */
export interface Result {
  /** The JSON document of `--json`: plain data, bigint allowed. */
  document: Record<string, unknown>;
  blocks: Block[];
  /** Of a command that takes --format: the same facts once more, for the formats of CI systems. */
  findings?: Findings;
  /** Exit code; 0 when absent. */
  exitCode?: number;
}
