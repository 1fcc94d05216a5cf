import { quoteIdentifier } from '../../config/names.ts';
import { type Conflict, LISTED, organizations, type Question } from './conflict.ts';
import { assignedKeys } from './keys.ts';

/** Assignments and overrides that name nobody, and those that contradict the plan column; an assignment wins all the same. */
export async function assignmentConflicts(question: Question): Promise<Conflict[]> {
  return [...(await keyConflicts(question, 'organizations')), ...(await keyConflicts(question, 'overrides'))];
}

async function keyConflicts(question: Question, section: 'organizations' | 'overrides'): Promise<Conflict[]> {
  const { keys, malformed } = assignedKeys(question, section);
  const found: Conflict[] = [];
  if (malformed.length > 0) {
    const message = `assignments.${section} has ${malformed.length} keys that are no ${question.model.key}`;
    found.push(conflict('MALFORMED_KEY', 'blocks', null, malformed, message));
  }
  if (keys.length === 0) return found;
  const rows = await readAssigned(question, keys);
  const twice = rows.filter(row => row.repeated).map(row => row.key);
  if (twice.length > 0) {
    const message = `assignments.${section} names an organization twice: ${twice.slice(0, LISTED).join(', ')}`;
    found.push(conflict('ASSIGNED_TWICE', 'blocks', null, twice, message));
  }
  const nobody = rows.filter(row => !row.exists).map(row => row.key);
  if (nobody.length > 0) {
    const message = `assignments.${section} names ${nobody.length} keys that no organization has`;
    found.push(conflict('ASSIGNED_TO_NOBODY', 'report', null, nobody, message));
  }
  return section === 'organizations' ? [...found, ...contradictions(question, rows)] : found;
}

function contradictions({ config, rules }: Question, rows: readonly AssignedRow[]): Conflict[] {
  const groups = new Map<string, { assigned: string; value: string; keys: string[] }>();
  for (const { key, value } of rows) {
    const assigned = config.assignments.organizations[key];
    if (!assigned || !value) continue;
    if (rules.get(value) === (assigned === 'skip' ? null : assigned)) continue;
    const group = groups.get(`${assigned} ${value}`) ?? { assigned, value, keys: [] };
    group.keys.push(key);
    groups.set(`${assigned} ${value}`, group);
  }
  return [...groups.values()].map(({ assigned, value, keys }) => {
    const who = organizations(keys.length, 'is', 'are');
    const message = `${who} assigned ${assigned} where the plan column says "${value}"; the assignment wins`;
    return conflict('ASSIGNMENT_CONTRADICTS', 'report', value, keys, message);
  });
}

function conflict(
  code: Conflict['code'],
  severity: Conflict['severity'],
  value: string | null,
  keys: readonly string[],
  message: string,
): Conflict {
  return { code, severity, value, count: keys.length, organizations: keys.slice(0, LISTED), message };
}

interface AssignedRow {
  key: string;
  exists: boolean;
  /** The same key, written another way, stands before it. */
  repeated: boolean;
  value: string | null;
}

async function readAssigned({ tx, model }: Question, keys: readonly string[]): Promise<AssignedRow[]> {
  const { tenants, balances, key, rule } = model;
  const [tenant, owner] = [quoteIdentifier(tenants.key), quoteIdentifier(balances.owner)];
  return tx.unsafe<AssignedRow[]>(
    `select k.key, o.${tenant} is not null as exists, ${rule.value} as value,
            row_number() over (partition by k.key::${key} order by k.position) > 1 as repeated
       from unnest($1::text[]) with ordinality as k (key, position)
       left join ${tenants.table} as o on o.${tenant} = k.key::${key}
       left join ${balances.table} as b on b.${owner} = k.key::${key}
      order by k.position`,
    [keys],
  );
}
