import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { startEmbedded } from '../src/disposable/embedded.ts';
import { borrowServer } from '../src/disposable/url.ts';
import { creditshift, root } from './cli.ts';

export type Connection = postgres.Sql;

/**
 * The embedded server's settings. What autovacuum and checkpoints do, and when, would decide the ratios, so neither runs
 * by itself; every measurement begins after a checkpoint of its own. Commits wait for the disk, as in production.
 */
export const SETTINGS = {
  fsync: 'on',
  shared_buffers: '1GB',
  max_wal_size: '16GB',
  checkpoint_timeout: '1h',
  autovacuum: 'off',
};

/** The databases of a bench: each kind is made once, and copied for whoever changes it. */
export class Databases {
  readonly #made = new Map<string, Promise<string>>();
  #copies = 0;

  private constructor(
    readonly server: Awaited<ReturnType<typeof startEmbedded>>,
    readonly organizations: number,
    readonly config: string,
  ) {}

  /** @param url a server of yours, where databases may be created; the embedded one when absent */
  static async start(url: string | undefined, organizations: number, config: string): Promise<Databases> {
    return new Databases(await (url ? borrowServer(url) : startEmbedded('15', SETTINGS)), organizations, config);
  }

  /** Guardian with many organizations, as it stood before. */
  legacy(): Promise<string> {
    return this.#once('legacy', undefined, async url => {
      await this.run(url, readFileSync(join(root, 'examples/guardian-legacy.sql'), 'utf8'));
      await this.run(url, this.sized('organizations.sql'));
    });
  }

  /** Migrated up to, and without, the allocation. */
  async expanded(): Promise<string> {
    await this.legacy();
    return this.#once('expanded', 'legacy', async url => {
      await creditshift(url, this.config, 'migrate', '--without-backup-proof', '--to', '055_triggers');
      await this.run(url, sqlFile('bare-plans.sql'));
    });
  }

  /** Cut over. */
  async live(): Promise<string> {
    await this.legacy();
    return this.#once('live', 'legacy', async url => {
      await creditshift(url, this.config, 'migrate', '--without-backup-proof');
    });
  }

  /** The documents' layout with their columns, functions and indexes, not yet allocated. */
  documents(): Promise<string> {
    return this.#once('documents', undefined, async url => {
      await this.run(url, this.sized('documents-tables.sql'));
      await this.run(url, sqlFile('documents-functions.sql'));
    });
  }

  /** Calls `body` with a copy of a database made before, checkpointed, and drops it. */
  async withCopy<T>(of: string, body: (url: string) => Promise<T>): Promise<T> {
    const name = `${nameOf('copy')}_${this.#copies++}`;
    const url = await this.server.createDatabase(name, new URL(of).pathname.slice(1));
    await this.run(url, 'checkpoint');
    try {
      return await body(url);
    } finally {
      await this.server.dropDatabase(name);
    }
  }

  /** Runs SQL of several statements. */
  run(url: string, text: string): Promise<void> {
    return this.connected(url, async sql => {
      await sql.unsafe(text);
    });
  }

  async connected<T>(url: string, body: (sql: Connection) => Promise<T>): Promise<T> {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    try {
      return await body(sql);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  /** A file of bench/sql with the number of organizations set. */
  sized(file: string): string {
    return `set bench.organizations = ${this.organizations};\n${sqlFile(file)}`;
  }

  #once(kind: string, template: string | undefined, fill: (url: string) => Promise<void>): Promise<string> {
    const made = this.#made.get(kind) ?? this.#make(kind, template, fill);
    this.#made.set(kind, made);
    return made;
  }

  async #make(kind: string, template: string | undefined, fill: (url: string) => Promise<void>): Promise<string> {
    const url = await this.server.createDatabase(nameOf(kind), template && nameOf(template));
    await fill(url);
    await this.run(url, 'vacuum analyze');
    return url;
  }
}

const nameOf = (kind: string) => `creditshift_bench_${process.pid}_${kind}`;

export const sqlFile = (file: string): string => readFileSync(join(root, 'bench/sql', file), 'utf8');
