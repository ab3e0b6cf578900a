import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TspmError } from '../../errors.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { commandHelp } from '../help.ts';

/** The one environment that can be asked for by name. */
const IN_PROJECT = 'in-project';

/** `tspm venv`: tells of a virtual environment inside the project; none is ever made, entered or removed. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const [action, ...rest] = input.args;
  const folder = environmentIn(await context.root());
  const asked = input.value('path') ?? input.value('python');
  if (asked !== undefined) {
    const found = requireEnvironment(asked, folder);
    context.output.write(`${input.has('path') ? found : pythonOf(found)}\n`);
    return 0;
  }
  if (action === undefined) {
    context.output.write(commandHelp(input.spec));
    return 0;
  }
  if (action === 'list' && rest.length === 0) {
    context.output.write('Virtualenvs created with this project:\n\n');
    if (folder !== undefined) context.output.write(`-  ${IN_PROJECT}: ${folder}\n`);
    return 0;
  }
  if (action === 'list') throw new TspmError('TSPM_CLI_SYNTAX', `tspm venv list: ${rest.join(' ')} is not understood`);
  throw new TspmError('TSPM_UNSUPPORTED', `tspm makes, enters and removes no virtual environments (venv ${action})`, {
    hint: 'packages go to __pypackages__ of a project; `tspm run COMMAND` uses them',
  });
}

/** A virtual environment where PDM looks for one inside a project. */
function environmentIn(root: string): string | undefined {
  return ['.venv', 'venv', 'env'].map((name) => join(root, name)).find((path) => existsSync(join(path, 'pyvenv.cfg')));
}

function requireEnvironment(name: string, folder: string | undefined): string {
  if (folder !== undefined && name === IN_PROJECT) return folder;
  throw new TspmError('TSPM_USAGE', `No virtualenv with key '${name}' is found`, {
    hint: folder === undefined ? 'packages of the project are in __pypackages__' : `there is ${IN_PROJECT}`,
  });
}

function pythonOf(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}
