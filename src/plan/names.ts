/** Whose folder of migrations the files are for. */
export const NAMINGS = ['plain', 'supabase', 'flyway', 'prisma'] as const;
export type Naming = (typeof NAMINGS)[number];

/** How a tool calls the files of one migration, below its folder. */
export interface FileName {
  forward: string;
  /** Where the tool has a file for the way back. */
  undo?: string;
  /** Where the tool has a file beside it that says how it is run. */
  settings?: string;
}

/**
 * Names for these migrations, after all that are in the folder.
 * @param present what the folder holds
 */
export function namesFor(naming: Naming, titles: readonly string[], present: readonly string[], now: Date): FileName[] {
  if (naming === 'plain') return titles.map(title => ({ forward: `${title}.sql` }));
  const named = titles.map(title => `creditshift_${title}`);
  if (naming === 'flyway') {
    const last = highest(present, /^V(\d+)/);
    return named.map((name, i) => {
      const version = `${last + 1n + BigInt(i)}__${name}`;
      return { forward: `V${version}.sql`, undo: `U${version}.sql`, settings: `V${version}.sql.conf` };
    });
  }
  const last = highest(present, /^(\d{14})_/);
  const from = later(now, last);
  return named.map((name, i) => {
    const moment = `${stamp(new Date(from.getTime() + i * 1000))}_${name}`;
    return { forward: naming === 'prisma' ? `${moment}/migration.sql` : `${moment}.sql` };
  });
}

const highest = (present: readonly string[], form: RegExp): bigint =>
  present.reduce((most, name) => {
    const number = BigInt(form.exec(name)?.[1] ?? 0);
    return number > most ? number : most;
  }, 0n);

/** YYYYMMDDHHMMSS in UTC. */
const stamp = (moment: Date): string => moment.toISOString().replace(/\D/g, '').slice(0, 14);

/** Now, or the second after the last timestamp there is, whichever is later. */
function later(now: Date, last: bigint): Date {
  if (BigInt(stamp(now)) > last) return now;
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(String(last))?.map(Number) ?? [];
  return new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, (second ?? 0) + 1));
}
