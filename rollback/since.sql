-- since: what the entries of each organization come to since the backup, which has none, and its legacy values now.
-- The casts are for an archive, which is read as text. The tombstone of an organization that is gone does not count: the
-- backup has the organization, and what it had spent is spent.
with entry as (
  select l.{{ log.owner }}::{{ key | raw }} as organization, l.legacy_delta::numeric as delta, false as tombstone
    from {{ log.table }} as l
   where l.sequence is not null
  union all
  select a.organization::{{ key | raw }}, a.legacy_delta::numeric, a.kind = 'deletion'
    from {{ allocations }} as a
), owed as (
  select organization, sum(delta) as delta, coalesce(sum(delta) filter (where not tombstone), 0) as spent
    from entry
   group by 1
), balance as (
  select b.{{ balances.owner }}::{{ key | raw }} as organization,
         {% if dropped %}null{% else %}{{ balances.value.b | raw }}{% endif %}::numeric as current,
         {% if dropped or balances.total == null %}null{% else %}b.{{ balances.total }}{% endif %}::numeric as total,
         {% if dropped or balances.used == null %}null{% else %}b.{{ balances.used }}{% endif %}::numeric as used
    from {{ balances.table }} as b
   where b.{{ balances.owner }} is not null
)
select coalesce(b.organization, o.organization) as organization,
       coalesce(case when b.organization is null then o.spent else o.delta end, 0) as delta,
       b.current, b.total, b.used, b.organization is null as gone
  from balance as b
  full join owed as o on o.organization = b.organization
