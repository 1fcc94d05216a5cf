import type { Ended } from '../cli/creditshift.ts';
import { type Command, expireLease, finishedRun, type Kill, killedRun, type Place, placesOf } from './runs.ts';

/** Kills between two lines that say how far the torture is. */
const TELLING = 50;

/** A command to be killed again and again on a database of its own. */
export interface Victim {
  command: Command;
  /** Called after the command ended by itself: nothing may be lost, done twice, or left over. */
  examine: (last: Ended) => Promise<void>;
  /** Drops its database: hundreds of kills take more of them than a server has connections. */
  close: () => Promise<void>;
}

/**
 * Kills runs of a command on one database, each at its own place, in the order in which a run comes by them, and lets
 * the last one end. Where a run ended before it could be killed, a new database is taken.
 * @returns how many died
 */
export async function torment(kills: readonly Kill[], open: () => Promise<Victim>): Promise<number> {
  let victim: Victim | undefined;
  let killed = 0;
  for (const kill of kills) {
    let died = victim !== undefined && (await dies(victim, kill));
    if (!died) {
      victim = await open();
      died = await dies(victim, kill);
    }
    if (died) killed += 1;
    else victim = undefined;
    if (died && killed % TELLING === 0) process.stdout.write(`killed ${killed} of ${kills.length} times\n`);
  }
  if (victim) await victim.examine(await finishedRun(victim.command));
  return killed;
}

async function dies({ command, examine, close }: Victim, kill: Kill): Promise<boolean> {
  await expireLease(command.sql);
  const ended = await killedRun(command, kill);
  if (ended.code === null) return true;
  await examine(ended);
  await close();
  return false;
}

/**
 * The kills of a test: a few, evenly, where a run writes. `npm run torture` sets KILLS=all: at every boundary between
 * two statements, and where a run writes also in flight and at a random moment.
 */
export async function killsOf(command: Command, few: number): Promise<Kill[]> {
  const { places, ended } = await placesOf(command);
  if (ended.code !== 0) throw new Error(`undisturbed, it ended with ${ended.code}: ${ended.stderr}`);
  if (process.env.KILLS === 'all') return places.flatMap(place => kindsOf(place).slice(0, isWriting(place) ? 3 : 1));
  const writing = places.filter(isWriting).map(kindsOf);
  return Array.from({ length: few }, (_, n) => writing[Math.floor((writing.length * n) / few)]?.[n % 3]).filter(
    kill => kill !== undefined,
  );
}

const kindsOf = (place: Place): Kill[] => [{ place }, { place, delay: 0 }, { place, delay: 20 * Math.random() }];

/** Whether something becomes so here: a step's own SQL, what records it, and its commit. */
function isWriting({ before, statement }: Place): boolean {
  return WRITING.test(statement === 'commit' ? before : statement);
}
const WRITING =
  /^\s*(--|copy|create|(delete from|update) creditshift|drop|insert into|lock|with current|select creditshift\.(record|catch))/;
