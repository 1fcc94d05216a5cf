import type { Session } from '../../src/commands/session/session.ts';

/** What is not of the database: the session, the server, the configuration. */
export interface Circumstance {
  what: string;
  /** SQL for the session that judges. */
  plant?: string;
  /** What the session knows otherwise. */
  known?: (session: Session) => Partial<Session>;
  /** Criterion and outcome, with patterns of the lines that it shows. */
  found: string;
  lines: readonly string[];
}

/** Rows of many megabytes that no compression makes small. */
const LARGE = `
  alter table organization_credits add note text, alter note set storage external;
  update organization_credits set note = repeat('x', 60000000)`;

export const CIRCUMSTANCES: readonly Circumstance[] = [
  {
    what: 'a version to come',
    known: ({ server }) => ({ server: { ...server, versionNumber: 190_001, version: '19.1' } }),
    found: 'server.version warns',
    lines: ['^PostgreSQL 19.1$'],
  },
  {
    what: 'a standby',
    known: ({ server }) => ({ server: { ...server, recovery: true } }),
    found: 'server.takes-writes blocks',
    lines: ['^it is a standby in recovery$'],
  },
  {
    what: 'a login that writes nothing',
    plant: 'set default_transaction_read_only = on',
    found: 'server.takes-writes blocks',
    lines: ['^default_transaction_read_only is on for this login$'],
  },
  {
    what: 'a pooler',
    known: ({ server }) => ({ server: { ...server, direct: false } }),
    found: 'server.direct-connection blocks',
    lines: ['^a pooler is in between, for 080_index$'],
  },
  {
    what: 'a server with few connections left',
    known: ({ config }) => ({ config: { ...config, batch: { ...config.batch, workers: 90 } } }),
    found: 'server.connections blocks',
    lines: ['^of the server \\d+ of 30 are free, a run takes 93$'],
  },
  {
    what: 'a login and a database of few connections',
    plant: `do $$ begin
              create role of_few connection limit 2;
              execute format('alter database %I connection limit 3', current_database());
            end $$;
            set session authorization of_few`,
    found: 'server.connections blocks',
    lines: ['^of the database 3 of 3 are free, a run takes 4$', '^of this login 3 of 2 are free, a run takes 4$'],
  },
  {
    what: 'a statement that may not take long',
    plant: `set statement_timeout = '1min'`,
    found: 'server.time-limits warns',
    lines: ['^statement_timeout is 1min$'],
  },
  {
    what: 'more tables than a transaction may lock',
    plant: `do $$ begin
              for n in 1 .. 200 loop execute format('create table many_%s ()', n); end loop;
            end $$`,
    found: 'server.lock-room warns',
    lines: ['^room for 350 locks; there are 20\\d tables$'],
  },
  {
    what: 'large balances',
    plant: LARGE,
    found: 'disk.growth warns',
    lines: ['^about 1\\d\\d MB more, the database has'],
  },
  {
    what: 'large balances, and a small max_wal_size',
    plant: LARGE,
    found: 'disk.wal-room warns',
    lines: ['^about 2\\d\\d MB of WAL, max_wal_size is 100MB$'],
  },
  {
    what: 'triggers that keep the balance, one by a function that another calls',
    plant: `create table purchases (organization_id uuid, credits integer);
     create function add_up(k uuid) returns void language sql as
     'update organization_credits c set (total_credits, credits_remaining) = (select sum(credits), sum(credits) from purchases)
       where organization_id = k';
     create function note() returns trigger language plpgsql as 'begin perform public.add_up(new.organization_id); return null; end';
     create trigger adds after insert on purchases for each row execute function note();
     create function never_negative() returns trigger language plpgsql as
     'begin new.credits_remaining := greatest(new.credits_remaining, 0); return new; end';
     create trigger floors before update of credits_remaining on organization_credits for each row execute function never_negative();
     create function touch() returns trigger language plpgsql as
     'begin /* update organization_credits set credits_remaining = 0 */ return new; end';
     create trigger touches before update on purchases for each row execute function touch()`,
    found: 'tables.balance-triggers blocks',
    lines: [
      '^BALANCE_TRIGGER: trigger adds on table purchases, by function note.., writes "public"."organization_credits".credits_remaining',
      '^BALANCE_TRIGGER: trigger floors on table organization_credits, by function never_negative',
    ],
  },
  {
    what: 'a trigger that keeps the balance and was accepted by name',
    plant: `create function refill() returns trigger language plpgsql as
     'begin update organization_credits set credits_remaining = 1; return null; end';
     create trigger refills after truncate on credit_actions execute function refill()`,
    known: ({ config }) => ({
      config: {
        ...config,
        functions: { ...config.functions, acceptDependents: ['trigger refills on table credit_actions'] },
      },
    }),
    found: 'tables.balance-triggers met',
    lines: [],
  },
];
