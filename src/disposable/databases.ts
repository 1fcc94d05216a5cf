import { administer } from './admin.ts';
import type { DisposableServer } from './server.ts';

/** Creating and dropping databases on the server whose maintenance database `url` names. */
export function databasesOf(url: string): Pick<DisposableServer, 'createDatabase' | 'dropDatabase'> {
  return {
    async createDatabase(name, template) {
      const source = template === undefined ? '' : ` template ${identifier(template)}`;
      await administer(url, `create database ${identifier(name)}${source}`);
      const target = new URL(url);
      target.pathname = `/${encodeURIComponent(name)}`;
      return target.href;
    },
    async dropDatabase(name) {
      await administer(url, `drop database if exists ${identifier(name)} with (force)`);
    },
  };
}

// postgres.js would split a name at its dots.
function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
