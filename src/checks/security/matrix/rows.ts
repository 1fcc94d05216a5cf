import { quoteLiteral as lit, quoteIdentifier as q } from '../../../config/names.ts';
import type { Queryable } from '../../../database/connect.ts';
import type { Target } from './targets.ts';

/** A row that is reached for; its values stand in the setting `creditshift.rows`, at `at`. */
export interface Row {
  at: number;
  columns: string[];
  /** False where it has to be made before it can be reached. */
  found: boolean;
}

interface Column {
  name: string;
  counted: boolean;
}

/** The rows of one transaction's trials: no value of a tenant's row ever stands in the text of a statement. */
export class Rows {
  readonly values: Record<string, unknown>[] = [];
  private readonly sql: Queryable;

  constructor(sql: Queryable) {
    this.sql = sql;
  }

  /** A row of the organization, or of anybody; of its columns those that every row must have, so that it stays small. */
  async of(target: Target, organization: string | undefined): Promise<Row> {
    if (target.view) return { at: 0, columns: [], found: true };
    const needed = await this.sql<Column[]>`
      select a.attname as name, a.attidentity <> '' or coalesce(pg_get_expr(d.adbin, d.adrelid), '') like 'nextval(%' as counted
        from pg_attribute as a
        left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
       where a.attrelid = ${target.table.toString()}::regclass and a.attnum > 0 and not a.attisdropped
         and a.attgenerated = '' and (a.attnotnull or a.attname = ${target.owner})`;
    const columns = needed.map(({ name }) => q(name)).join(', ') || 'null';
    const whose = target.owner === null ? '' : `where ${q(target.owner)} = ${lit(organization)}`;
    const [row] = await this.sql.unsafe<{ row: Record<string, unknown> }[]>(
      `select to_jsonb(r) as row from (select ${columns} from ${target.table} ${whose} limit 1) as r`,
    );
    return row ? this.keep(row.row, true) : this.keep(this.made(target, organization, needed), false);
  }

  private made(target: Target, organization: string | undefined, needed: readonly Column[]) {
    // A number of its own below every other: none is drawn from a sequence.
    const counted = needed.filter(c => c.counted && !(c.name in target.made)).map(c => [c.name, -1]);
    const owner = target.owner === null ? [] : [[target.owner, organization]];
    return { ...Object.fromEntries([...counted, ...owner]), ...target.made } as Record<string, unknown>;
  }

  private keep(values: Record<string, unknown>, found: boolean): Row {
    this.values.push(values);
    return { at: this.values.length - 1, columns: Object.keys(values), found };
  }
}
