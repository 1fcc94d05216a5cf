import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { completion } from '../../src/cli/completion/completion.ts';
import { STAGES } from '../../src/steps/step.ts';
import { workFolder } from './creditshift.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
const isThere = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

const folder = workFolder();
const scriptOf = (shell: (typeof SHELLS)[number]) => join(folder, `completion.${shell}`);
beforeAll(async () => {
  for (const shell of SHELLS) {
    const { document } = await completion({}, { shell });
    writeFileSync(scriptOf(shell), String(document.script));
  }
  mkdirSync(join(folder, 'creditshift-backups', 'first one'), { recursive: true });
  writeFileSync(join(folder, 'creditshift.yaml'), '');
});

/** What a shell offers for the last word of a line, sorted; a file by its name. */
type Offered = (line: string) => string[];
const lines = (text: string) => [...new Set(text.split('\n').filter(line => line !== ''))].sort();

/** Words as readline parts them: at blanks and at `=`. */
const wordsOf = (line: string) => line.split(/ |(?<==)|(?==)/);

const bash: Offered = line => {
  const words = wordsOf(line).map(word => `'${word}'`);
  const ask = `source ${scriptOf('bash')}; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}
    _creditshift; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return lines(execFileSync('bash', ['--norc', '-uc', ask], { cwd: folder, encoding: 'utf8' }));
};

const fish: Offered = line => {
  const ask = `source ${scriptOf('fish')}; complete -C ${JSON.stringify(line)}`;
  const home = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder };
  const told = lines(execFileSync('fish', ['--no-config', '-c', ask], { cwd: folder, encoding: 'utf8', env: home }));
  return told.map(text => text.split('\t')[0]?.replace(/\/$/, '') ?? '');
};

/** A terminal in which a TAB is typed; what the completion adds goes to a file. */
const ZSH = `
zmodload zsh/zpty zsh/zselect
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u -D; source '$1
zpty -w shell 'compadd() { typeset -a hits; builtin compadd -A hits "$@"; print -rl -- $hits >> '$3'; builtin compadd "$@" }'
zpty -n -w shell "$2"$'\\t'
until [[ -s $3 ]]; do zpty -rt shell text; zselect -t 2; done; true
`;
const zsh: Offered = line => {
  const hits = join(folder, 'hits');
  rmSync(hits, { force: true });
  execFileSync('zsh', ['-fc', ZSH, 'zsh', scriptOf('zsh'), line, hits], { cwd: folder, timeout: 20_000 });
  return lines(readFileSync(hits, 'utf8'));
};

describe.each([
  ['bash', bash],
  ['fish', fish],
  ['zsh', zsh],
] as const)('%s', (shell, offered) => {
  const asked = test.skipIf(!isThere(shell));

  asked('reads the script', () => {
    expect(spawnSync(shell, ['-n', scriptOf(shell)], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  asked('offers the names that an option of a command takes', () => {
    expect(offered('creditshift plan --to c')).toEqual(STAGES.filter(stage => stage.startsWith('c')).sort());
  });
});

const choicesOf = (name: string) =>
  [...(COMMANDS.find(command => command.name === name)?.arguments?.[0]?.choices ?? [])].sort();

// Of zsh one question is enough: it takes a terminal, and two seconds.
test.each([
  ['bash', bash],
  ['fish', fish],
] as const)('%s: what stands before decides what is offered', (shell, offered) => {
  if (!isThere(shell)) return;
  expect(offered('creditshift plan --s')).toEqual(['--severity', '--sql']);
  expect(offered('creditshift report ')).toEqual(choicesOf('report'));
  expect(offered('creditshift ')).toEqual(expect.arrayContaining(COMMANDS.map(({ name }) => name)));
  // A word after the command is none of its own: `audit verify` has the options of audit.
  expect(offered('creditshift audit verify --h')).toEqual(['--head', '--help']);
  // The value of an option is no command.
  expect(offered('creditshift --config plan st')).toEqual(['status']);
  expect(offered('creditshift rollback --method d')).toEqual(['disable', 'drop']);
  expect(offered('creditshift explain LEASE_')).toEqual(['LEASE_HELD', 'LEASE_LOST']);
  expect(offered('creditshift verify --only ledger.e')).toEqual(['ledger.equation']);
  expect(offered('creditshift pause --reason ')).toEqual([]);
});

test('bash completes paths with blanks in them, and what follows an =', () => {
  expect(bash('creditshift --config creditshift.y')).toEqual(['creditshift.yaml']);
  expect(bash('creditshift preflight --backup creditshift-backups/f')).toEqual(['creditshift-backups/first one']);
  expect(bash('creditshift plan --to=har')).toEqual(['harden']);
  expect(bash('creditshift plan --to=harden --sq')).toEqual(['--sql']);
  expect(bash('creditshift report status ')).toEqual([]);
});
