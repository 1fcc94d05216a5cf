import type { Block } from '../output/types.ts';
import type { Finding } from './findings.ts';
import type { Inspection } from './read.ts';

const REASONS: Record<Inspection['personal'][number]['because'], string> = {
  named: 'of its name or use',
  free: 'nothing restricts what is in it',
  reference: 'it refers to a row elsewhere',
};

type Column = Extract<Block, { kind: 'table' }>['columns'][number];

/** What a person reads of an inspection, findings last: that is where the terminal stops. */
export function inspectionBlocks(inspection: Inspection, findings: readonly Finding[]): Block[] {
  return [
    ...columnBlocks(inspection.columns),
    ...section(
      'Constraints',
      ['table', 'constraint', 'definition'],
      inspection.constraints.map(c => [
        c.table,
        c.constraint,
        c.validated ? c.definition : `${c.definition} (not validated)`,
      ]),
    ),
    ...section(
      'Indexes',
      ['index', 'definition', 'duplicates'],
      inspection.indexes.map(i => [i.index, i.definition.replace(/^.* USING /, ''), i.duplicateOf ?? '']),
    ),
    ...section(
      'Triggers',
      ['table', 'trigger', 'definition'],
      inspection.triggers.map(t => [t.table, t.enabled ? t.trigger : `${t.trigger} (disabled)`, t.definition]),
    ),
    ...section(
      'Columns that may hold personal data',
      ['table', 'column', 'type', 'because'],
      inspection.personal.map(p => [p.table, p.column, p.type, REASONS[p.because]]),
    ),
    ...section(
      'Row security',
      ['table', 'owner', 'row security'],
      inspection.rowSecurity.map(r => [r.table, r.owner, `${r.enabled ? 'on' : 'off'}${r.forced ? ', forced' : ''}`]),
    ),
    ...section(
      'Policies',
      ['table', 'policy', 'for', 'to', 'using / with check', 'is'],
      inspection.policies.map(p => [
        p.table,
        p.policy,
        p.command,
        p.roles,
        [p.using, p.check].filter(Boolean).join(' / '),
        p.opening ?? '',
      ]),
    ),
    ...section(
      'Privileges',
      ['table', 'column', 'role', 'may'],
      inspection.privileges.map(p => [p.table, p.column ?? '', p.grantee, p.privileges]),
    ),
    ...section(
      'Functions',
      ['function', 'security', 'search_path', 'may execute'],
      inspection.functions.map(f => [
        f.function,
        f.securityDefiner ? `definer (${f.owner})` : 'invoker',
        f.searchPath ?? 'not set',
        f.execute.join(', '),
      ]),
    ),
    ...balanceBlocks(inspection.balances),
    { kind: 'title', text: 'Findings' },
    ...findings.map(
      (f): Block => ({
        kind: 'mark',
        tone: f.severity === 'blocks' ? 'bad' : 'warn',
        text: `${f.code}: ${f.message}`,
      }),
    ),
    ...(findings.length === 0 ? [{ kind: 'mark', tone: 'good', text: 'Nothing stands out.' } as const] : []),
  ];
}

/** A table of columns for each table, so that the name is not repeated in every row. */
function columnBlocks(columns: Inspection['columns']): Block[] {
  return [...new Set(columns.map(c => c.table))].flatMap(table =>
    section(
      `Columns of ${table}`,
      ['column', 'type', 'null', 'default'],
      columns
        .filter(c => c.table === table)
        .map(c => [
          c.column,
          c.type,
          c.nullable ? 'yes' : 'no',
          c.generated ? `generated: ${c.default}` : (c.default ?? ''),
        ]),
    ),
  );
}

function section(title: string, columns: (string | Column)[], rows: string[][]): Block[] {
  const titled = columns.map(column => (typeof column === 'string' ? { title: column } : column));
  return [
    { kind: 'title', text: title },
    { kind: 'table', columns: titled, rows },
  ];
}

function balanceBlocks(balances: Inspection['balances']): Block[] {
  if (!balances) return [];
  const right = (title: string): Column => ({ title, align: 'right' });
  const plans = [...balances.plans, { ...balances.total, plan: 'all' }];
  const { oddities } = balances;
  return [
    ...section(
      `Balances (${balances.column}) by plan`,
      ['plan', right('organizations'), right('sum'), right('average')],
      plans.map(p => [p.plan ?? '(none)', String(p.organizations), p.sum ?? '', rounded(p.average)]),
    ),
    {
      kind: 'text',
      text: `null ${oddities.null} · zero ${oddities.zero} · negative ${oddities.negative} · inactive ${oddities.inactive} · on trial ${oddities.trial}`,
    },
    ...balances.disagreements
      .filter(d => d.count > 0)
      .flatMap(d =>
        section(
          `${d.column} says something else`,
          ['organization', right(balances.column), right(d.column)],
          d.first.map(row => [row.organization, row.balance ?? 'null', row.other ?? 'null']),
        ),
      ),
  ];
}

/** An exact average, cut to two places for reading; the JSON document has it whole. */
const rounded = (average: string | null): string => average?.replace(/(\.\d\d)\d+$/, '$1…') ?? '';
