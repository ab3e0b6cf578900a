import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TspmError } from '../errors.ts';
import { configText, type Config } from '../project/config.ts';
import { codeOf, ioFault } from '../util/io-fault.ts';
import { repeatable } from '../util/repeatable.ts';

/** Which lock file a project uses. */
export interface LockPlace {
  /** Absolute. */
  readonly path: string;
  /** What the user should know of the choice. */
  readonly warning: string | undefined;
}

/**
 * The lock file: `named` (`-L`, relative to `cwd`), else a `pylock.toml` where the setting `lock.format` asks for one, else the `pdm.lock`
 * that is there, else a new file by the setting.
 */
export function lockPlace(
  root: string,
  config: Config,
  { named, cwd }: { readonly named: string | undefined; readonly cwd: string },
): LockPlace {
  if (named !== undefined && named !== '') return { path: resolve(cwd, named), warning: undefined };
  const [pdm, pylock] = [join(root, 'pdm.lock'), join(root, 'pylock.toml')];
  if (!wantsPylock(config)) return { path: pdm, warning: undefined };
  if (existsSync(pylock) || !existsSync(pdm)) return { path: pylock, warning: undefined };
  return {
    path: pdm,
    warning:
      '`lock.format` is set to pylock but pylock.toml is not found, using pdm.lock instead; `tspm export -f pylock -o pylock.toml` makes one',
  };
}

/** Whether a new lock file is to be a pylock.toml. */
export function wantsPylock(config: Config): boolean {
  return configText(config, 'lock.format') === 'pylock';
}

/** The text of the lock file. Throws TSPM_LOCK_MISSING. */
export function readLockText(path: string): string {
  try {
    return repeatable(() => readFileSync(path, 'utf8'));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw ioFault('cannot read', path, error);
    throw new TspmError('TSPM_LOCK_MISSING', 'Lockfile does not exist, nothing to install', {
      hint: 'run `tspm lock` first, or `tspm install`',
      context: { path },
    });
  }
}
