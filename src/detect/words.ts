/** The words of an identifier, in lower case and singular: `remainingCredits` and `remaining_credits` are alike. */
export const wordsOf = (identifier: string): string[] =>
  identifier
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(word => word !== '')
    .map(singular);

const singular = (word: string): string => word.replace(/(?<=..)ies$/, 'y').replace(/(?<=..[^isu])s$/, '');

/** Whether a name has one of these words. */
export const hasWord = (identifier: string, words: readonly string[]): boolean =>
  wordsOf(identifier).some(word => words.includes(word));

/** The same name in another spelling: `user_id`, `userId` and the table `users` are all about a user. */
export const subjectOf = (identifier: string): string =>
  wordsOf(identifier)
    .filter(word => !['id', 'uuid', 'key'].includes(word))
    .join(' ');

const CREDIT = ['credit', 'balance', 'token', 'quota', 'coin', 'point', 'allowance'];
const ACCOUNT = [...CREDIT, 'wallet', 'account'];
const USED = ['used', 'spent', 'consumed', 'usage'];
const TOTAL = ['total', 'allocated', 'granted', 'limit', 'included', 'quota', 'allowance', 'lifetime', 'monthly'];
const COST = ['cost', 'price', 'rate', 'charge'];
const LEFT = ['remaining', 'left', 'available', 'current', 'balance'];
/** Words of numbers about credits that are no balance. */
const OTHER = ['id', 'min', 'max', 'threshold', 'alert', 'refill', 'reserved', 'pending', 'expired', 'bonus', 'per']
  .concat('day', 'count', 'rollover', 'before', 'after', 'old', 'new', 'previous', 'delta', 'change', 'version')
  .concat('required', 'amount', 'minimum', 'maximum');
/** Words of tables that price, list or record rather than hold balances. */
const RECORDS = [
  'plan',
  'tier',
  'package',
  'product',
  'price',
  'pricing',
  'offer',
  'bundle',
  'action',
  'feature',
  'rate',
]
  .concat('purchase', 'transaction', 'payment', 'invoice', 'order', 'history', 'log', 'event', 'ledger', 'entry')
  .concat('movement', 'grant', 'coupon', 'promo', 'code', 'request', 'audit', 'backup', 'archive', 'snapshot', 'report')
  .concat('stat', 'session', 'message', 'job', 'day', 'daily', 'monthly', 'usage');

export type Purpose = 'balance' | 'total' | 'used' | 'cost';

/** What a number is for, by its name, in a table of this name; undefined where that says nothing of credits. */
export function purposeOf(column: string, table: string): Purpose | undefined {
  const about = hasWord(column, CREDIT) || (hasWord(table, ACCOUNT) && hasWord(column, [...USED, ...TOTAL, ...LEFT]));
  if (hasWord(column, COST)) return 'cost';
  if (!about || hasWord(column, OTHER)) return undefined;
  if (hasWord(column, LEFT)) return 'balance';
  if (hasWord(column, USED)) return 'used';
  if (hasWord(column, TOTAL)) return 'total';
  return 'balance';
}

/** How plainly a name says that it is what is left. */
export const saysLeft = (column: string): boolean => hasWord(column, LEFT);
export const namesAccount = (table: string): boolean => hasWord(table, ACCOUNT);
export const namesRecords = (table: string): boolean => hasWord(table, RECORDS);
/** What an action is called by, in a price list or a log. */
export const ACTION = ['action', 'feature', 'operation', 'event', 'service', 'kind', 'type'];
