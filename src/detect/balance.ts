import { type Candidate, candidatesOf, disagreements } from './candidates.ts';
import type { Table } from './catalog.ts';
import type { Choose, Found } from './found.ts';
import type { Look } from './look.ts';

export interface Balance {
  /** Open, one column, or undefined where the balance is what is left of a total. */
  balance: Found | undefined;
  total: Found | undefined;
  used: Found | undefined;
  /** Columns that claim to be the balance too. */
  others: string[];
  /** What settlement writes to; of the likeliest candidate while it is open. */
  columns: readonly string[];
  /** The balance as an expression; of the likeliest candidate while it is open. */
  sql: string | undefined;
}

/** The number that is the balance. Candidates that disagree in a row are never decided here. */
export async function balanceOf(
  choose: Choose,
  look: Look,
  table: Table,
  written: (column: string) => boolean,
): Promise<Balance> {
  const { total, used, candidates } = candidatesOf(table, written);
  const possible = candidates.filter(candidate => !candidate.generated);
  const [first] = possible;
  const line = (value: string | undefined, because = ''): Found | undefined =>
    value === undefined ? undefined : { value, because };
  if (!first) {
    const because = 'the column that is spent: no number here can be it';
    return {
      balance: { value: undefined, because },
      total: line(total),
      used: line(used),
      others: [],
      columns: [],
      sql: undefined,
    };
  }
  const compared = await look(tx =>
    disagreements(
      tx,
      table,
      first,
      candidates.filter(c => c !== first),
    ),
  );
  const notes = compared.map(({ other, rows, of }) =>
    rows === 0
      ? `${other.label} says the same in all ${of} rows.`
      : `${other.label} differs from ${first.label} in ${rows} of ${of} rows.`,
  );
  const disagree = compared.some(({ other, rows }) => rows > 0 && !other.generated);
  const labels = possible.map(({ label }) => label);
  const answer = disagree ? await choose([...notes, QUESTION].join('\n'), labels) : first.label;
  const chosen = possible.find(({ label }) => label === answer);
  const because = !chosen ? openQuestion(labels, first, written) : disagree ? 'as you said' : reason(chosen, written);
  const left = chosen !== undefined && chosen.columns.length > 1;
  return {
    balance: left ? undefined : { value: chosen?.label, because, notes },
    total: left ? { value: total, because, notes } : line(total, 'of which a split may divide'),
    used: line(used),
    others: candidates.filter(c => c !== (chosen ?? first) && c.columns.length === 1).map(({ label }) => label),
    columns: (chosen ?? first).columns,
    sql: (chosen ?? first).sql,
  };
}

const QUESTION = 'Which is the balance:';

function openQuestion(labels: readonly string[], first: Candidate, written: (column: string) => boolean): string {
  const hint = first.columns.some(written) ? ` Functions write ${first.label}.` : '';
  const removing = labels.some(label => label.includes(' - ')) ? ' (For the difference, remove this line.)' : '';
  return `${QUESTION} ${labels.join(' or ')}?${hint}${removing}`;
}

function reason({ columns }: Candidate, written: (column: string) => boolean): string {
  if (columns.length > 1) return 'the balance is total − used: a rollback raises used';
  return `${columns.some(written) ? 'functions write it' : 'by its name'}; a rollback settles into this column only`;
}
