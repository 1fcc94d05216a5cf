/** What libpq's programs need to reach the database of a URL; a password in their arguments would be seen by others. */
export function processEnvironment(url: string): Record<string, string | undefined> {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    PATH: process.env.PATH,
    PGHOST: hostname,
    PGPORT: port || '5432',
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
  };
}
