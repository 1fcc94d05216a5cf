import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { root } from './cli.ts';
import { SETTINGS } from './databases.ts';
import type { Measured } from './measure.ts';
import type { Bench } from './run.ts';

const FILE = join(root, 'bench/RESULTS.md');

const HEAD = `# Measured against the goals

Written by \`npm run bench\`, one section a size and subject; a run replaces its own sections and leaves the others. Ratios compare
contestants that took turns in one run on one machine: medians of the rounds' ratios, with the lowest and highest. The
embedded server runs with ${Object.entries(SETTINGS)
  .map(([name, value]) => `${name} ${value}`)
  .join(', ')}. Commits wait for the disk.
`;

/** How busy the machine is: running and waiting processes, over the last minute. */
export const loadNow = (): string => (loadavg()[0] ?? 0).toFixed(1);

/**
 * Writes the section of this size and subject into bench/RESULTS.md and keeps the others; returns what it did.
 * @param before load of the machine when the subject began
 */
export function writeResults(bench: Bench, subject: string, measured: Measured, before: string): string {
  const title = `## ${bench.at}: ${subject}`;
  const [, ...sections] = existsSync(FILE) ? readFileSync(FILE, 'utf8').split(/^(?=## )/m) : [];
  const others = sections.filter(section => !section.startsWith(`${title}\n`));
  const all = [...others, section(title, bench, measured, before)].sort((a, b) => sizeOf(a) - sizeOf(b));
  writeFileSync(FILE, [HEAD, ...all.map(text => text.trim())].join('\n\n').replace('\n\n\n', '\n\n').concat('\n'));
  const met = measured.rows.filter(row => row.met).length;
  return `${met} of ${measured.rows.length} goals met; written to ${relative(process.cwd(), FILE)}`;
}

const sizeOf = (section: string) => Number(/^## ([\d ]+)/.exec(section)?.[1]?.replaceAll(' ', ''));

function section(
  title: string,
  { databases, load, rounds, seconds }: Bench,
  { rows, profile }: Measured,
  before: string,
): string {
  const [processor] = cpus();
  const missed = rows.filter(row => !row.met);
  return `${title}

${new Date().toISOString().slice(0, 10)} · ${cpus().length} cores (${processor?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, load ${before} before ·
${databases.server.label} · ${load.label} · Node ${process.versions.node} · ${rounds} rounds, ${seconds} s each for charges

| what | at | goal | reached | | figures |
|---|---|---|---|---|---|
${rows.map(({ what, at, goal, reached, met, figures }) => `| ${what} | ${at} | ${goal} | ${reached} | ${met ? 'met' : '**missed**'} | ${figures} |`).join('\n')}

${missed.length === 0 ? 'Every goal is met.' : `Missed: ${missed.map(({ what, at }) => `${what} (${at})`).join('; ')}.`}
${profile ? `\nWhere a charge spends the processor’s time:\n\n${profile}\n` : ''}`;
}
