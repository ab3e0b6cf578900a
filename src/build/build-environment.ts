/** The environment variables of a build. Pure. */
import { dirname } from 'node:path';
import { OF_A_REPOSITORY } from '../util/git-variables.ts';
import type { Environment } from '../util/search-path.ts';

/** What an isolated build finds. */
export interface IsolatedPlace {
  /** Folder with the sitecustomize.py of the build. */
  readonly hook: string;
  /** Commands of the build requirements. */
  readonly bin: string;
  /** The interpreter that runs the build. */
  readonly executable: string;
}

/** Variables that lead Python to other packages or settings than those of the build. */
const OF_PYTHON: readonly string[] = [
  'PYTHONPATH',
  'PYTHONHOME',
  'PYTHONSTARTUP',
  'PYTHONPLATLIBDIR',
  'PEP582_PACKAGES',
  '__PYVENV_LAUNCHER__',
];

/** Variables that hold a credential by their name; a build runs foreign code, which has no business with them. */
const SECRET = /(?:^|_)(?:TOKEN|PASSWORD|PASSWD|SECRET|SECRET_KEY|API_KEY|ACCESS_KEY|PRIVATE_KEY)$/i;

/** Set to `inherit`, builds get credentials too. */
const INHERIT = 'TSPM_BUILD_ENV';

/** The variables without credentials, unless TSPM_BUILD_ENV is `inherit`. */
export function withoutSecrets(env: Environment): Environment {
  if (env[INHERIT] === 'inherit') return env;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SECRET.test(name)));
}

/** The environment in which Python imports the build requirements and nothing else, and finds their commands first. */
export function isolatedEnvironment(env: Environment, { hook, bin, executable }: IsolatedPlace): Environment {
  const separator = process.platform === 'win32' ? ';' : ':';
  // A backend may ask git for a version: of its own sources, not of the repository whose hook runs tspm.
  const left = [...OF_PYTHON, ...OF_A_REPOSITORY];
  const kept = Object.entries(withoutSecrets(env)).filter(([name]) => !left.includes(name));
  const path = [bin, dirname(executable), ...(env['PATH'] === undefined ? [] : [env['PATH']])].join(separator);
  return { ...Object.fromEntries(kept), PATH: path, PYTHONPATH: hook, PYTHONNOUSERSITE: '1' };
}
