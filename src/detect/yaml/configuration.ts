import { MARK } from '../../config/marks.ts';
import type { ServerFacts } from '../../database/connect.ts';
import { type Answers, askProduct } from '../answers.ts';
import type { Detected } from '../detect.ts';
import type { Choose } from '../found.ts';
import { databaseSections } from './database.ts';
import { functionsSection } from './functions.ts';
import { productSections } from './product.ts';
import { beside, comment, scalar } from './text.ts';

/** Where no column names plans, all organizations have this one. */
const ONLY_PLAN = 'standard';

/** The configuration of what was found, each line with its reason; what stays open is marked. */
export async function configurationText(choose: Choose, server: ServerFacts, detected: Detected): Promise<string> {
  const { values, column } = detected.plans;
  const plans = column?.value !== undefined && values.length > 0 ? values.map(({ value }) => value) : [ONLY_PLAN];
  const answers: Answers = await askProduct(choose, detected, plans);
  const lines = [
    '# yaml-language-server: $schema=./node_modules/creditshift/creditshift.schema.json',
    '#',
    ...comment(
      `creditshift init wrote this from the database ${server.database}, which it only read. Beside each line stands why it is so.`,
    ),
    ...comment(
      `A line with ${MARK} is a question that the database does not answer: creditshift goes on when each is answered.`,
    ),
    'version: 1',
    layout(detected),
    '',
    ...comment('Unattended destructive actions (rollback --yes) run only where these match:'),
    `# expect: { database: ${scalar(server.database)}, systemIdentifier: "${server.systemIdentifier}" }`,
    '',
    heading('What is there today'),
    '',
    ...databaseSections(detected),
    '',
    ...functionsSection(detected),
    '',
    heading('What it shall have'),
    '',
    ...productSections(detected, answers, plans),
    '',
    ...comment(
      'Everything else has a default: policies, costs, batch, throttle, backup, privacy, guard; examples/guardian.yaml shows each.',
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** A total and what is used of it stay as they are; anything else counts down. */
function layout({ balance }: Detected): string {
  return balance.balance === undefined
    ? beside('layout: allocated-used', 'per pool {pool}_credits and {pool}_used_credits, as the balance is kept now')
    : beside('layout: available-total', 'per pool {pool}_credits_available and {pool}_credits_total');
}

const heading = (text: string) => `# ${text} `.padEnd(120, '-');
