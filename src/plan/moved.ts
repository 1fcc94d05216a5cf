import type { SavedPlan } from './saved.ts';

/** What a saved plan is compared with. */
export interface Now {
  plan: Omit<SavedPlan, 'to' | 'findings'>;
  /** Text of each SQL file. */
  sql: ReadonlyMap<string, string>;
  /** Definition of each object of the catalog. */
  definitions: ReadonlyMap<string, string>;
  /** The journal has a rollback since the plan was saved. */
  rolledBack: boolean;
}

/** What moved since a plan was saved, one line each; what it applied itself since then is none of it. */
export function movedSince(saved: SavedPlan, now: Now): string[] {
  const { plan, rolledBack } = now;
  const appliedSince = saved.pending.filter(step => !plan.pending.includes(step));
  const moved = [
    ...changed('configuration', saved.configuration, plan.configuration),
    ...changed('SQL', saved.sql, plan.sql).map(line => `${line}${otherVersion(saved, plan)}`),
    ...(plan.pending.length > 0 ? catalogMoved(saved, now, appliedSince) : []),
    ...plan.steps.filter(step => !saved.steps.includes(step)).map(step => `step ${step}: was not planned`),
    ...plan.pending
      .filter(step => saved.steps.includes(step) && !saved.pending.includes(step))
      .map(step => `step ${step}: was applied then, and was undone`),
    ...plan.changes
      .filter(line => !saved.changes.includes(line))
      .map(line => `revision: ${line}, which was not planned`),
    ...(rolledBack ? ['rollback: there was one since, and going forward again is a decision of its own'] : []),
  ];
  if (moved.length === 0 && saved.hash !== plan.hash)
    moved.push(
      `hash: ${saved.hash.slice(0, 12)} then, ${plan.hash.slice(0, 12)} now: the migration began on another schema`,
    );
  return moved;
}

const otherVersion = (saved: SavedPlan, { creditshift }: Now['plan']): string =>
  saved.creditshift === creditshift ? '' : ` (planned by creditshift ${saved.creditshift}, this is ${creditshift})`;

/**
 * Objects that are new, gone or another. Of the steps applied since then is what their SQL names, what is on a table that
 * they made, and a constraint over a column that they made; they change no column that was there.
 */
function catalogMoved(saved: SavedPlan, now: Now, appliedSince: readonly string[]): string[] {
  const done = appliedSince.map(step => now.sql.get(`migrations/${step}.sql`) ?? '').join('\n');
  const words = wordsOf(done);
  const isNamed = (object: string) => words.has(lastNameIn(object)) || done.includes(`"${lastNameIn(object)}"`);
  const made = Object.keys(now.plan.catalog).filter(object => !(object in saved.catalog) && isNamed(object));
  const namesOf = (kind: string) => made.filter(object => object.startsWith(kind)).map(lastNameIn);
  const columns = new Set(namesOf('column '));
  const tables = namesOf('relation ');
  const theirs = (object: string) => {
    if (object in saved.catalog) return !object.startsWith('column ') && isNamed(object);
    if (isNamed(object) || tables.some(table => lastNameIn(object).startsWith(`${table}_`))) return true;
    const over = object.startsWith('constraint ') ? wordsOf(now.definitions.get(object) ?? '') : [];
    return [...over].some(word => columns.has(word));
  };
  return changed('', saved.catalog, now.plan.catalog, theirs);
}

const wordsOf = (text: string): Set<string> => new Set(text.match(/[\p{L}_][\p{L}\p{N}_$]*/gu));

/** Of `constraint public.t some_name`, `function public.f(uuid, text)` or `column public.t.3 c` the last name. */
function lastNameIn(object: string): string {
  const [, quoted, plain = ''] = /(?:"([^"]+)"|([^\s."]+))$/.exec(object.replace(/\(.*$/, '')) ?? [];
  return quoted ?? plain;
}

function changed(
  what: string,
  then: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
  expected: (name: string) => boolean = () => false,
): string[] {
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])].filter(name => then[name] !== now[name]);
  return names
    .filter(name => !expected(name))
    .sort()
    .map(name => {
      const how = then[name] === undefined ? 'is new' : now[name] === undefined ? 'is gone' : 'is another';
      return `${what} ${name}: ${how}`.trim();
    });
}
