-- inverse of control: the toolkit's schema goes, object by object. Anything that someone else made in it, or that hangs
-- on it, is an error here and stays: never CASCADE.
drop table if exists creditshift.restored; -- what a restore that died had loaded from its backup
{% render '_retired_shim' %}
drop function creditshift.carry(bigint[], bigint, bigint[]);
drop function creditshift.share(bigint, bigint[], bigint[]);
drop function creditshift.record(uuid, text, jsonb);
drop view creditshift.late_writes;
drop table creditshift.journal, creditshift.shadow_calls, creditshift.baseline, creditshift.legacy_functions, creditshift.settled,
           creditshift.legacy_writes, creditshift.exceptions, creditshift.reversals, creditshift.allocations,
           creditshift.added_actions, creditshift.added_balances, creditshift.policies, creditshift.assignments,
           creditshift.overrides, creditshift.usage, creditshift.plan_values, creditshift.plan_pools, creditshift.plans, creditshift.pools,
           creditshift.checkpoints, creditshift.lease, creditshift.runs, creditshift.history, creditshift.revisions,
           creditshift.control;
drop sequence creditshift.event;
drop schema creditshift;
