import { quoteIdentifier as q } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { select } from '../violations.ts';

/** That retention removed the entry from the log, and an opening stands for it. */
const removed = (alias: string, sequence: string) =>
  `${alias}.sequence is null and exists (select from creditshift.allocations as o where o.organization = r.organization
     and o.kind = 'opening' and ${sequence} between o.first_sequence and o.sequence)`;

export const reversals: Check = {
  name: 'ledger.reversals',
  claim:
    'no charge is reversed beyond what it was, and each reversal gives back its exact share, of pools and legacy cost',
  why: 'a charge given back twice is minted money',
  remedy: 'a charge or a reversal was changed past the functions; the archive or a backup has the original',
  severity: 'failure',
  states: ['cut over', 'disabled', 'contracted'],
  find({ sql, model: { log, pools } }) {
    const owner = q(log.owner);
    const shares = [...pools.map(pool => q(pool.consumed)), 'legacy_delta'].map(
      column => `l.${column} * c.quantity::numeric = - c.${column} * r.quantity::numeric`,
    );
    return select(
      sql,
      `select format('organization %s, entry %s: reverses %s of entry %s, a charge of %s, of which %s is reversed', r.organization,
                     r.sequence, r.quantity, r.entry, coalesce(c.quantity::text, 'nothing'), r.reversed)
         from (select *, sum(quantity) over (partition by organization, entry) as reversed from creditshift.reversals) as r
         left join ${log.table} as c on c.${owner} = r.organization and c.sequence = r.entry
         left join ${log.table} as l on l.${owner} = r.organization and l.sequence = r.sequence
        where case when c.sequence is not null and l.sequence is not null
                   then r.reversed <= c.quantity and l.quantity = - r.quantity and ${shares.join(' and ')}
                   else (r.reversed <= c.quantity or ${removed('c', 'r.entry')}) and (l.quantity = - r.quantity or ${removed('l', 'r.sequence')}) end is not true
       union all
       select format('organization %s, entry %s: reverses no charge', l.${owner}, l.sequence)
         from ${log.table} as l
        where l.success and l.quantity < 0
          and not exists (select from creditshift.reversals as r where r.organization = l.${owner} and r.sequence = l.sequence)`,
    );
  },
};
