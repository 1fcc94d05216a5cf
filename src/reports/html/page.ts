import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Liquid } from 'liquidjs';
import { packageRoot } from '../../config/render.ts';
import { chartLibrary, type Drawn, drawChart, type Library } from '../charts/draw.ts';
import { renderMarkdown } from '../render.ts';
import { chartsOf, type Report } from './charts.ts';
import { coverOf } from './cover.ts';
import { htmlOf } from './document.ts';

const folder = join(packageRoot, 'reports');
const pageEngine = new Liquid({
  root: folder,
  extname: '.html',
  strictVariables: true,
  strictFilters: true,
  lenientIf: true,
  outputEscape: 'escape',
});

/**
 * Makes of a report one HTML file that needs nothing else: the text of its Markdown, with charts.
 * @throws Problem CHARTS_UNAVAILABLE where echarts is not installed
 */
export async function pageRenderer(loading?: () => Promise<Library>): Promise<(report: Report) => string> {
  const library = await chartLibrary(loading);
  return report => {
    const charts = chartsOf(report).map(chart => drawChart(library, chart));
    const figures = new Map(charts.map(drawn => [drawn.chart.name, figureOf(drawn)]));
    return pageEngine.renderFileSync('page', {
      kind: report.kind,
      ...htmlOf(renderMarkdown(report.kind, report.data), figures),
      cover: coverOf(report),
      style: readFileSync(join(folder, 'page.css'), 'utf8'),
    });
  };
}

const figureOf = ({ chart, drawings }: Drawn): string => pageEngine.renderFileSync('_figure', { chart, drawings });
