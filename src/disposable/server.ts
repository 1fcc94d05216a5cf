/** A PostgreSQL server in which the tool may create and drop databases of its own. */
export interface DisposableServer {
  /** What it is, for people: `embedded PostgreSQL 15.18`. */
  readonly label: string;
  /** URL of the maintenance database, as a role that may create databases. Servers started here listen on loopback only. */
  readonly url: string;
  /** Creates a database, optionally from a template database, and returns its URL. */
  createDatabase(name: string, template?: string): Promise<string>;
  /** Drops a database made with `createDatabase`, together with its connections. */
  dropDatabase(name: string): Promise<void>;
  /** Ends the server and leaves nothing behind. A second call does nothing. */
  stop(): Promise<void>;
}
