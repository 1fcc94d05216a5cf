/** One transaction of a client: statements sent one by one. A statement that returns a row sets variables by its columns. */
export interface Script {
  name: string;
  /** Variable `:n` is a random whole number up to here, drawn for each transaction. */
  upTo: number;
  statements: readonly { text: string; returns?: boolean }[];
}

/** What an open loop saw, in milliseconds from the moment a transaction was due to its end. */
export interface Latencies {
  /** Sorted. */
  milliseconds: number[];
  errors: number;
}

/** Clients that charge. */
export interface Load {
  label: string;
  /** Clients that ask again as soon as they have their answer; transactions per second. */
  closed(url: string, script: Script, clients: number, seconds: number): Promise<number>;
  /** Clients that ask at their own pace, answered or not, until `during` is over. `rate`: transactions per second in all. */
  open(url: string, script: Script, clients: number, rate: number, during: () => Promise<void>): Promise<Latencies>;
}

/** The value below which a share of all lies. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Transactions come at random moments, as independent users send them: the waits between them are exponential. */
export const waitFor = (perSecond: number): number => (-Math.log(1 - Math.random()) / perSecond) * 1000;
