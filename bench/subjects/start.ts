import { spawnSync } from 'node:child_process';
import { bin } from '../cli.ts';
import { alternate, type Measured, ratioRow } from '../measure.ts';

/** `--version` is what scripts ask first. */
export async function start(): Promise<Measured> {
  const timed =
    (...args: string[]) =>
    async () => {
      const started = performance.now();
      const { status } = spawnSync(process.execPath, args);
      if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
      return performance.now() - started;
    };
  const { version, node } = await alternate(15, { version: timed(bin, '--version'), node: timed('-e', '0') });
  return {
    rows: [
      ratioRow({ what: '`creditshift --version`, against `node -e 0`', at: '–', atMost: 2.5 }, 'ms', version, node),
    ],
  };
}
