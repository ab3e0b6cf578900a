import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TspmError } from '../errors.ts';
import { configText, type Config } from '../project/config.ts';

/** Absolute path of the lock file: `named` (`-L`, relative to `cwd`), else `pdm.lock` in the root. Throws TSPM_UNSUPPORTED for pylock.toml. */
export function lockPath(
  root: string,
  config: Config,
  { named, cwd }: { readonly named: string | undefined; readonly cwd: string },
): string {
  const path = named === undefined || named === '' ? join(root, 'pdm.lock') : resolve(cwd, named);
  const wantsPylock = configText(config, 'lock.format') === 'pylock' && existsSync(join(root, 'pylock.toml'));
  if (path.endsWith('pylock.toml') || wantsPylock) {
    throw new TspmError('TSPM_UNSUPPORTED', 'pylock.toml is not supported yet', { hint: 'use a pdm.lock' });
  }
  return path;
}

/** The text of the lock file. Throws TSPM_LOCK_MISSING. */
export function readLockText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
      throw new TspmError('TSPM_IO', `cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
    throw new TspmError('TSPM_LOCK_MISSING', 'Lockfile does not exist, nothing to install', {
      hint: 'run `tspm lock` first, or `tspm install`',
      context: { path },
    });
  }
}
