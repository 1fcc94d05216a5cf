/** Something that shows how busy the database is. */
export interface Signal {
  name: 'replication' | 'archiving' | 'lock waiters' | 'latency' | 'sessions';
  /**
   * Why to hold, in words for people, or undefined where nothing speaks against going on. What cannot be read is a
   * reason too: a server error becomes one, and so does a value that is hidden or missing.
   */
  reason: () => Promise<string | undefined>;
}
