import { setImmediate as turn } from 'node:timers/promises';
import type { Sql, Transaction } from './connect.ts';

type Body = (tx: Transaction) => unknown;
type Begin = (options: string, body: Body) => Promise<unknown>;

/**
 * Makes `sql.begin` outlive its connection. When that is lost, postgres.js rejects the transaction, and then sends the
 * body's rollback to a socket that is gone: an exception that nothing can catch. So a body that fails by the loss
 * never tells.
 */
export function surviveLoss(sql: Sql): Sql {
  const begin: Begin = sql.begin.bind(sql);
  const surviving = (...parameters: [Body] | [string, Body]) => {
    const body = parameters.at(-1) as Body;
    const options = typeof parameters[0] === 'string' ? parameters[0] : '';
    let lost = false;
    const outcome = begin(options, async tx => {
      try {
        return await body(tx);
      } catch (error) {
        // The loss reaches the query first and the transaction in the same turn.
        await turn();
        if (lost) return new Promise<never>(() => {});
        throw error;
      }
    });
    outcome.catch(() => {
      lost = true;
    });
    return outcome;
  };
  return Object.assign(sql, { begin: surviving });
}
