import { setImmediate as turn } from 'node:timers/promises';
import type { Sql, Transaction } from './connect.ts';

type Body = (tx: Transaction) => unknown;
type Begin = (options: string, body: Body) => Promise<unknown>;

/** What becomes of a body whose transaction was rejected already: nobody waits for it any more. */
const never = new Promise<never>(() => {});

/**
 * Makes `sql.begin` outlive its connection. When that is lost, postgres.js rejects the transaction, and then sends the
 * body's next query, its end, or the way back to a savepoint, to a socket that is gone: an exception that nothing can
 * catch. So after the loss nothing of the body is sent, and it never tells how it ended.
 */
export function surviveLoss(sql: Sql): Sql {
  const begin: Begin = sql.begin.bind(sql);
  const surviving = (...parameters: [Body] | [string, Body]) => {
    const body = parameters.at(-1) as Body;
    const options = typeof parameters[0] === 'string' ? parameters[0] : '';
    let lost = false;
    const outcome = begin(
      options,
      silenced(body, () => lost),
    );
    outcome.catch(() => {
      lost = true;
    });
    return outcome;
  };
  return Object.assign(sql, { begin: surviving });
}

/** The body of a transaction or savepoint, which says nothing any more once the connection is lost. */
const silenced =
  (body: Body, lost: () => boolean): Body =>
  async tx => {
    try {
      const result = await body(guarded(tx, lost));
      return lost() ? never : result;
    } catch (error) {
      // The loss reaches the query first and the transaction in the same turn.
      await turn();
      if (lost()) return never;
      throw error;
    }
  };

/** The transaction, which sends nothing once its connection is lost. */
const guarded = (tx: Transaction, lost: () => boolean): Transaction =>
  new Proxy(tx, {
    apply: (target, self, parameters) => (lost() ? never : Reflect.apply(target, self, parameters)),
    get: (target, name) => {
      if (name === 'unsafe' && lost()) return () => never;
      if (name === 'savepoint') return (body: Body) => (lost() ? never : target.savepoint(silenced(body, lost)));
      return Reflect.get(target, name);
    },
  });
