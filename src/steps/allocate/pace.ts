import type { Config } from '../../config/schema.ts';

/** Organizations of the first page; the measured times take it from there. */
const FIRST = 1000;
/** A slow page is not made smaller than this: what is left of its time is the commit's. */
const LEAST = 100;

/** How many organizations a page takes. */
export interface Pace {
  readonly size: number;
  /** Follows the time a page took: as many organizations as fit the target, at most twice as many as before. */
  took: (milliseconds: number, target: number) => void;
  /** Makes the next page half as large, because this one failed; false where it was of one organization. */
  halve: () => boolean;
}

/** A pace of its own for each part: `batch.rows` at most, so many milliseconds a page as the target says. */
export function openPace({ rows }: Pick<Config['batch'], 'rows'>): Pace {
  let size = Math.min(FIRST, rows);
  return {
    get size() {
      return size;
    },
    took: (milliseconds, target) => {
      const scale = Math.min(2, Math.max(0.5, target / Math.max(milliseconds, 1)));
      size = Math.min(rows, Math.max(Math.round(size * scale), Math.min(LEAST, 2 * size)));
    },
    halve: () => {
      if (size === 1) return false;
      size = Math.floor(size / 2);
      return true;
    },
  };
}
