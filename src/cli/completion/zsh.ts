import type { Completed, CompletedCommand } from './words.ts';

/** A completion script for zsh: for a file `_creditshift` in fpath, or to be sourced after compinit. */
export function zshScript(globals: readonly Completed[], commands: readonly CompletedCommand[]): string {
  return `#compdef creditshift

_creditshift() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \\
${lines([...globals.map(specOf), quoted('--version[print the version]'), quoted('1:command:_creditshift_commands'), quoted('*::argument:->argument')])}
  [[ $state == argument ]] || return
  case $line[1] in
${commands
  .map(
    ({ name, options, arguments: positional }) => `    ${name})
      _arguments \\
${lines([...options.map(specOf), ...globals.map(specOf), ...positional.map(argumentOf)], '        ')} ;;`,
  )
  .join('\n')}
  esac
}

_creditshift_commands() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${escaped(summary)}`)}`).join('\n')}
  )
  _describe command commands
}

if [[ $funcstack[1] == _creditshift ]]; then
  _creditshift "$@"
else
  compdef _creditshift creditshift
fi
`;
}

const lines = (specs: readonly string[], indent = '    ') => specs.map(spec => `${indent}${spec}`).join(' \\\n');

function specOf(option: Completed): string {
  const { name, meaning, value } = option;
  return quoted(`${name}${value ? '=' : ''}[${escaped(meaning)}]${value ? actionOf(option) : ''}`);
}

const argumentOf = (argument: Completed, place: number): string => quoted(`${place + 1}${actionOf(argument)}`);

function actionOf({ value }: Completed): string {
  const action =
    value?.kind === 'names'
      ? `(${value.names.join(' ')})`
      : { file: '_files', folder: '_files -/', anything: ' ' }[value?.kind ?? 'anything'];
  return `:${escaped(value?.name ?? '')}:${action}`;
}

/** What ends a description in _arguments and _describe. */
const escaped = (text: string) => text.replace(/[\\[\]:]/g, '\\$&');
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
