import { parseArgs } from 'node:util';
import { benchConfig } from './cli.ts';
import { Databases } from './databases.ts';
import { builtIn } from './load/built-in.ts';
import type { Load } from './load/load.ts';
import { pgbench, pgbenchVersion } from './load/pgbench.ts';
import { type Measured, shown } from './measure.ts';
import { loadNow, writeResults } from './results.ts';
import { allocation } from './subjects/allocation.ts';
import { charges } from './subjects/charges.ts';
import { online } from './subjects/online.ts';
import { rollback } from './subjects/rollback.ts';
import { start } from './subjects/start.ts';
import { verify } from './subjects/verify.ts';

/** What a subject measures with. */
export interface Bench {
  databases: Databases;
  organizations: number;
  /** The size, for people. */
  at: string;
  rounds: number;
  /** How long each round of charges lasts. */
  seconds: number;
  load: Load;
}

const SUBJECTS: Record<string, (bench: Bench) => Promise<Measured>> = {
  allocation,
  charges,
  online,
  rollback,
  verify,
  start,
};

const USAGE = `npm run bench -- [options]

  --organizations N    how many there are (default 100000; the goals are set for 1000000)
  --only SUBJECT       ${Object.keys(SUBJECTS).join(', ')}; may be given again
  --rounds N           how often contestants take turns (default 5)
  --seconds N          how long each round of charges lasts (default 3)
  --server URL         a PostgreSQL of yours where databases may be created; the embedded one when absent
  --load KIND          pgbench (default where it is installed) or built-in
`;

const { values } = parseArgs({
  options: {
    organizations: { type: 'string', default: '100000' },
    only: { type: 'string', multiple: true, default: Object.keys(SUBJECTS) },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    server: { type: 'string' },
    load: { type: 'string', default: pgbenchVersion() ? 'pgbench' : 'built-in' },
    help: { type: 'boolean' },
  },
});

if (values.help) process.stdout.write(USAGE);
else await run();

async function run(): Promise<void> {
  const organizations = Number(values.organizations);
  const version = pgbenchVersion();
  const load = values.load === 'pgbench' && version ? pgbench(version) : builtIn;
  const databases = await Databases.start(values.server, organizations, benchConfig());
  const at = `${shown(organizations)} organizations`;
  const bench = { databases, organizations, at, rounds: Number(values.rounds), seconds: Number(values.seconds), load };
  try {
    for (const name of values.only) {
      const subject = SUBJECTS[name];
      if (!subject) throw new Error(`There is no subject ${name}.\n\n${USAGE}`);
      const before = loadNow();
      const started = performance.now();
      const measured = await subject(bench);
      for (const { met, what, at, reached, goal, figures } of measured.rows) {
        process.stdout.write(`${met ? '✓' : '✗'} ${what} (${at}): ${reached}, goal ${goal}; ${figures}\n`);
      }
      process.stdout.write(`  ${name} took ${shown((performance.now() - started) / 1000)} s; `);
      process.stdout.write(`${writeResults(bench, name, measured, before)}\n`);
    }
  } finally {
    await databases.server.stop();
  }
}
