import type { Completed, CompletedCommand } from './words.ts';

/** A completion script for fish. */
export function fishScript(globals: readonly Completed[], commands: readonly CompletedCommand[]): string {
  const valued = globals.filter(option => option.value).map(option => option.name);
  return `# Whether the command line has come to this command; '' where it has come to none.
function __creditshift_in
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case ${valued.join(' ')}
                set -e words[1]
            case '-*'
            case '*'
                test "$words[1]" = "$argv[1]"
                return
        end
        set -e words[1]
    end
    test -z "$argv[1]"
end

complete -c creditshift -f
${globals.map(option => lineOf('', option)).join('\n')}
complete -c creditshift -n '__creditshift_in ""' -l version -d 'print the version'
${commands.flatMap(linesOf).join('\n')}
`;
}

const linesOf = ({ name, summary, options, arguments: positional }: CompletedCommand): string[] => [
  `complete -c creditshift -n '__creditshift_in ""' -a ${name} -d ${quoted(summary)}`,
  ...options.map(option => lineOf(` -n '__creditshift_in ${name}'`, option)),
  ...positional.map(
    argument => `complete -c creditshift -n '__creditshift_in ${name}'${takes(argument).replace(/^ -[rx]/, '')}`,
  ),
];

const lineOf = (when: string, option: Completed): string =>
  `complete -c creditshift${when} -l ${option.name.slice(2)}${takes(option)} -d ${quoted(option.meaning)}`;

function takes({ value }: Completed): string {
  switch (value?.kind) {
    case 'names':
      return ` -x -a ${quoted(value.names.join(' '))}`;
    case 'file':
      return ' -r -F';
    case 'folder':
      return ` -x -a '(__fish_complete_directories)'`;
    case 'anything':
      return ' -x';
    default:
      return '';
  }
}

const quoted = (text: string) => `'${text.replace(/['\\]/g, '\\$&')}'`;
