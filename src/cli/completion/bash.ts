import type { Completed, CompletedCommand } from './words.ts';

/** A completion script for bash, 3.2 and later: one function, and no program is run at a TAB. */
export function bashScript(globals: readonly Completed[], commands: readonly CompletedCommand[]): string {
  const scoped = [
    ...globals.map(option => ({ scope: '*', option })),
    ...commands.flatMap(({ name, options }) => options.map(option => ({ scope: name, option }))),
  ];
  const valued = scoped.filter(({ option }) => option.value);
  const names = (options: readonly Completed[]) => options.map(option => option.name);
  return `_creditshift() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command='' place=0 i
  COMPREPLY=()
  if [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  if [[ $cur == = ]]; then cur=''; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case $command:\${COMP_WORDS[i]} in
      ${valued.map(({ scope, option }) => `${scope}:${option.name}`).join(' | ')})
        ((i += 1))
        if [[ \${COMP_WORDS[i]} == = ]]; then ((i += 1)); fi ;;
      *:-*) ;;
      ${commands.map(({ name }) => `:${name}`).join(' | ')}) command=\${COMP_WORDS[i]} ;;
      *) ((place += 1)) ;;
    esac
  done
  case $command:$prev in
${valued.map(({ scope, option }) => `    ${scope}:${option.name}) ${offer(option)}; return ;;`).join('\n')}
  esac
  if [[ $cur != -* ]]; then
    case $command:$place in
      :0) _creditshift_names '${commands.map(({ name }) => name).join(' ')}' ;;
${commands
  .flatMap(({ name, arguments: positional }) =>
    positional.map((argument, place) => `      ${name}:${place}) ${offer(argument)} ;;`),
  )
  .join('\n')}
    esac
    return
  fi
  case $command in
    '') _creditshift_names '${names(globals).join(' ')} --version' ;;
${commands
  .map(({ name, options }) => `    ${name}) _creditshift_names '${names([...options, ...globals]).join(' ')}' ;;`)
  .join('\n')}
  esac
}

_creditshift_names() {
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}

_creditshift_paths() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$cur"))
}

complete -F _creditshift creditshift
`;
}

function offer({ value }: Completed): string {
  if (value?.kind === 'names') return `_creditshift_names '${value.names.join(' ')}'`;
  if (value?.kind === 'file') return '_creditshift_paths -f';
  return value?.kind === 'folder' ? '_creditshift_paths -d' : ':';
}
