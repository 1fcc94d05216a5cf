-- Organizations with entries beyond the watermark: their counters say so, so that no run reads the log as a whole. Entry 1 is
-- an organization's first allocation, which moves nothing: said apart, since the planner has statistics for that.
select b.{{ balances.owner }} as organization, coalesce(s.through_sequence, 1) as through, coalesce(s.shortfall, 0) as shortfall,
       b.last_sequence - coalesce(s.through_sequence, 1) as entries
  from {{ balances.table }} as b
  left join creditshift.settled as s on s.organization = b.{{ balances.owner }}
 where b.last_sequence > 1
   and b.last_sequence > coalesce(s.through_sequence, 1)
