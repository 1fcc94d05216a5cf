import { type Account, namesOf, targetOf } from './accounts.ts';
import { type Table, written } from './catalog.ts';
import { type Choose, type Found, settle } from './found.ts';

export interface Tenants {
  /** Of the balance table. */
  owner: Found;
  table: Found;
  key: Found;
  name: Found;
  /** The table that was settled on. */
  at: Table | undefined;
}

/** Whose balances they are: the owner's column in the balance table, and the table that it refers to. */
export async function tenantsOf(choose: Choose, account: Account, tables: readonly Table[]): Promise<Tenants> {
  const { table, own, owners } = account;
  const place = written(table);
  const owner = await settle(choose, `Which column of ${place} holds the organization’s key:`, owners, column =>
    own ? 'the table’s own key: the balance stands in the organization’s row' : uniqueness(table, column),
  );
  const target = own ? { table, key: table.primary ?? '' } : owner.value && targetOf(table, owner.value, tables);
  if (!target) {
    const about = owner.value ? `${owner.value} refers to` : 'it refers to';
    return {
      owner,
      table: { value: undefined, because: `the table of the organizations, that ${about}: schema.table` },
      key: { value: undefined, because: 'its key' },
      name: { value: undefined, because: 'the column that reports call an organization by' },
      at: undefined,
    };
  }
  const [name, ...others] = namesOf(target.table);
  return {
    owner,
    table: { value: written(target.table), because: whence(account, owner.value, target) },
    key: { value: target.key, because: typeOf(target.table, target.key) },
    name: {
      value: name ?? target.key,
      because: name === undefined ? 'no column is named like a name' : alternatives(others),
    },
    at: target.table,
  };
}

const typeOf = (table: Table, column: string) => table.columns.find(c => c.name === column)?.type ?? '';
export const alternatives = (others: readonly string[]): string => (others.length > 0 ? `or ${others.join(', ')}` : '');

const uniqueness = (table: Table, column: string) =>
  table.unique.includes(column)
    ? 'unique: one balance an organization'
    : 'not unique: preflight refuses until a unique index says that an organization has one balance';

function whence({ table, own }: Account, owner: string | undefined, target: { table: Table }): string {
  if (own) return 'the table of the balances itself';
  const keyed = table.references.some(r => r.column === owner && r.table === target.table.id);
  return keyed
    ? `${table.name}.${owner} refers to it`
    : `by the name of ${table.name}.${owner}; no foreign key says so`;
}
