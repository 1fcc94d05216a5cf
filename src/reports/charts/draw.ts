import { Problem, UNTOUCHED } from '../../problems.ts';
import type { Chart } from './chart.ts';

/** Pixels: on paper and screens, and on a telephone. */
const WIDTH = { wide: 860, narrow: 330 };

export type Library = typeof import('echarts');

/** A chart as SVG elements without their root, which the page writes. */
export interface Drawn {
  chart: Chart;
  drawings: { kind: keyof typeof WIDTH; width: number; height: number; content: string }[];
}

/** The build in one file: it loads in an eighth of the time of the modules. */
const load = async (): Promise<Library> => import('echarts/dist/echarts.esm.min.mjs' as 'echarts');

/**
 * The library that draws.
 * @throws Problem CHARTS_UNAVAILABLE where it is not installed
 */
export async function chartLibrary(loading = load): Promise<Library> {
  return loading().catch(cause => {
    throw new Problem('CHARTS_UNAVAILABLE', 'echarts, which draws the charts of an HTML report, is not installed.', {
      state: UNTOUCHED,
      next: 'npm install echarts@6.1.0; without --format html the report is Markdown, which has no charts',
      cause,
    });
  });
}

/** Draws a chart at both widths. */
export function drawChart(library: Library, chart: Chart): Drawn {
  const kinds = Object.keys(WIDTH) as (keyof typeof WIDTH)[];
  const drawings = kinds.map(kind => {
    const [width, height] = [WIDTH[kind], chart.height(kind === 'narrow')];
    return { kind, width, height, content: draw(library, chart.option(kind === 'narrow'), width, height) };
  });
  return { chart, drawings };
}

function draw(echarts: Library, option: Record<string, unknown>, width: number, height: number): string {
  const drawing = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    drawing.setOption(option);
    // What is left out is for a mouse: classes, their style, and numbers of series.
    return drawing
      .renderToSVGString()
      .replace(/^<svg[^>]*>|<\/svg>\s*$/g, '')
      .replace(/<style[^>]*>[\s\S]*?<\/style>/g, '')
      .replace(/ (?:class|ecmeta_\w+|pointer-events)="[^"]*"/g, '')
      .trim();
  } finally {
    drawing.dispose();
  }
}
