-- control: the toolkit's own schema: state, pricing plans, ledger of allocations, journal.
-- Locks nothing of yours.

select pg_advisory_xact_lock(hashtext('creditshift'));

create schema creditshift authorization {{ balances.role }};
set local role {{ balances.role }};

-- One row: the mode decides, inside every charge, whether it may go through.
create table creditshift.control (
  singleton     boolean primary key default true check (singleton),
  state_version integer not null,
  mode          text not null check (mode in ('legacy', 'live', 'maintenance', 'disabled')),
  changed_at    timestamptz not null default now(),
  caught_up     xid8
);
insert into creditshift.control (state_version, mode) values (1, 'legacy');

-- The configuration is json, not jsonb: the order of its pools counts.
create table creditshift.revisions (
  revision   integer primary key,
  config     json not null,
  facts      jsonb not null,
  catalog    jsonb,
  applied_at timestamptz not null default now()
);

create table creditshift.history (
  step        text primary key,
  stage       text not null,
  revision    integer not null,
  run         uuid not null,
  sql         text not null,
  checksum    text not null,
  started_at  timestamptz not null,
  finished_at timestamptz not null default clock_timestamp()
);

create table creditshift.runs (
  run         uuid primary key,
  command     text not null,
  version     text not null,
  actor       text not null default session_user,
  reason      text,
  started_at  timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  outcome     text,
  progress    jsonb
);

create table creditshift.lease (
  epoch      bigint primary key,
  holder     text not null,
  taken_at   timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);

-- A part is a range of keys: those after last_key, up to and with end_key; null is open.
create table creditshift.checkpoints (
  step     text not null,
  part     integer not null,
  last_key {{ key | raw }},
  end_key  {{ key | raw }},
  rows     bigint not null default 0,
  done     boolean not null default false,
  primary key (step, part)
);

-- Pools, pricing plans and who gets which: data, so that a change of the configuration changes rows.
create table creditshift.pools (
  pool         text primary key,
  position     integer not null unique,
  label        text not null,
  purpose      text not null,
  provider     text not null,
  legacy_value bigint not null,
  enabled      boolean not null
);
create table creditshift.plans (
  plan   text primary key,
  policy text not null check (policy in ('grant', 'split', 'usage')),
  basis  text check (basis in ('total', 'remaining')),
  days   integer check ((days is not null) = (policy = 'usage')),
  price  numeric
);
create table creditshift.plan_pools (
  plan    text not null references creditshift.plans,
  pool    text not null references creditshift.pools,
  credits bigint not null,
  weight  integer not null,
  floor   bigint not null,
  carry   integer not null,
  primary key (plan, pool)
);
create table creditshift.plan_values (
  value text primary key,
  plan  text references creditshift.plans
);
create table creditshift.assignments (
  organization {{ key | raw }} primary key,
  plan         text references creditshift.plans
);
create table creditshift.overrides (
  organization {{ key | raw }},
  pool         text references creditshift.pools,
  credits      bigint not null,
  primary key (organization, pool)
);
-- Measured once: the weights, in ten-thousandths and pool order, of those who used anything in so many days.
create table creditshift.usage (
  organization {{ key | raw }},
  days         integer,
  weights      bigint[] not null,
  measured_at  timestamptz not null default now(),
  primary key (organization, days)
);
create table creditshift.policies (
  policy text primary key,
  value  text not null
);
create table creditshift.added_actions (
  action text primary key
);
-- Balance rows that policies.withoutCredits made, without the toolkit's columns: as made, and unused, they go with drop.
create table creditshift.added_balances (
  organization {{ key | raw }} primary key,
  found        jsonb not null
);

-- One order over allocations and legacy writes: both draw from it while they hold the balance row's lock.
create sequence creditshift.event;

-- The last entry of an organization that was deleted after it was charged is its tombstone, of kind deletion: the pools are
-- forfeited, and its legacy_delta takes back what was not settled, since there is no balance left to settle it with.
-- A reference is the payment of a top-up, or the cycle of a reset: each counts once.
-- An opening stands for entries that were archived and removed from the log, from first_sequence to sequence: what they were
-- granted back, what they charged, and what they come to in legacy credits.
create table creditshift.allocations (
  organization   {{ key | raw }} not null,
  sequence       bigint not null,
  first_sequence bigint,
  event          bigint not null default nextval('creditshift.event'),
  kind           text not null check (kind in ('migration', 'recalculation', 'plan change', 'pool', 'top-up', 'reversal', 'reset', 'opening', 'deletion')),
  plan           text check ((plan is null) = (kind = 'deletion')),
  reason         text not null,
  reference      text,
  legacy_before  numeric,
  basis          bigint,
  legacy_delta   {{ legacyType | raw }} not null default 0,
  at             timestamptz not null default clock_timestamp(),
  primary key (organization, sequence),
  check (case when kind = 'opening' then first_sequence between 2 and sequence else first_sequence is null end is true)
);
create unique index allocations_one_migration on creditshift.allocations (organization) where kind = 'migration';
create unique index allocations_reference on creditshift.allocations (organization, kind, reference) where reference is not null;

-- Which charge a reversal in the log gives back, and how much of its quantity.
create table creditshift.reversals (
  organization {{ key | raw }} not null,
  entry        bigint not null,
  sequence     bigint not null,
  quantity     bigint not null check (quantity > 0),
  primary key (organization, entry, sequence)
);

