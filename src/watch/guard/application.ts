import type { GuardConfig } from '../../config/guard.ts';
import type { Target } from '../../database/connect.ts';
import { runChild } from '../child.ts';

type Application = NonNullable<GuardConfig['application']>;

/**
 * The error rate that the application tells of itself, in per cent: the first number that its program or page gives.
 * @throws Error when there is none in time
 */
export async function readErrorRate(application: Application, folder: string, target: Target): Promise<number> {
  const text = 'run' in application ? await output(application, folder, target) : await page(application);
  const [number] = /-?\d+(\.\d+)?/.exec(text) ?? [];
  if (number === undefined) throw new Error('it gave no number');
  return Number(number);
}

async function output(application: Extract<Application, { run: unknown }>, folder: string, target: Target) {
  const where = { folder, environment: target.environment, timeout: application.timeout * 1000 };
  const { exit, timedOut, output } = await runChild(application.run, '', where);
  if (timedOut) throw new Error(`it took longer than ${application.timeout} s`);
  if (exit !== 0) throw new Error(`it ended with ${exit ?? 'a signal, or did not start'}`);
  return output;
}

async function page({ url, timeout }: Extract<Application, { url: unknown }>): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(timeout * 1000) });
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  return answer.text();
}
