/** What was found for one line of the configuration. */
export interface Found {
  /** Undefined where only the user knows. */
  value: string | undefined;
  /** Where it comes from and what else it could be; where it is open, the question. */
  because: string;
  /** Facts that fill lines of their own. */
  notes?: readonly string[];
}

/** Asks the user, who may pick one of `choices` or type another answer; undefined leaves the line open. */
export type Choose = (question: string, choices: readonly string[]) => Promise<string | undefined>;

/** One candidate is the answer; with several, or none, the user is asked, best candidate first. */
export async function settle(
  choose: Choose,
  question: string,
  candidates: readonly string[],
  because: (value: string) => string,
): Promise<Found> {
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) return { value: only, because: because(only) };
  const answer = await choose(question, candidates);
  if (answer !== undefined) return { value: answer, because: 'as you said' };
  return { value: undefined, because: candidates.length > 0 ? `${question} ${candidates.join(' or ')}?` : question };
}

/** One of several tables, and the line that names it. While it is open the likeliest, the first, stands for it. */
export interface Pick<T> {
  line: Found;
  item: T;
}

/** Picks among things of the catalog, best first; undefined where there is none. An answer that is none of them leaves it open. */
export async function pick<T>(
  choose: Choose,
  question: string,
  items: readonly T[],
  nameOf: (item: T) => string,
  because: string,
): Promise<Pick<T> | undefined> {
  const [likeliest] = items;
  if (likeliest === undefined) return undefined;
  const line = await settle(choose, question, items.map(nameOf), () => because);
  const item = items.find(one => nameOf(one) === line.value);
  if (item !== undefined) return { line, item };
  const open = `${question} ${items.map(nameOf).join(' or ')}? The lines below it are of the first`;
  return { line: { value: undefined, because: open }, item: likeliest };
}
