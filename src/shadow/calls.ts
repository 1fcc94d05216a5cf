import { allocationColumns, allocationJoin, type Basis } from '../allocation/preview.ts';
import type { Model } from '../config/model.ts';
import { quoteIdentifier as q } from '../config/names.ts';
import type { Queryable } from '../database/connect.ts';

/** A call of the legacy function, with what the pools of its organization begin with. */
export interface Call extends Basis {
  action: string | null;
  quantity: string | null;
  /** Null where it is not known. */
  allowed: boolean | null;
  at: string;
  /** It has a balance row; it is in the table of organizations. */
  balanced: boolean;
  listed: boolean;
  /** What the pools hold, once they are allocated. */
  available: string[];
}

export interface Source {
  /** Noted by the shim, or by the legacy function itself in its log. */
  from: 'shim' | 'log';
  /** Only calls of the last so many seconds. */
  seconds: number | undefined;
  /** The pools are allocated: they begin with what they hold. */
  allocated: boolean;
  /** The log has the columns of the migration, by which its own entries are told from legacy ones. */
  expandedLog: boolean;
}

/** Rows fetched at once, which is all that is ever held. */
const PAGE = 1000;

/** The calls, organization by organization, in the order in which each made them; memory stays flat. */
export function readCalls(sql: Queryable, model: Model, source: Source): AsyncIterable<Call[]> {
  const { balances, tenants, pools } = model;
  const text = `
    select c.organization::text as organization, o.${q(tenants.name)}::text as name, c.action, c.quantity::text as quantity,
           c.allowed, to_char(c.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
           b.${q(balances.owner)} is not null as balanced, o.${q(tenants.key)} is not null as listed,
           ${allocationColumns(model)},
           json_build_array(${source.allocated ? pools.map(p => `${p.available.b}::text`).join(', ') : ''}) as available
      from (${source.from === 'shim' ? NOTED : logged(model, source)}) as c
      left join ${balances.table} as b on b.${q(balances.owner)} = c.organization
      left join ${tenants.table} as o on o.${q(tenants.key)} = c.organization
      ${allocationJoin(model)}
     where $1::double precision is null or c.at > now() - make_interval(secs => $1)
     order by c.organization, c.at, c.place`;
  return sql.unsafe<Call[]>(text, [source.seconds ?? null]).cursor(PAGE);
}

/** Since the shim was installed last: another time the pools may have been others. */
const NOTED = `
  select organization, action, quantity, allowed, at, call as place from creditshift.shadow_calls
   where at > (select max(at) from creditshift.journal where event = 'step' and data ->> 'step' = '017_shadow')`;

/**
 * The legacy log tells the outcome in words, and the quantity only by what was consumed. What consumed credits was
 * allowed, unless its outcome says otherwise; what neither tells is not guessed.
 */
function logged({ log, actions }: Model, { expandedLog }: Source): string {
  const outcome = `l.${q(log.outcome)}::text`;
  return `
    select l.${q(log.owner)} as organization, l.${q(log.action)}::text as action, l.${q(log.at)}::timestamptz as at,
           l.ctid as place,
           case when l.${q(log.consumed)} > a.${q(actions.cost)} and a.${q(actions.cost)} > 0
                     and mod(l.${q(log.consumed)}::numeric, a.${q(actions.cost)}::numeric) = 0
                then (l.${q(log.consumed)}::numeric / a.${q(actions.cost)}::numeric)::bigint else 1 end as quantity,
           case when ${outcome} ~* '^(success|succeeded|ok|allowed|true|t)$' then true
                when ${outcome} ~* '(fail|refus|reject|den(y|ied)|insufficient|error|false)' then false
                when l.${q(log.consumed)} > 0 then true end as allowed
      from ${log.table} as l
      left join ${actions.table} as a on a.${q(actions.action)} = l.${q(log.action)}
     ${expandedLog ? 'where l.sequence is null and l.success is null' : ''}`;
}
