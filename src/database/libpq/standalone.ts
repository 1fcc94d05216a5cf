import type { Target } from '../connect.ts';
import { passfileOf, resolveTarget } from './resolve.ts';
import { filesAtHome } from './tls.ts';

/**
 * The URL that means what `target` does without a variable, a service or a home beside it. The password is in it, unless
 * it is in a file, which is named instead.
 * @throws Problem CANNOT_CONNECT
 */
export function standaloneUrl(target: Target): string {
  const { hosts, user, database, settings } = resolveTarget(target);
  const { dbname: _, ...rest } = {
    ...settings,
    ...filesAtHome(settings, target.environment.HOME),
    host: hosts.map(({ name }) => name).join(','),
    user,
    passfile: passfileOf(settings, target.environment),
  };
  const pairs = Object.entries(rest).flatMap(([name, value]) => (value ? `${name}=${encodeURIComponent(value)}` : []));
  return `postgresql:///${encodeURIComponent(database)}?${pairs.join('&')}`;
}
