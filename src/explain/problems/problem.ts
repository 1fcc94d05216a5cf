/** What a person has to know about one problem code, whoever raises it. Where the error itself says more, that counts. */
export interface ProblemExplanation {
  /** The message, as one run wrote it. */
  message: string;
  meaning: string;
  /** The state of the database after it. */
  state: string;
  next: string;
}
