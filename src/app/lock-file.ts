import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TspmError } from '../errors.ts';
import type { Lockfile } from '../lockfile/model.ts';
import { readLockfile } from '../lockfile/read.ts';
import { configText } from '../project/config.ts';
import type { Session } from './session.ts';

/** Absolute path of the lock file: `named` (`-L`, relative to `cwd`), else `pdm.lock` in the root. Throws TSPM_UNSUPPORTED for pylock.toml. */
export function lockPath(session: Session, named: string | undefined, cwd: string): string {
  const path = named === undefined || named === '' ? join(session.root, 'pdm.lock') : resolve(cwd, named);
  const wantsPylock = configText(session.settings.config, 'lock.format') === 'pylock' && existsSync(join(session.root, 'pylock.toml'));
  if (path.endsWith('pylock.toml') || wantsPylock) {
    throw new TspmError('TSPM_UNSUPPORTED', 'pylock.toml is not supported yet', { hint: 'use a pdm.lock' });
  }
  return path;
}

/** The lock there is; undefined without a file. Throws as `readLockfile`. */
export function readLockIfAny(path: string): Lockfile | undefined {
  return existsSync(path) ? readLockfile(path) : undefined;
}
