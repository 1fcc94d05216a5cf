import { inject } from 'vitest';
import { startEmbedded } from '../../src/disposable/embedded.ts';

/** A server of a test's own, of the run's version, with these settings. */
export const ownServer = (settings: Readonly<Record<string, string>> = {}) =>
  startEmbedded(inject('postgres'), settings);
