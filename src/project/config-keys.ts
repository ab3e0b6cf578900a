import { TspmError } from '../errors.ts';
import { join } from 'node:path';
import { compareText } from '../util/collections.ts';
import { nearestName } from '../util/nearest.ts';
import { homeFolder, type Environment } from './variables.ts';

/** What a configuration value must look like. Values from files may also be TOML booleans and integers. */
type ConfigType = 'text' | 'flag' | 'integer' | 'list' | 'cutoff';

/** One configuration key, as PDM has it. */
export interface ConfigKey {
  readonly key: string;
  readonly type: ConfigType;
  readonly description: string;
  /** Built-in value; undefined when there is none. */
  readonly default: (env: Environment) => string | undefined;
  /** Variable that beats every file. */
  readonly env?: string;
  /** Older spellings still read from files. */
  readonly aliases?: readonly string[];
  /** What it may be set to; undefined when anything goes. */
  readonly choices?: readonly string[];
  /** May be set in the home file only. */
  readonly homeOnly?: true;
}

type Row = readonly [
  key: string,
  type: ConfigType,
  value: string | undefined,
  description: string,
  more?: Partial<ConfigKey>,
];

const HOME_ONLY = { homeOnly: true } as const;

const ROWS: readonly Row[] = [
  [
    'build_isolation',
    'flag',
    'True',
    'Build source distributions in an environment of their own',
    { env: 'PDM_BUILD_ISOLATION' },
  ],
  [
    'check_update',
    'flag',
    'True',
    'Accepted for PDM; tspm never looks for updates',
    { env: 'PDM_CHECK_UPDATE', ...HOME_ONLY },
  ],
  ['global_project.fallback', 'flag', 'False', 'Use the global project where there is no project', HOME_ONLY],
  ['global_project.fallback_verbose', 'flag', 'True', 'Say so when the global project is used', HOME_ONLY],
  ['global_project.user_site', 'flag', 'False', 'Install the global project into the user site', HOME_ONLY],
  [
    'install.cache',
    'flag',
    'False',
    'Share one unpacked copy of each wheel between projects',
    { aliases: ['feature.install_cache'] },
  ],
  [
    'install.cache_method',
    'text',
    'symlink',
    'How shared packages are placed: symlink, hardlink or copy',
    {
      aliases: ['feature.install_cache_method'],
      choices: ['symlink', 'symlink_individual', 'hardlink', 'copy', 'pth'],
    },
  ],
  [
    'install.parallel',
    'flag',
    'True',
    'Install packages side by side',
    { env: 'PDM_INSTALL_PARALLEL', aliases: ['parallel_install'] },
  ],
  [
    'lock.format',
    'text',
    'pdm',
    'Format of new lock files: pdm or pylock',
    { env: 'PDM_LOCK_FORMAT', choices: ['pdm', 'pylock'] },
  ],
  ['python.providers', 'list', '', 'Where interpreters are looked for, empty for everywhere'],
  ['python.use_pyenv', 'flag', 'True', 'Try the interpreter pyenv selects first', { aliases: ['use_pyenv'] }],
  ['python.use_python_version', 'flag', 'True', 'Read and write .python-version', { env: 'PDM_USE_PYTHON_VERSION' }],
  ['python.use_venv', 'flag', 'True', 'Use virtual environments', { env: 'PDM_USE_VENV', aliases: ['use_venv'] }],
  ['pypi.ca_certs', 'text', undefined, 'Certificates trusted for the default index', HOME_ONLY],
  ['pypi.client_cert', 'text', undefined, 'Client certificate for the default index', HOME_ONLY],
  ['pypi.client_key', 'text', undefined, 'Key of the client certificate', HOME_ONLY],
  [
    'pypi.ignore_stored_index',
    'flag',
    'False',
    'Use only the sources of pyproject.toml',
    { env: 'PDM_IGNORE_STORED_INDEX' },
  ],
  ['pypi.json_api', 'flag', 'False', 'Accepted for PDM', { env: 'PDM_PYPI_JSON_API' }],
  ['pypi.password', 'text', undefined, 'Password for the default index', { env: 'PDM_PYPI_PASSWORD' }],
  ['pypi.url', 'text', 'https://pypi.org/simple', 'The default index', { env: 'PDM_PYPI_URL' }],
  ['pypi.username', 'text', undefined, 'User name for the default index', { env: 'PDM_PYPI_USERNAME' }],
  ['pypi.verify_ssl', 'flag', 'True', 'Check the certificate of the default index', { env: 'PDM_PYPI_VERIFY_SSL' }],
  [
    'request_timeout',
    'integer',
    '15',
    'Seconds to wait for an answer from the network',
    { env: 'PDM_REQUEST_TIMEOUT', ...HOME_ONLY },
  ],
  [
    'scripts.show_header',
    'flag',
    'False',
    'Print the name of each script that runs',
    { env: 'PDM_SCRIPTS_SHOW_HEADER' },
  ],
  ['strategy.exclude-newer', 'cutoff', undefined, 'Ignore files uploaded after this time'],
  ['strategy.inherit_metadata', 'flag', 'True', 'Write groups and markers into new lock files'],
  [
    'strategy.resolve_max_rounds',
    'integer',
    '10000',
    'Accepted for PDM',
    { env: 'PDM_RESOLVE_MAX_ROUNDS', aliases: ['strategy_resolve_max_rounds'] },
  ],
  [
    'strategy.save',
    'text',
    'minimum',
    'How added versions are written: minimum, compatible, safe_compatible, exact or wildcard',
    { choices: ['minimum', 'compatible', 'safe_compatible', 'exact', 'wildcard'] },
  ],
  [
    'strategy.update',
    'text',
    'reuse',
    'What an update may move: reuse, eager, all or reuse-installed',
    { choices: ['reuse', 'eager', 'all', 'reuse-installed'] },
  ],
  ['theme.error', 'text', 'red', 'Accepted for PDM', HOME_ONLY],
  ['theme.info', 'text', 'blue', 'Accepted for PDM', HOME_ONLY],
  ['theme.primary', 'text', 'cyan', 'Accepted for PDM', HOME_ONLY],
  ['theme.req', 'text', 'bold green', 'Accepted for PDM', HOME_ONLY],
  ['theme.success', 'text', 'green', 'Accepted for PDM', HOME_ONLY],
  ['theme.warning', 'text', 'yellow', 'Accepted for PDM', HOME_ONLY],
  ['use_uv', 'flag', 'False', 'Accepted for PDM; tspm does not use uv', { env: 'PDM_USE_UV' }],
  ['venv.backend', 'text', 'virtualenv', 'Accepted for PDM', { env: 'PDM_VENV_BACKEND' }],
  ['venv.in_project', 'flag', 'True', 'Accepted for PDM', { env: 'PDM_VENV_IN_PROJECT' }],
  ['venv.prompt', 'text', '{project_name}-{python_version}', 'Accepted for PDM', { env: 'PDM_VENV_PROMPT' }],
  ['venv.with_pip', 'flag', 'False', 'Accepted for PDM', { env: 'PDM_VENV_WITH_PIP' }],
];

