/** The environment of git: the user's own settings for the network, none that change what is checked out. Pure. */
import { OF_A_REPOSITORY } from '../util/git-variables.ts';
import type { Environment } from '../util/search-path.ts';
import type { Repository } from './repository.ts';

/** A silent server is given up after so many seconds. */
const SILENCE_SECONDS = 60;

type Setting = readonly [key: string, value: string];

const SETTINGS: readonly Setting[] = [
  // Nothing of the user's runs in a checkout, and none of their habits change its bytes.
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.autocrlf', 'false'],
  ['core.symlinks', 'true'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['advice.detachedHead', 'false'],
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', String(SILENCE_SECONDS)],
];

/** The settings of a call as git's own options, which its submodules inherit. They hold no secret: credentials are in the environment. */
export function gitOptions(repository: Repository): string[] {
  const settings = [...SETTINGS, ...protocolSettings(repository), ...credentialSettings(repository)];
  return settings.flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

/**
 * Messages are in English and nobody is asked for anything. Credentials of the address reach git by a helper that prints two variables:
 * neither command lines nor files show them. Large files (LFS) are left as their pointers unless GIT_LFS_SKIP_SMUDGE says otherwise.
 */
export function gitEnvironment(env: Environment, { user, password }: Repository): Environment {
  const kept = Object.entries(env).filter(([name]) => !OF_A_REPOSITORY.includes(name));
  return {
    ...Object.fromEntries(kept),
    GIT_TERMINAL_PROMPT: '0',
    GIT_LFS_SKIP_SMUDGE: env['GIT_LFS_SKIP_SMUDGE'] ?? '1',
    LC_ALL: 'C',
    LANGUAGE: 'C',
    TSPM_GIT_USER: user,
    TSPM_GIT_PASSWORD: password,
  };
}

/** Submodules may lie on this machine where the repository itself does; what comes over the network leads to nothing local. */
function protocolSettings({ url }: Repository): Setting[] {
  return url.startsWith('file:') ? [['protocol.file.allow', 'always']] : [];
}

const HELPER = `!printf 'username=%s\\npassword=%s\\n' "$TSPM_GIT_USER" "$TSPM_GIT_PASSWORD" #`;

/** With a password the address counts alone; a user without one may be known to the user's own helpers, which are asked first. */
function credentialSettings({ url, user, password }: Repository): Setting[] {
  if (user === '' && password === '') return [];
  const place = `credential.${/^[^:]+:\/\/[^/]*/.exec(url)?.[0] ?? url}`;
  if (password !== '') {
    return [
      [`${place}.helper`, ''],
      [`${place}.helper`, HELPER],
    ];
  }
  return [
    [`${place}.username`, user],
    [`${place}.helper`, HELPER],
  ];
}
