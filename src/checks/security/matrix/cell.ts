/** What is tried; `truncate` is judged by privilege and trigger, for a real one would stop every client. */
export type Command = 'select' | 'insert' | 'update' | 'delete' | 'truncate' | 'call';
/** Whose rows: the actor's own tenant's, another tenant's, or anybody's where the actor has no tenant or the rows have none. */
export type Rows = 'own' | 'foreign' | 'any';

/** A role that tries, as a signed-in user of a tenant or as nobody in particular. */
export interface Actor {
  role: string;
  /** What `request.jwt.claims` says. */
  claims: Record<string, string>;
  /** Key of its own organization; undefined: it has none. */
  tenant?: string;
}

/** One trial: who, what, of which object. */
export interface Cell {
  role: string;
  object: string;
  command: Command;
  rows: Rows;
}

/** A cell with the SQL that tries it. */
export interface Trial extends Cell {
  claims: string;
  /** Runs before the role is taken: makes the row that is reached for, where there is none. */
  setup: string | undefined;
  statement: string;
  /** Not run but planned, which asks for the privileges too: what could not be held to one row. */
  planned: boolean;
}

/** `open`: rows were reached. `closed`: denied, filtered or refused. `not run`: nobody knows. */
export type Outcome = 'open' | 'closed' | 'not run';

/** What became of a cell. */
export interface Tried extends Cell {
  outcome: Outcome;
  /** The SQLSTATE, or why it was not run. */
  because?: string;
}

/** What could not be tried. */
export interface Untried {
  what: string;
  /** For want of data, such as a second organization: nobody has what it would be about. */
  vacuous: boolean;
}

/** The same cell before and after a migration has the same key. */
export const keyOf = ({ role, object, command, rows }: Cell): string => [role, object, command, rows].join(' ');
