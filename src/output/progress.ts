import type { InTheWay, Progress, ProgressEvent } from '../progress.ts';
import { renderJsonLine } from './json.ts';
import { mask } from './mask.ts';
import type { Block } from './types.ts';

/** Progress on a stream, and the way to clear it before something else is written there. */
export interface ProgressView {
  show: Progress;
  clear: () => void;
}

/** Events that say how far a step is: many, each outdated by the next. */
const PASSING: readonly ProgressEvent['event'][] = ['rows', 'waiting', 'index', 'blocked', 'work'];
/** Least milliseconds between two plain lines of one kind of them. */
const PASSING_EVERY = 2000;
/** Milliseconds after which plain lines say what a command is at, and from then on: most are done before. */
const WORK_EVERY = 5000;

/** JSON lines: every event, as it is. */
export function jsonProgress(write: (text: string) => void): ProgressView {
  return { show: event => write(renderJsonLine(event)), clear: () => {} };
}

/** Plain lines, for logs: steps and notes, and now and then how far a step is; `tell` shows finished parts. */
export function lineProgress(write: (text: string) => void, tell: (blocks: Block[]) => void): ProgressView {
  const written = new Map<string, number>();
  const work = nowAndThen(write);
  return {
    show: event => {
      work.at(event.event === 'work' ? `${mask(sentence(event))}\n` : undefined);
      if (event.event === 'work') return;
      if (event.event === 'show') return tell(event.blocks);
      if (event.event === 'step') written.clear();
      if (PASSING.includes(event.event)) {
        if (performance.now() - (written.get(event.event) ?? Number.NEGATIVE_INFINITY) < PASSING_EVERY) return;
        written.set(event.event, performance.now());
      }
      write(`${mask(sentence(event))}\n`);
    },
    clear: work.stop,
  };
}

/** Writes the last of many lines every few seconds; what is over by then is not told. */
function nowAndThen(write: (text: string) => void): { at: (line: string | undefined) => void; stop: () => void } {
  let last: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    if (last !== undefined) write(last);
    last = undefined;
  };
  return {
    at: line => {
      last = line;
      timer ??= setInterval(tell, WORK_EVERY).unref();
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
      last = undefined;
    },
  };
}

/** A spinner that says what runs now, and a line for each thing done. */
export async function spinnerProgress(
  stream: NodeJS.WriteStream,
  color: boolean,
  tell: (blocks: Block[]) => void,
): Promise<ProgressView> {
  const { default: ora } = await import('ora');
  const spinner = ora({ stream, ...(!color && { color: false }) });
  /** Writes in the spinner's place and lets it turn on. */
  const aside = (write: () => void) => {
    const running = spinner.isSpinning ? spinner.text : undefined;
    if (running !== undefined) spinner.stop();
    write();
    if (running !== undefined) spinner.start(running);
  };
  return {
    show: event => {
      if (event.event === 'show') return aside(() => tell(event.blocks));
      const text = mask(sentence(event));
      const quiet = event.event === 'look' && event.exceeded.length === 0;
      if (event.event === 'step' || quiet || PASSING.includes(event.event)) spinner.start(text);
      else if (event.event === 'note' || event.event === 'hook') aside(() => stream.write(`${text}\n`));
      else {
        spinner.stop();
        stream.write(`${text}\n`);
      }
    },
    clear: () => {
      if (spinner.isSpinning) spinner.stop();
    },
  };
}