-- Organizations that got nothing, and why: skipped by a rule, pending because no rule decides, or failed with an error.
create table creditshift.exceptions (
  organization {{ key | raw }} primary key,
  kind         text not null check (kind in ('skipped', 'pending', 'failed')),
  plan_value   text,
  reason       text not null,
  at           timestamptz not null default clock_timestamp()
);

create table creditshift.legacy_writes (
  event          bigint primary key default nextval('creditshift.event'),
  organization   {{ key | raw }} not null,
  balance_before numeric,
  balance_after  numeric,
  total_before   numeric,
  total_after    numeric,
  plan_before    text,
  plan_after     text,
  role           text not null,
  application    text not null,
  cause          text,
  mode           text not null,
  xid            xid8 not null default pg_current_xact_id(),
  at             timestamptz not null default clock_timestamp()
);
create index legacy_writes_organization on creditshift.legacy_writes (organization, event);
create index legacy_writes_xid on creditshift.legacy_writes (xid);

-- Writes to the legacy balance by old code, since the cutover that counts now: it was recorded under a lock that no writer shares.
create view creditshift.late_writes as
select w.*
  from creditshift.legacy_writes as w
  join creditshift.history as h on h.step = '090_cutover' and w.at > h.finished_at
 where w.cause is null
   and (w.balance_before is distinct from w.balance_after or w.total_before is distinct from w.total_after);

create table creditshift.settled (
  organization     {{ key | raw }} primary key,
  through_sequence bigint not null,
  charged          {{ legacyType | raw }} not null,
  shortfall        {{ legacyType | raw }} not null default 0,
  at               timestamptz not null default clock_timestamp()
);

create table creditshift.legacy_functions (
  signature text primary key,
  hash      text not null
);

-- What was measured and tried before the migration, to compare with: who reached which rows, how long charges took.
create table creditshift.baseline (
  subject     text primary key,
  recorded_at timestamptz not null,
  document    jsonb not null
);

-- Calls of the legacy function that a shim noted, in the order in which each organization made them. Without an index: what
-- a call writes is one row at the end of a heap. The decision is null where the answer does not tell it.
create table creditshift.shadow_calls (
  call         bigint generated always as identity,
  organization {{ key | raw }},
  action       text,
  quantity     bigint,
  allowed      boolean,
  at           timestamptz not null default clock_timestamp()
);

create table creditshift.journal (
  position bigint primary key,
  at       timestamptz not null,
  run      uuid,
  event    text not null,
  data     jsonb not null,
  previous text not null,
  hash     text not null
);

-- Appends to the journal; each row's hash covers the one before it, so an edited or removed row shows.
create function creditshift.record(p_run uuid, p_event text, p_data jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $creditshift$
declare
  v_head creditshift.journal;
  v_at   timestamptz := clock_timestamp();
begin
  perform pg_advisory_xact_lock(hashtext('creditshift.journal'));
  select * into v_head from creditshift.journal order by position desc limit 1;
  insert into creditshift.journal (position, at, run, event, data, previous, hash)
  select coalesce(v_head.position, 0) + 1, v_at, p_run, p_event, p_data, p.previous,
         encode(sha256(convert_to(concat_ws('|', p.previous, coalesce(v_head.position, 0) + 1,
           to_char(v_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), p_run, p_event, p_data::text), 'utf8')), 'hex')
    from (select coalesce(v_head.hash, '')) as p (previous);
end $creditshift$;

-- Largest remainder over weights in ten-thousandths, ties in configured order, then floors. Integers only.
create function creditshift.share(p_amount bigint, p_weights bigint[], p_floors bigint[]) returns bigint[]
language plpgsql immutable set search_path = pg_catalog, pg_temp as $creditshift$
declare
  v_shares     bigint[] := p_floors;
  v_remainders numeric[] := p_floors;
  v_product    numeric;
  v_spare      numeric := 0;
  v_best       integer;
begin
  for i in 1 .. cardinality(p_weights) loop
    v_product := p_weights[i]::numeric * p_amount;
    v_shares[i] := div(v_product, 10000);
    v_remainders[i] := mod(v_product, 10000);
    v_spare := v_spare + v_remainders[i];
  end loop;
  for n in 1 .. div(v_spare, 10000)::integer loop
    v_best := 1;
    for i in 2 .. cardinality(p_weights) loop
      if v_remainders[i] > v_remainders[v_best] then
        v_best := i;
      end if;
    end loop;
    v_shares[v_best] := v_shares[v_best] + 1;
    v_remainders[v_best] := -1;
  end loop;
  for i in 1 .. cardinality(p_weights) loop
    v_shares[i] := greatest(v_shares[i], p_floors[i]);
  end loop;
  return v_shares;
end $creditshift$;

-- Granted credits with what is carried over of an amount, by ten-thousandths per pool; a pool takes no more than it holds.
create function creditshift.carry(p_credits bigint[], p_amount bigint, p_carry bigint[]) returns bigint[]
language plpgsql immutable set search_path = pg_catalog, pg_temp as $creditshift$
declare
  v_credits bigint[] := creditshift.share(p_amount, p_carry, array_fill(0::bigint, array[cardinality(p_carry)]));
begin
  for i in 1 .. cardinality(p_credits) loop
    v_credits[i] := p_credits[i] + least(v_credits[i], greatest(0, {{ poolMax | raw }} - p_credits[i]));
  end loop;
  return v_credits;
end $creditshift$;

reset role;
