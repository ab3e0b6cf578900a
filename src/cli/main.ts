import { openOutput, type Output } from './output.ts';
import { VERSION } from './version.ts';

/** What a shell shows for a program that wrote to a closed pipe: 128 + SIGPIPE. */
const READER_GONE = 141;

/**
 * Carries a command line out and returns the exit status. The version and the general help are answered before anything else is
 * loaded. Here whatever a command throws is caught at last.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const output = openOutput(1);
  let status: number;
  try {
    status = await perform(argv, output);
  } catch (error) {
    const { reportError } = await import('./errors.ts');
    status = reportError(error, { env: process.env, errors: openOutput(2), detailed: false, json: false });
  }
  return status === 0 && output.isClosed ? READER_GONE : status;
}

async function perform(argv: readonly string[], output: Output): Promise<number> {
  const [first] = argv;
  if (argv.length === 1 && (first === '--version' || first === '-V')) {
    output.write(`tspm, version ${VERSION}\n`);
    return 0;
  }
  if (argv.length === 0 || (argv.length === 1 && (first === '--help' || first === '-h'))) {
    const { rootHelp } = await import('./help.ts');
    output.write(rootHelp());
    return 0;
  }
  const { dispatch } = await import('./dispatch.ts');
  return await dispatch(argv, output);
}
