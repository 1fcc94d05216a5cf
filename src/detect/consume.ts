import type { Column } from './catalog.ts';
import { type Choose, type Found, settle } from './found.ts';
import { type Body, signatureOf } from './functions.ts';
import { hasWord } from './words.ts';

export interface Consume {
  /** The function that callers use today; undefined where none can be kept under its name. */
  legacy: Found | undefined;
  /** Name of the function to be made, where there is no legacy one. */
  name: string;
  otherOverloads: string[];
  organization: Found;
  action: Found;
  quantity: string | undefined;
  /** Other functions that write the balance, and why they are not the one. */
  notes: string[];
  /** The function that was settled on. */
  at: Body | undefined;
}

const ANSWERS = ['json', 'jsonb', 'text'];
const GIVING = [
  'add',
  'give',
  'grant',
  'top',
  'topup',
  'refund',
  'reset',
  'allocate',
  'purchase',
  'buy',
  'refill',
  'restore',
];
const parameter = (body: Body | undefined, fits: (name: string, type: string) => boolean) =>
  body?.parameters.flatMap(({ name, type }) => (name !== null && fits(name, type) ? [name] : [])) ?? [];

/** The function that spends credits: it writes the balance, and takes an organization and an action. */
export async function consumeOf(
  choose: Choose,
  writers: readonly Body[],
  schema: string,
  key: Column | undefined,
): Promise<Consume> {
  const kept = writers.filter(body => reasonAgainst(body) === undefined);
  const notes = writers.flatMap(body => {
    const against = reasonAgainst(body);
    return against === undefined ? [] : [`${signatureOf(body)} writes the balance too, and ${against}.`];
  });
  const question = 'Which function spends credits:';
  const legacy =
    kept.length === 0
      ? undefined
      : await settle(choose, question, kept.map(signatureOf), () => 'it writes the balance');
  const at = legacy && kept.find(body => signatureOf(body) === legacy.value);
  const organizations = parameter(at, (name, type) => type === key?.type && !isAction(name));
  const named = organizations.filter(name =>
    hasWord(name, ['organization', 'org', 'tenant', 'account', 'team', 'workspace', 'owner', 'user']),
  );
  return {
    legacy,
    name: `${/[.\s]/.test(schema) ? `"${schema}"` : schema}.consume_credits`,
    otherOverloads: at
      ? writers.filter(b => b !== at && b.schema === at.schema && b.name === at.name).map(signatureOf)
      : [],
    organization: await parameterFound(choose, 'organization', at, named.length === 1 ? named : organizations),
    action: await parameterFound(
      choose,
      'action',
      at,
      parameter(at, (name, type) => isAction(name) && type !== 'integer'),
    ),
    quantity: parameter(at, (name, type) => /^(smallint|integer|bigint|numeric)$/.test(type) && isQuantity(name))[0],
    notes,
    at,
  };
}

const isAction = (name: string) =>
  hasWord(name, ['action', 'feature', 'operation', 'event', 'service', 'kind', 'type']);
const isQuantity = (name: string) => hasWord(name, ['quantity', 'qty', 'unit', 'count', 'time']);

function reasonAgainst(body: Body): string | undefined {
  if (hasWord(body.name, GIVING)) return 'gives by its name: it is left alone, and the pools do not see what it gives';
  if (parameter(body, isAction).length === 0)
    return 'takes no action, so it cannot be kept: let its callers call the new function before the cutover';
  if (!ANSWERS.includes(body.returns)) return `answers ${body.returns}, which cannot be kept; json, jsonb or text can`;
  return undefined;
}

function parameterFound(
  choose: Choose,
  what: string,
  at: Body | undefined,
  names: readonly string[],
): Promise<Found> | Found {
  const question = `Its parameter for the ${what}:`;
  return at ? settle(choose, question, names, () => '') : { value: undefined, because: question };
}
