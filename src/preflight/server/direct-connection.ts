import { isApplied } from '../../database/state.ts';
import { pastPooler } from '../../database/supabase.ts';
import { STEPS } from '../../steps/all.ts';
import { type Criterion, judge } from '../criterion.ts';

export const directConnection: Criterion = {
  name: 'server.direct-connection',
  claim: 'no pooler is in between where indexes are to be built',
  remedy: 'name the server itself, not its pooler, with --database-url',
  find: async ({ server, state }) => {
    const builds = STEPS.filter(s => s.kind === 'concurrent' && !isApplied(state, s.name)).map(s => s.name);
    const lines = [
      `a pooler is in between, for ${builds.join(', ')}`,
      ...(server.directUrl ? [pastPooler(server)] : []),
    ];
    return judge(server.direct || builds.length === 0 ? [] : lines, []);
  },
};
