import { dirname, join } from 'node:path';
import type { Environment } from '../util/search-path.ts';

/** What the environment of a program under `run` is made of. */
export interface EnvironmentFacts {
  /** The environment tspm was started with. */
  readonly env: Environment;
  readonly root: string;
  /** The folder `run` was called in. */
  readonly runCwd: string;
  /** `<root>/__pypackages__/X.Y`. */
  readonly packages: string;
  /** The project's Python. */
  readonly executable: string;
  /** See {@link hookFolder}. */
  readonly hookFolder: string;
  readonly windows: boolean;
}

/**
 * The environment in which any program finds the project's packages: scripts through PATH, modules through PYTHONPATH and the
 * start-up hook. A PYTHONPATH that was empty ends with a separator: Python then also looks in the current folder, as it does
 * under PDM.
 */
export function childEnvironment(facts: EnvironmentFacts): Environment {
  const { env, root, runCwd, packages, executable, windows } = facts;
  const separator = windows ? ';' : ':';
  const pathName = windows ? (Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'Path') : 'PATH';
  const path = [scriptsFolder(packages, windows), env[pathName] || undefined, dirname(executable)];
  return {
    ...env,
    [pathName]: path.filter((part) => part !== undefined).join(separator),
    PYTHONPATH: pythonPath(env['PYTHONPATH'] ?? '', facts.hookFolder, separator),
    PDM_PROJECT_ROOT: root,
    PDM_RUN_CWD: runCwd,
    PEP582_PACKAGES: packages,
  };
}

/** Where the commands of installed packages are: `bin`, on Windows `Scripts`. */
export function scriptsFolder(packages: string, windows: boolean): string {
  return join(packages, windows ? 'Scripts' : 'bin');
}

function pythonPath(current: string, hook: string, separator: string): string {
  const kept = current.split(separator).filter((entry) => !/[\\/]pep582/.test(entry));
  return [hook, ...(kept.length === 0 ? [''] : kept)].join(separator);
}
