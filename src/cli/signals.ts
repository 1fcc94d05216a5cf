import { EXIT } from '../problems.ts';

/** Ctrl-C and SIGTERM: the first asks the command to stop where that is safe, the second ends the program. */
export function listenForSignals(onFirst: () => void): { stopping: () => boolean; release: () => void } {
  let stopping = false;
  const listener = () => {
    if (stopping) process.exit(EXIT.interrupted);
    stopping = true;
    onFirst();
  };
  process.on('SIGINT', listener).on('SIGTERM', listener);
  return { stopping: () => stopping, release: () => process.off('SIGINT', listener).off('SIGTERM', listener) };
}
