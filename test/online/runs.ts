import type { Sql } from '../../src/database/connect.ts';
import { type Ended, start } from '../cli/creditshift.ts';
import { openProxy } from './proxy.ts';

/** A command line, where it is run, and on which database. */
export interface Command {
  args: readonly string[];
  folder: string;
  url: string;
  sql: Sql;
}

/** A boundary between two statements that every run comes by: the step it is in, and the statements around it. */
export interface Place {
  step: string;
  before: string;
  statement: string;
}

export interface Kill {
  place: Place;
  /** Milliseconds after the server got the place's statement; without it, the server never does. */
  delay?: number;
}

/** Runs a command and kills it with SIGKILL; `code` is null when it died so, and not when it ended before. */
export async function killedRun({ args, folder, url }: Command, { place, delay }: Kill): Promise<Ended> {
  let die = () => {};
  const wanted = JSON.stringify(place);
  const placeOf = placing();
  const through = await openProxy(url, async ({ text }, forward) => {
    const here = JSON.stringify(placeOf(text)) === wanted;
    if (!here || delay !== undefined) forward();
    if (!here) return;
    if (delay) setTimeout(die, delay);
    else die();
    if (delay === undefined) await new Promise(() => {});
  });
  const child = start(args, folder, through);
  die = () => child.kill('SIGKILL');
  return child.ended;
}

/** Runs a command that nobody disturbs, and says what places it came by, each once, in their order. */
export async function placesOf({ args, folder, url }: Command): Promise<{ places: Place[]; ended: Ended }> {
  const places = new Map<string, Place>();
  const placeOf = placing();
  const through = await openProxy(url, ({ text }, forward) => {
    const place = placeOf(text);
    if (place) places.set(JSON.stringify(place), place);
    forward();
  });
  const ended = await start(args, folder, through).ended;
  return { places: [...places.values()], ended };
}

/** Heartbeat and published progress come by the clock, between any two statements of any run. */
const BY_THE_CLOCK = /^\s*update creditshift\.(runs set progress|lease set expires_at = clock_timestamp\(\) \+)/;

/** The SQL of a step begins with its name, as a comment. */
function placing(): (text: string) => Place | undefined {
  let step = '';
  let before = '';
  return statement => {
    if (BY_THE_CLOCK.test(statement)) return undefined;
    step = /^-- .*/.exec(statement)?.[0] ?? step;
    const place = { step, before, statement };
    before = statement;
    return place;
  };
}

/** Runs a command to its end, after what the passing of time does to the lease of a run that is gone. */
export async function finishedRun({ args, folder, url, sql }: Command): Promise<Ended> {
  await expireLease(sql);
  return start(args, folder, url).ended;
}

/** The lease ends, as it does by itself after half a minute. */
export async function expireLease(sql: Sql): Promise<void> {
  const [row] = await sql<{ there: boolean }[]>`select to_regclass('creditshift.lease') is not null as there`;
  if (row?.there) await sql`update creditshift.lease set expires_at = clock_timestamp()`;
}
