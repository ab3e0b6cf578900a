import { TspmError } from '../../errors.ts';
import { findInterpreters, notFound } from '../../python/search.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { commandHelp } from '../help.ts';
import { pythonLabel, pythonSearch } from '../python-search.ts';

/** `tspm python`: the Pythons of the machine; none is ever downloaded, linked or removed. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const [action, ...rest] = input.args;
  const [request, ...more] = rest.filter((word) => !['-v', '-q', '--verbose', '--quiet', '--managed'].includes(word));
  switch (action) {
    case undefined:
      context.output.write(commandHelp(input.spec));
      return 0;
    case 'list':
      for (const one of await findInterpreters(undefined, await pythonSearch(context))) {
        context.output.write(`${pythonLabel(one)}\n`);
      }
      return 0;
    case 'find':
      if (request === undefined || more.length > 0) {
        throw new TspmError('TSPM_CLI_SYNTAX', 'tspm python find: name one Python, such as 3.11 or a path');
      }
      return await find(context, request);
    default:
      throw new TspmError('TSPM_UNSUPPORTED', `tspm installs and removes no Pythons (python ${action})`, {
        hint: 'install one with the means of the system, then `tspm use 3.12`',
      });
  }
}

/** Prints the path of the best one. Throws TSPM_PYTHON_NOT_FOUND, listing all there are. */
async function find(context: CommandContext, request: string): Promise<number> {
  const search = await pythonSearch(context);
  const [first] = await findInterpreters(request, search);
  if (first === undefined) throw notFound(request, await findInterpreters(undefined, search));
  context.output.write(`${first.executable}\n`);
  return 0;
}
