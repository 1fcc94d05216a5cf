import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import type { Latencies, Load, Script } from './load.ts';
import { waitFor } from './load.ts';

/** Clients in this process, for machines without pgbench. They cost more of the machine than pgbench's. */
export const builtIn: Load = {
  label: 'built-in clients',
  async closed(url, script, clients, seconds) {
    let count = 0;
    let until = Number.POSITIVE_INFINITY;
    const started = await withClients(url, script, clients, async (transact, ready) => {
      const first = await ready;
      until = first + seconds * 1000;
      while (performance.now() < until) {
        await transact();
        count++;
      }
      return first;
    });
    return count / ((performance.now() - Math.min(...started)) / 1000);
  },
  async open(url, script, clients, rate, during) {
    const seen: Latencies = { milliseconds: [], errors: 0 };
    let over = false;
    const load = withClients(url, script, clients, async (transact, ready) => {
      for (let due = await ready; !over; due += waitFor(rate / clients)) {
        await pause(Math.max(0, due - performance.now()));
        await transact().catch(() => seen.errors++);
        seen.milliseconds.push(performance.now() - due);
      }
    });
    try {
      await during();
    } finally {
      over = true;
      await load;
    }
    seen.milliseconds.sort((a, b) => a - b);
    return seen;
  },
};

/** Runs a body per client, all from the same moment on, once every connection has made its first transaction. */
async function withClients<T>(
  url: string,
  script: Script,
  clients: number,
  body: (transact: () => Promise<void>, ready: Promise<number>) => Promise<T>,
): Promise<T[]> {
  const connections = Array.from({ length: clients }, () => postgres(url, { max: 1, onnotice: () => {} }));
  const transactions = connections.map(sql => () => transact(sql, script));
  try {
    const ready = Promise.all(transactions.map(first => first())).then(() => performance.now());
    return await Promise.all(transactions.map(transaction => body(transaction, ready)));
  } finally {
    await Promise.all(connections.map(sql => sql.end({ timeout: 1 })));
  }
}

async function transact(sql: postgres.Sql, { upTo, statements }: Script): Promise<void> {
  const variables: Record<string, string> = { n: String(1 + Math.floor(Math.random() * upTo)) };
  for (const { text, returns } of statements) {
    const names: string[] = [];
    const numbered = text.replace(/(?<!:):([a-z]\w*)/g, (_, name) => `$${names.push(name)}`);
    const values = names.map(name => variables[name] ?? null);
    const [row] = await sql.unsafe(numbered, values, { prepare: true });
    if (returns) for (const [name, value] of Object.entries(row ?? {})) variables[name] = String(value);
  }
}
