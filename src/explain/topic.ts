export const KINDS = ['problem', 'answer', 'finding', 'criterion', 'check', 'step'] as const;

/** Something that has a name in the output of the program or of its functions, and what it means. */
export interface Topic {
  kind: (typeof KINDS)[number];
  /** Unique within its kind. */
  name: string;
  /** A second name for it and others like it: the stage of a step, the group of a check. */
  group?: string;
  /** What it is, in a line. */
  summary: string;
  facts: Record<string, string>;
}
