import type { PlanTotal, Preview } from '../../allocation/preview.ts';
import type { Loss, SpendingPower } from '../../allocation/spending.ts';
import type { Model } from '../../config/model.ts';
import { counted } from '../../output/counted.ts';
import type { Block } from '../../output/types.ts';
import type { Step } from '../../steps/step.ts';

/** The pending steps and what they lock. */
export function stepTable(pending: readonly Step[], model: Model): Block {
  return {
    kind: 'table',
    columns: [{ title: 'step' }, { title: 'does' }, { title: 'locks' }],
    rows: pending.map(step => [
      step.name,
      step.claim,
      step
        .locks(model)
        .map(l => `${l.table.replaceAll('"', '')} ${l.mode}`)
        .join(', ') || 'nothing of yours',
    ]),
  };
}

/** What the first organizations get, and the sums per plan. */
export function previewBlocks(first: readonly Preview[], totals: readonly PlanTotal[], model: Model): Block[] {
  const right = 'right' as const;
  const pools = model.pools.map(p => ({ title: p.label, align: right }));
  const most = BigInt(model.poolMax.text);
  const shown = (credits: bigint) => (credits === most ? 'unlimited' : String(credits));
  const carries = model.carries ? [{ title: 'carried', align: right }] : [];
  const organizations = totals.reduce((sum, t) => sum + t.organizations, 0);
  return [
    {
      kind: 'table',
      columns: [
        { title: 'organization' },
        { title: 'plan' },
        { title: 'why' },
        { title: 'legacy', align: right },
        ...pools,
        ...carries,
        { title: 'minted', align: right },
        { title: 'forfeited', align: right },
      ],
      rows: first.map(p => [
        p.name ?? p.organization,
        p.plan ?? '–',
        p.reason,
        p.legacy,
        ...p.pools.map(shown),
        ...carries.map(() => String(p.carried.reduce((a, b) => a + b, 0n))),
        String(p.minted),
        p.forfeited,
      ]),
      note: `${first.length} of ${organizations} organizations. Minted: beyond the balance that a split divides. Forfeited: legacy credits no pool takes over; they stay in the legacy column and come back with a rollback.`,
    },
    {
      kind: 'table',
      columns: [
        { title: 'plan' },
        { title: 'organizations', align: right },
        ...pools,
        { title: 'minted', align: right },
      ],
      rows: totals.map(t => [
        t.plan ?? 'no pools',
        String(t.organizations),
        ...t.pools.map((_, i) => sum(t, i)),
        String(t.minted),
      ]),
    },
  ];
}

/** Credits of a pool over all organizations of a plan; unlimited ones are counted. */
function sum({ pools, unlimited }: PlanTotal, i: number): string {
  if (!unlimited[i]) return String(pools[i]);
  return pools[i] === 0n ? 'unlimited' : `${pools[i]} and ${unlimited[i]} unlimited`;
}

const ENOUGH =
  'Spending power: whatever an organization spends its credits on, it can buy at least as much as with its legacy balance.';

/** Who can buy less of an action than the legacy balance could, were all of it spent on that. */
export function spendingBlocks({ losing, actions, first }: SpendingPower): Block[] {
  if (losing === 0) return [{ kind: 'mark', tone: 'good', text: ENOUGH }];
  const right = 'right' as const;
  const times = (value: Loss['legacy']) => (value === null ? 'unlimited' : String(value));
  const who = ({ name, organization }: Loss) => name ?? organization;
  const both = [
    { title: 'legacy', align: right },
    { title: 'pools', align: right },
  ];
  return [
    {
      kind: 'mark',
      tone: 'warn',
      text: `Spending power: ${counted(losing, 'organization')} can buy less of something than with the legacy balance.`,
    },
    {
      kind: 'table',
      columns: [{ title: 'action' }, { title: 'lose', align: right }, { title: 'most' }, ...both],
      rows: actions.map(({ action, organizations, most }) => [
        action,
        String(organizations),
        who(most),
        times(most.legacy),
        times(most.pools),
      ]),
    },
    {
      kind: 'table',
      columns: [{ title: 'organization' }, { title: 'loses most with' }, ...both],
      rows: first.map(loss => [who(loss), loss.action, times(loss.legacy), times(loss.pools)]),
      note: `${first.length} of ${losing} organizations, by the share lost. How often each could pay for the action, were all its credits spent on that.`,
    },
  ];
}
