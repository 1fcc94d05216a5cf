import { readArchiver } from '../../throttle/archiving.ts';
import { type Criterion, judge } from '../criterion.ts';

export const archiving: Criterion = {
  name: 'disk.archiving',
  claim: 'WAL archiving is off, or its last try succeeded',
  remedy:
    'mend archive_command or archive_library: until then the WAL of the migration stays on the disk, and no backup goes on',
  find: async ({ sql }) => {
    const { mode, failing, failed } = await readArchiver(sql);
    if (mode === 'off') return judge([], [], 'archive_mode is off');
    return judge(failing ? [`it fails at ${failed}`] : [], [], 'it works, or has had nothing to do');
  },
};
