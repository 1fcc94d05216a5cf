import { isApplied } from '../../database/state.ts';
import type { Check, Subject, Violations } from '../check.ts';
import { select } from '../violations.ts';
import { legacyFunctionViolations } from './recorded-functions.ts';

export const functionInPlace: Check = {
  name: 'legacy.function-in-place',
  claim:
    'the legacy function stands behind its name as it was, or behind its shim: definition, owner, privileges, comment; no other beside it',
  why: 'clients call it until the cutover, and a rollback leads back to it',
  remedy: 'put it back as it was, or migrate knowing that it differs (--accept-changed-legacy)',
  severity: 'failure',
  states: ['partial', 'disabled'],
  establishedBy: '055_triggers',
  find: async subject => {
    const found = await legacyFunctionViolations(subject);
    const shims = isApplied(subject.state, '017_shadow') ? await shimViolations(subject) : { count: 0, rows: [] };
    return { ...found, count: found.count + shims.count, rows: [...found.rows, ...shims.rows] };
  },
};

/** Shims that others may call than the function behind them, or that run as somebody else. */
const shimViolations = ({ sql, model }: Subject): Promise<Violations> =>
  select(
    sql,
    `with shims as (
       select s."inPlace", s."setAside", shim.oid as shim, legacy.oid as legacy, shim.proowner = legacy.proowner
              and shim.prosecdef = legacy.prosecdef and not exists (
                select from aclexplode(coalesce(shim.proacl, acldefault('f', shim.proowner))) as a
                  full join aclexplode(coalesce(legacy.proacl, acldefault('f', legacy.proowner))) as b
                    using (grantee, privilege_type, is_grantable)
                 where a.grantor is null or b.grantor is null) as equal
         from jsonb_to_recordset($1::text::jsonb) as s ("inPlace" text, "setAside" text)
         left join pg_proc as shim on shim.oid = to_regprocedure(s."inPlace")
         left join pg_proc as legacy on legacy.oid = to_regprocedure(s."setAside")
     )
     select format('the shim in place of %s has another owner or other privileges', "inPlace") from shims where not equal
     union all
     select format('%s is missing', "setAside") from shims where legacy is null`,
    [model.functions.shims.map(({ inPlace, setAside }) => ({ inPlace, setAside }))],
  );