/** An event in words. */
export function sentence(event: Exclude<ProgressEvent, { event: 'show' }>): string {
  switch (event.event) {
    case 'step':
      return `→ ${event.step}  ${event.claim}`;
    case 'done':
      return `✓ ${event.step}  ${doneFacts(event).join(', ')}`;
    case 'rows': {
      const percent = event.total > 0 ? Math.floor((100 * event.rows) / event.total) : 100;
      const left = Number.isFinite(event.secondsLeft) ? `, ${Math.ceil(event.secondsLeft)} s left` : '';
      return `  ${event.step}  ${event.rows} of ${event.total} (${percent} %), ${Math.round(event.perSecond)}/s${left}`;
    }
    case 'work':
      return `  ${event.what}${event.total === undefined ? '' : ` (${event.done} of ${event.total})`}`;
    case 'blocked':
      return `  ${event.step}  try ${event.try}, in the way: ${namesOf(event.by)}`;
    case 'index': {
      const blocks = event.blocksTotal > 0 ? `, ${event.blocks} of ${event.blocksTotal} blocks` : '';
      const waits = event.waitsFor.length > 0 ? `, for ${namesOf(event.waitsFor)}` : '';
      return `  ${event.index}  ${event.phase}${blocks}${waits}`;
    }
    case 'waiting':
      return `  ${event.step}  holds${event.seconds > 0 ? ` since ${event.seconds} s` : ''}: ${event.reason}`;
    case 'look':
      return lookSentence(event);
    case 'hook':
      return hookSentence(event);
    case 'note':
      return `  ${event.text}`;
  }
}

/** What guard saw, in one line; what could not be read, and what is exceeded, are said last. */
function lookSentence(event: Extract<ProgressEvent, { event: 'look' }>): string {
  const { at, charges, refusals, reversals, latency, baseline, errorRate, unread, exceeded } = event;
  const facts = [
    ...(charges === null ? [] : counted(charges, 'charge')),
    ...(refusals === null ? [] : counted(refusals, 'refusal')),
    ...(reversals ? [counted(reversals, 'reversal')] : []),
    ...(latency === null
      ? []
      : [`a charge takes ${latency} ms${baseline === null ? '' : ` (baseline ${baseline} ms)`}`]),
    ...(errorRate === null ? [] : [`application errors ${errorRate} %`]),
    ...unread.map(what => `not read: ${what}`),
    ...exceeded.map(what => `EXCEEDED: ${what}`),
  ];
  return `${exceeded.length > 0 ? '!' : ' '} ${at.slice(11, 19)}Z  ${facts.join(', ')}`;
}

/** A hook that failed says why, in its last line. */
function hookSentence(event: Extract<ProgressEvent, { event: 'hook' }>): string {
  const took = `hook ${event.hook}  ${event.milliseconds} ms`;
  if (event.exit === 0 && !event.timedOut) return `✓ ${took}`;
  const how = event.timedOut ? 'ended at its timeout' : `exit ${event.exit ?? 'by a signal, or not started'}`;
  const words = event.output.trim().split('\n').at(-1);
  return `! ${took}, ${how}${words ? `: ${words}` : ''}`;
}

/** A session in words. */
export const nameOf = ({ pid, application, age, query }: InTheWay): string =>
  `pid ${pid} (${application || 'no name'}) since ${age}: ${query}`;

/** The first of them whole, the others as a number. */
function namesOf([first, ...others]: readonly InTheWay[]): string {
  if (!first) return 'nobody';
  return `${nameOf(first)}${others.length > 0 ? `, and ${others.length} more` : ''}`;
}

function doneFacts(event: Extract<ProgressEvent, { event: 'done' }>): string[] {
  return [
    ...counted(event.rows, 'row'),
    ...counted(event.indexes, 'index', 'indexes'),
    ...counted(event.tables, 'table'),
    `${Math.round(event.milliseconds)} ms`,
    ...(event.throttled ? [`throttled ${event.throttled} ms of it`] : []),
    ...(event.rested ? [`rested ${event.rested} ms for clients`] : []),
    ...(event.heldMilliseconds === undefined ? [] : [`locks held ${event.heldMilliseconds} ms at most`]),
    ...(event.tries !== undefined && event.tries > 1 ? [`${event.tries} tries`] : []),
  ];
}

function counted(count: number | undefined, one: string, many = `${one}s`): string[] {
  return count === undefined ? [] : [`${count} ${count === 1 ? one : many}`];
}
