const CHARGE = `create or replace function consume_credits_rpc(p_organization_id uuid, p_action_type text) returns json
  language plpgsql security definer as`;

/** What is planted, its SQL, the one criterion that is not met then, and patterns of the lines it shows. */
export const OBSTACLES: readonly (readonly [string, string, string, readonly string[]])[] = [
  [
    'prepared transactions',
    `begin; lock table profiles in row exclusive mode; prepare transaction 'elsewhere';
     begin; lock table credit_actions in row exclusive mode; prepare transaction 'in the way'`,
    'activity.prepared-transactions blocks',
    ["'in the way' of postgres, since .*, with a lock on a credit table", "'elsewhere' of postgres, since [^,]*$"],
  ],
  [
    'an index that is not valid',
    `update pg_index set indisvalid = false where indexrelid = 'idx_organization_credits_org_id'::regclass`,
    'tables.indexes-valid warns',
    ['idx_organization_credits_org_id on public.organization_credits'],
  ],
  [
    'an action that only the log has',
    `insert into credit_consumption_logs (action_type, created_at) values ('fax_send', '2025-10-01')`,
    'plan.logged-actions warns',
    ['fax_send: 1 entries, the last at 2025-10-01'],
  ],
  [
    'triggers that fire on what is written',
    `create trigger touched before update on organization_credits for each row execute function suppress_redundant_updates_trigger();
     create function forward() returns trigger language plpgsql as 'begin return new; end';
     create trigger forward after insert on credit_consumption_logs for each row execute function forward();
     create trigger of_none after update of created_at on credit_actions for each row execute function forward()`,
    'tables.user-triggers blocks',
    ['USER_TRIGGER: trigger touched', 'trigger forward on credit_consumption_logs$'],
  ],
  [
    'nobody to act as',
    `update profiles set organization_id = null`,
    'proof.roles warns',
    ['own rows: no organization with a balance has a user'],
  ],
  [
    'a foreign key that would write to the log',
    `alter table credit_consumption_logs add constraint of_user foreign key (user_id) references profiles on update cascade on delete set null,
       add constraint of_organization foreign key (organization_id) references organizations`,
    'tables.log-cascades warns',
    ['^foreign key of_user: the deletion and a new key of a row of profiles$'],
  ],
  [
    'a legacy function that compiles and cannot run',
    `${CHARGE} 'begin update organization_credits set no_such_column = 1; return null; end'`,
    'functions.legacy-charges blocks',
    ['column "no_such_column" of relation "organization_credits" does not exist .SQLSTATE 42703.'],
  ],
  [
    'a legacy function that refuses',
    `${CHARGE} $$ begin return '{"success": false}'::json; end $$`,
    'functions.legacy-charges warns',
    ['ai_chat took nothing; it answered {"success": false}'],
  ],
  [
    'a legacy function with another answer',
    `drop function consume_credits_rpc(uuid, text);
     create function consume_credits_rpc(p_organization_id uuid, p_action_type text) returns integer
     language sql as 'update organization_credits set credits_remaining = credits_remaining - 1 where organization_id = $1 returning 1'`,
    'functions.signature blocks',
    ['RETURN_TYPE: the legacy function returns integer'],
  ],
  [
    'an overload',
    `create function consume_credits_rpc(integer) returns json language sql as 'select null::json'`,
    'functions.one-overload blocks',
    ['OVERLOAD_UNLISTED: public.consume_credits_rpc.integer.'],
  ],
  [
    'a view that calls the legacy function',
    `create view calls as select consume_credits_rpc(id, 'ai_chat') from organizations`,
    'functions.no-dependents blocks',
    ['DEPENDENT: rule _RETURN on view calls'],
  ],
  [
    'whatever reads and writes legacy columns',
    `create view balances as select organization_id, credits_remaining, used_credits from organization_credits;
     create policy rich on organization_credits for delete using (total_credits > 1);
     create function note() returns trigger language plpgsql as 'begin return new; end';
     create trigger note after update of credits_remaining on organization_credits for each row execute function note();
     create function give(k uuid) returns void language plpgsql as
     'begin update public.organization_credits set credits_remaining = 100 where organization_id = k; end';
     create function left_of(k uuid) returns integer language sql as
     'select remaining_credits from organization_credits where organization_id = k'`,
    'functions.legacy-columns warns',
    [
      '^policy rich on table organization_credits: total_credits$',
      '^trigger note on table organization_credits: credits_remaining$',
      '^view balances: credits_remaining, used_credits$',
      '^function give.uuid. writes to the table, and names: credits_remaining$',
      '^function left_of.uuid. reads: remaining_credits$',
    ],
  ],
  [
    'publications, with and without a list of columns',
    `create publication everything for all tables;
     create publication part for table credit_actions (action_type, credits_cost);
     create publication whole for table organization_credits`,
    'tables.publications warns',
    [
      '^publication everything sends every column of "public"."organization_credits", the new ones too: .*Before migrate, there: alter table "public"."organization_credits" add column last_sequence bigint not null default 0, ',
      '^publication everything sends every column of "public"."credit_actions".*: alter table "public"."credit_actions" add column "ai_credits_required" integer not null default 0, ',
      '^publication everything sends every column of "public"."credit_consumption_logs"',
      '^publication part sends 2 columns of "public"."credit_actions" and none of the new ones: .* with "ai_credits_required", ',
      '^publication whole sends every column of "public"."organization_credits"',
      '^publication everything is for all tables, schema creditshift too',
    ],
  ],
  [
    'functions and views that hold whole rows',
    `create function rich() returns setof organization_credits language sql as 'select * from organization_credits';
     create function owner_of(c organization_credits) returns uuid language sql as 'select c.organization_id';
     create function first() returns void language plpgsql as 'declare l credit_consumption_logs%rowtype; begin end';
     create view whole as select c from organization_credits as c;
     create view listed as select * from credit_actions`,
    'tables.row-types warns',
    [
      '^function first.. holds a row of credit_consumption_logs:',
      '^function owner_of.organization_credits. takes a row of organization_credits:',
      '^function rich.. answers rows of organization_credits:',
      '^view whole has whole rows of organization_credits in a column',
    ],
  ],
  [
    'a table that stores rows of the balances',
    'create table kept (id integer, was organization_credits)',
    'tables.fitting blocks',
    ['^ROW_TYPE_STORED: kept.was stores rows of "public"."organization_credits"'],
  ],
  [
    'a column of a name to come',
    `alter table credit_actions add ai_credits_required integer`,
    'tables.names-free blocks',
    ['NAME_TAKEN: "public"."credit_actions" already has a column ai_credits_required'],
  ],
  [
    'a table owned by another',
    `alter table credit_actions owner to service_role`,
    'tables.privileges blocks',
    ['OWNERS_DIFFER'],
  ],
  [
    'an action with two prices, and an organization with two rows',
    `alter table credit_actions drop constraint credit_actions_pkey;
     insert into credit_actions values ('ai_chat', 7);
     alter table organizations drop constraint organizations_pkey cascade;
     insert into organizations (id, name, slug) select id, name, slug || '2' from organizations where slug = 'absolute-victory'`,
    'tables.fitting blocks',
    ['ACTION_REPEATED: .* has ai_chat more than once; which price', 'TENANT_REPEATED: .* more than once; one balance'],
  ],
  [
    'a balance that is not unique',
    `alter table organization_credits drop constraint organization_credits_organization_id_unique;
     insert into organization_credits (organization_id) select id from organizations, generate_series(1, 2) where slug = 'absolute-victory'`,
    'tables.fitting blocks',
    ['OWNER_NOT_UNIQUE', 'OWNER_REPEATED: .* has 0.*3 more than once; which of its balances counts is chance'],
  ],
  [
    'a replication slot that nobody reads',
    `select pg_create_physical_replication_slot('standby_that_was', true)`,
    'activity.replication-slots warns',
    ['^standby_that_was .physical.: inactive, holds \\d+ (bytes|kB|MB)$'],
  ],
];
