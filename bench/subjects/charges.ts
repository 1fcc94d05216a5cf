import { APPLICATION, BARE, DOCUMENTS, PLANNED, PRODUCT } from '../charge.ts';
import { sqlFile } from '../databases.ts';
import { alternate, type Measured, ratioOf, ratioRow } from '../measure.ts';
import { profileOfCharge } from '../profile.ts';
import type { Bench } from '../run.ts';

/** Charges per second of the consume function, against SQL that does the same and the documents' function. */
export async function charges(bench: Bench): Promise<Measured> {
  const { databases } = bench;
  const [live, documents] = [await databases.live(), await databases.documents()];
  return databases.withCopy(live, url =>
    databases.withCopy(live, documented =>
      databases.withCopy(documents, planned => compare(bench, url, documented, planned)),
    ),
  );
}

/**
 * @param documented the same database with the documents' functions and indexes
 * @param planned the tables as they planned them, whose log has no index but its key
 */
async function compare(bench: Bench, url: string, documented: string, planned: string): Promise<Measured> {
  const { databases, organizations, rounds, seconds, load } = bench;
  await databases.run(documented, sqlFile('documents-on-guardian.sql'));
  await databases.run(planned, 'update organizations set ai_credits = 1000000000');
  await databases.run(planned, 'vacuum');
  const closed = (to: string, script: typeof BARE, upTo: number, clients: number) => () =>
    load.closed(to, { ...script, upTo }, clients, seconds);
  const against = (upTo: number, clients: number) =>
    alternate(rounds, { product: closed(url, PRODUCT, upTo, clients), bare: closed(url, BARE, upTo, clients) });
  const everyone = {
    product: closed(url, PRODUCT, organizations, 16),
    bare: closed(url, BARE, organizations, 16),
    application: closed(url, APPLICATION, organizations, 16),
    documents: closed(documented, DOCUMENTS, organizations, 16),
    planned: closed(planned, PLANNED, organizations, 16),
  };
  // The first clients read the tables and fill the caches.
  await alternate(1, everyone);
  const spread = await alternate(rounds, everyone);
  const one = await against(1, 16);
  const alone = await against(organizations, 1);
  const unit = 'charges/s';
  const what = 'charges, against one bare statement';
  const theirs = ratioRow(
    { what: 'charges, against the documents’ function and indexes', at: '16 clients', atLeast: 1.5 },
    unit,
    spread.product,
    spread.documents,
  );
  const onPlanned = ratioOf(spread.product, spread.planned).median.toFixed(2);
  return {
    rows: [
      ratioRow({ what, at: '16 clients, spread', atLeast: 0.8 }, unit, spread.product, spread.bare),
      ratioRow({ what, at: '16 clients, one organization', atLeast: 0.85 }, unit, one.product, one.bare),
      ratioRow({ what, at: '1 client', atLeast: 0.75 }, unit, alone.product, alone.bare),
      ratioRow(
        { what: 'charges, against begin, update, insert, commit', at: '16 clients', atLeast: 1.1 },
        unit,
        spread.product,
        spread.application,
      ),
      {
        ...theirs,
        figures: `${theirs.figures}; against theirs on the planned tables, whose log has one index and ours seven, ${onPlanned} ×`,
      },
    ],
    profile: await profileOfCharge(databases, url),
  };
}
