import { version } from './version.ts';

/** Runs one command line and returns its exit code. `--version` alone loads nothing else: it is what scripts ask first. */
export async function run(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const { main } = await import('./cli/main.ts');
  return main(argv);
}
