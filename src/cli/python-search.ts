import { configFlag } from '../project/config.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { PythonSearch } from '../python/search.ts';
import type { CommandContext } from './context.ts';

/** Where Pythons are looked for, as the environment and the configuration say. */
export async function pythonSearch(context: CommandContext): Promise<PythonSearch> {
  return {
    env: context.env,
    cwd: context.cwd,
    cacheDir: await context.cacheDir(),
    usePyenv: configFlag(await context.config(), 'python.use_pyenv'),
  };
}

/** How a Python is shown among others to choose from: `cpython@3.11 (/usr/bin/python3.11)`. */
export function pythonLabel({ implementation, ident, executable }: Interpreter): string {
  return `${implementation}@${ident} (${executable})`;
}