const FOLDERS: readonly ConfigKey[] = [
  {
    key: 'cache_dir',
    type: 'text',
    description: 'Folder of downloaded and unpacked packages',
    default: (env) => underHome(env, 'XDG_CACHE_HOME', ['.cache'], 'tspm'),
    env: 'PDM_CACHE_DIR',
  },
  {
    key: 'global_project.path',
    type: 'text',
    description: 'Folder of the global project',
    default: (env) => underHome(env, 'XDG_CONFIG_HOME', ['.config'], 'pdm/global-project'),
    homeOnly: true,
  },
  {
    key: 'log_dir',
    type: 'text',
    description: 'Folder of log files',
    default: (env) => underHome(env, 'XDG_STATE_HOME', ['.local', 'state'], 'tspm/log'),
    env: 'PDM_LOG_DIR',
    homeOnly: true,
  },
  {
    key: 'python.install_root',
    type: 'text',
    description: 'Where managed interpreters are kept',
    default: (env) => underHome(env, 'XDG_DATA_HOME', ['.local', 'share'], 'pdm/python'),
    homeOnly: true,
  },
  {
    key: 'venv.location',
    type: 'text',
    description: 'Accepted for PDM',
    default: (env) => underHome(env, 'XDG_DATA_HOME', ['.local', 'share'], 'pdm/venvs'),
    homeOnly: true,
  },
];

/** Every known key, sorted. */
export const CONFIG_KEYS: readonly ConfigKey[] = [
  ...FOLDERS,
  ...ROWS.map(([key, type, value, description, more]): ConfigKey => ({
    key,
    type,
    description,
    default: () => value,
    ...more,
  })),
].sort((a, b) => compareText(a.key, b.key));

const BY_NAME = new Map(
  CONFIG_KEYS.flatMap((key) => [key.key, ...(key.aliases ?? [])].map((name) => [name, key] as const)),
);

/** The attributes of a stored index or repository: `pypi.NAME.ATTRIBUTE`. */
export const SOURCE_ATTRIBUTES: readonly string[] = [
  'url',
  'username',
  'password',
  'verify_ssl',
  'type',
  'ca_certs',
  'client_cert',
  'client_key',
  'include_packages',
  'exclude_packages',
];

/** The key of that name or older name; undefined when nobody knows it. */
export function findConfigKey(name: string): ConfigKey | undefined {
  return BY_NAME.get(name);
}

/** `$VARIABLE/name`, else that folder below home; undefined when there is no home. */
function underHome(env: Environment, variable: string, folders: readonly string[], name: string): string | undefined {
  const base = env[variable];
  if (base !== undefined && base.startsWith('/')) return join(base, name);
  const home = homeFolder(env);
  return home === undefined ? undefined : join(home, ...folders, name);
}

/** The key of this name. Throws TSPM_CONFIG_UNKNOWN_KEY. */
export function requireKey(name: string): ConfigKey {
  const key = findConfigKey(name);
  if (key === undefined) throw unknownKey(name);
  return key;
}

/** The error for a name that is no key. */
export function unknownKey(name: string): TspmError {
  const near = nearestName(
    name,
    CONFIG_KEYS.map(({ key }) => key),
  );
  return new TspmError('TSPM_CONFIG_UNKNOWN_KEY', `No such config key: '${name}'`, {
    ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
    context: { key: name },
  });
}
