/** What a sync depends on, and whether the last one still holds: all that a sync with nothing to do needs to load. */
import { createHash } from 'node:crypto';
import type { LinkMethod } from '../installer/state.ts';
import { configFlag, configText, type Config } from '../project/config.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { OwnInstall } from './own-install.ts';

/** What a sync shall do beside installing the selected packages. */
export interface SyncOptions {
  /** Normalised groups to install. */
  readonly groups: readonly string[];
  /** `unlocked`: remove what the lock does not have; `unselected`: remove what is not selected. */
  readonly clean: 'nothing' | 'unlocked' | 'unselected';
  readonly reinstall: boolean;
  readonly dryRun: boolean;
  /** How the project itself is installed. */
  readonly own: OwnInstall;
  /** Whether editable packages are installed as such. */
  readonly editable: boolean;
}

/** How packages are brought into the project: `install.cache` off means plain copies from wheel files. */
export interface InstallSettings {
  readonly cache: boolean;
  readonly method: LinkMethod;
}

/** `install.cache` and `install.cache_method` as PDM reads them: whatever contains `symlink`, else `link`. */
export function installSettings(config: Config): InstallSettings {
  if (!configFlag(config, 'install.cache')) return { cache: false, method: 'copy' };
  const text = (configText(config, 'install.cache_method') ?? 'symlink').toLowerCase();
  const method = text.includes('symlink')
    ? 'symlink'
    : text.includes('link')
      ? 'hardlink'
      : text === 'pth'
        ? 'pth'
        : 'copy';
  return { cache: true, method };
}

/** The facts that decide what a sync makes. */
export interface SyncFacts {
  readonly lockText: string;
  readonly pyprojectText: string;
  readonly interpreter: Pick<Interpreter, 'executable' | 'versionText' | 'markers'>;
  readonly config: Config;
  readonly options: SyncOptions;
  /** What decides how the project itself is installed, pyproject.toml aside; empty when it is not. */
  readonly ownFiles: string;
}

/**
 * The digest of everything a sync follows from: when the last one ended with the same digest and its packages are still there, nothing
 * has to be read or done.
 */
export function syncInputs({ lockText, pyprojectText, interpreter, config, options, ownFiles }: SyncFacts): string {
  const { executable, versionText, markers } = interpreter;
  const { groups, clean, own, editable } = options;
  const formats = [config.env['PDM_NO_BINARY'] ?? '', config.env['PDM_ONLY_BINARY'] ?? ''];
  const facts = {
    version: 4,
    own,
    ownFiles,
    editable,
    formats,
    groups,
    clean,
    settings: installSettings(config),
    executable,
    versionText,
    markers,
  };
  const hash = createHash('sha256').update(JSON.stringify(facts));
  return hash.update('\0').update(lockText).update('\0').update(pyprojectText).digest('hex');
}
