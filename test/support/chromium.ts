import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';

const path = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  path => path !== undefined && existsSync(path),
);

/** Why the tests in a browser are skipped; empty where one is found. */
export const noBrowser = path ? '' : 'no Chromium: set CHROMIUM_PATH, or apt-get install chromium';

/** A headless Chromium with a profile of its own, which reaches for nothing by itself. */
export async function openBrowser(): Promise<Browser> {
  const { launch } = await import('puppeteer-core');
  return launch({
    executablePath: path ?? '',
    userDataDir: mkdtempSync(join(tmpdir(), 'creditshift-chromium-')),
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds on the page that is serious or critical: the rule and the first element. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(axe, 'utf8'));
  const { violations } = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
