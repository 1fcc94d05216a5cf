import { APPLICATION, BARE, DOCUMENTS, PRODUCT } from '../charge.ts';
import { alternate, type Row, ratioRow } from '../measure.ts';
import type { Bench } from '../run.ts';

/** Charges per second of the consume function, against SQL that does the same and the documents' function. */
export async function charges({ databases, organizations, rounds, seconds, load }: Bench): Promise<Row[]> {
  const [live, documents] = [await databases.live(), await databases.documents()];
  return databases.withCopy(live, url =>
    databases.withCopy(documents, async documented => {
      await databases.run(documented, 'update organizations set ai_credits = 1000000000');
      await databases.run(documented, 'vacuum');
      const closed = (to: string, script: typeof BARE, upTo: number, clients: number) => () =>
        load.closed(to, { ...script, upTo }, clients, seconds);
      const against = (upTo: number, clients: number) =>
        alternate(rounds, {
          product: closed(url, PRODUCT, upTo, clients),
          bare: closed(url, BARE, upTo, clients),
        });
      // The first clients read the tables and fill the caches.
      await closed(url, PRODUCT, organizations, 16)();
      await closed(documented, DOCUMENTS, organizations, 16)();

      const spread = await alternate(rounds, {
        product: closed(url, PRODUCT, organizations, 16),
        bare: closed(url, BARE, organizations, 16),
        application: closed(url, APPLICATION, organizations, 16),
        documents: closed(documented, DOCUMENTS, organizations, 16),
      });
      const one = await against(1, 16);
      const alone = await against(organizations, 1);
      const unit = 'charges/s';
      const what = 'charges, against one bare statement';
      return [
        ratioRow({ what, at: '16 clients, spread', atLeast: 0.8 }, unit, spread.product, spread.bare),
        ratioRow({ what, at: '16 clients, one organization', atLeast: 0.85 }, unit, one.product, one.bare),
        ratioRow({ what, at: '1 client', atLeast: 0.75 }, unit, alone.product, alone.bare),
        ratioRow(
          { what: 'charges, against begin, update, insert, commit', at: '16 clients', atLeast: 1.1 },
          unit,
          spread.product,
          spread.application,
        ),
        ratioRow(
          { what: 'charges, against the documents’ function and indexes', at: '16 clients', atLeast: 1.5 },
          unit,
          spread.product,
          spread.documents,
        ),
      ];
    }),
  );
}
