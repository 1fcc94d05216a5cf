import type { Rehearsal } from '../rehearsal/record.ts';
import { METHODS } from './timings.ts';

export type RehearsalData = ReturnType<typeof rehearsalData>;

/** Data of reports/rehearsal.md: what dry-run did, measured and found, as its record keeps it. */
export function rehearsalData(rehearsal: Rehearsal, record: string) {
  const { waysBack } = rehearsal;
  const names = [...new Set(waysBack.flatMap(way => way.phases.map(phase => phase.phase)))];
  const phases = names.map(name => ({
    phase: name,
    ways: waysBack.map(way => {
      const phase = way.phases.find(phase => phase.phase === name);
      return phase ? { milliseconds: phase.seconds * 1000, differs: phase.faults.length > 0 } : null;
    }),
  }));
  return {
    ...rehearsal,
    record,
    phases,
    waysBack: waysBack.map(way => ({
      ...way,
      undoes: METHODS.find(({ method }) => method === way.method)?.undoes ?? null,
      milliseconds: way.seconds * 1000,
      promised: way.promisedSeconds * 1000,
      total: way.phases.reduce((sum, phase) => sum + phase.seconds * 1000, 0),
      atOnce: way.atOnce && { ...way.atOnce, perSecond: Math.round(way.atOnce.charges / way.atOnce.seconds) },
    })),
  };
}
