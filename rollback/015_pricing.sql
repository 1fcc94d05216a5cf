-- inverse of pricing: the rows go; their tables belong to control.
delete from creditshift.policies;
delete from creditshift.assignments;
delete from creditshift.overrides;
delete from creditshift.usage;
delete from creditshift.plan_values;
delete from creditshift.plan_pools;
delete from creditshift.plans;
delete from creditshift.pools;
