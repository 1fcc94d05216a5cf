/** A chart of a report: the marker of its name in the template says where it stands. */
export interface Chart {
  name: string;
  title: string;
  /** What it shows, in a sentence, for whoever does not see it. */
  description: string;
  /** Pixels; narrow charts are drawn anew, not scaled. */
  height: (narrow: boolean) => number;
  /** Of the library. */
  option: (narrow: boolean) => Record<string, unknown>;
  /** The same figures as text: a name in the first column, numbers in the others. */
  table: { columns: string[]; rows: string[][] };
}

/** Colours are the page's, so that a chart follows light and dark. */
export const series = (index: number): string => `var(--series-${(index % 6) + 1})`;
export const INK = 'var(--ink)';
export const MUTED = 'var(--muted)';
export const LINE = 'var(--line)';
export const TRACK = 'var(--track)';
export const TARGET = 'var(--target)';

const text = { fontFamily: 'inherit', fontSize: 13 };
/** Text beside a bar. */
export const label = { ...text, show: true, color: INK, position: 'right', distance: 6 };

const axis = {
  axisLabel: { ...text, color: MUTED, hideOverlap: true },
  axisLine: { show: false },
  axisTick: { show: false },
};
export const valueAxis = { ...axis, type: 'value', splitLine: { lineStyle: { color: LINE } } };
export const nameAxis = { ...axis, type: 'category', axisLabel: { ...text, color: INK, interval: 0 } };
export const legend = {
  left: 0,
  top: 0,
  itemWidth: 14,
  itemHeight: 10,
  itemGap: 16,
  icon: 'roundRect',
  selectedMode: false,
  textStyle: { ...text, color: INK },
};

/** Bars from left to right, one row below the other, with room on the right for a label. */
export function rows(
  names: readonly string[],
  room: number,
  { axisLabel, ...value }: { axisLabel: object; [option: string]: unknown },
) {
  return {
    animation: false,
    legend,
    grid: { left: 0, right: room, top: 36, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: { ...valueAxis, ...value, axisLabel: { ...valueAxis.axisLabel, ...axisLabel } },
    yAxis: { ...nameAxis, data: [...names], inverse: true },
  };
}
