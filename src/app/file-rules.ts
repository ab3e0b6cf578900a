/** The project's rules about files: formats, dates of upload, the order of sources. */
import type { Cutoff, FileRules, FormatControl } from '../index/file-rules.ts';
import { normalizeName } from '../packaging/name.ts';
import { configText, type Config } from '../project/config.ts';
import { parseCutoff, type CutoffErrorCode } from '../project/exclude-newer.ts';
import { nameList, type Pyproject } from '../project/pyproject.ts';
import type { Environment } from '../project/variables.ts';

/** `--exclude-newer` and `--exclude-newer-override` of a command. */
export interface CutoffOptions {
  readonly excludeNewer: string | undefined;
  /** Normalised name to its cut-off, or `false` for none. */
  readonly excludeNewerOverride: ReadonlyMap<string, string>;
}

/** Where rules come from. */
export interface FileRuleSources {
  readonly pyproject: Pyproject;
  readonly config: Config;
  readonly env: Environment;
  readonly options: CutoffOptions;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** `no-binary`, `only-binary` and `prefer-binary`, or what PDM_NO_BINARY and its like say in their place. */
export function formatControl({ resolution }: Pyproject, env: Environment): FormatControl {
  const names = (variable: string, written: readonly string[]): Set<string> => {
    const text = env[variable];
    const given = text === undefined || text === '' ? written : nameList(text);
    return new Set(given.map((name) => (/^:.*:$/.test(name) ? name : normalizeName(name))));
  };
  return {
    noBinary: names('PDM_NO_BINARY', resolution.noBinary),
    onlyBinary: names('PDM_ONLY_BINARY', resolution.onlyBinary),
    preferBinary: names('PDM_PREFER_BINARY', resolution.preferBinary),
  };
}

/**
 * The rules of a run. The command line goes before pyproject.toml, and that before the configuration. Throws TSPM_CLI_SYNTAX,
 * TSPM_PYPROJECT_INVALID or TSPM_CONFIG_INVALID for a cut-off that is none.
 */
export function fileRules(from: FileRuleSources): FileRules {
  const { resolution } = from.pyproject;
  const read = (text: string, place: string, code: CutoffErrorCode): Cutoff =>
    parseCutoff(text, { now: from.now, place, code });
  const cutoffs = new Map<string, Cutoff | undefined>();
  for (const [key, text] of resolution.excludeNewerOverride) {
    const place = `[tool.pdm.resolution].exclude-newer-override.${key}`;
    cutoffs.set(key, text === false ? undefined : read(text, place, 'TSPM_PYPROJECT_INVALID'));
  }
  for (const [key, text] of from.options.excludeNewerOverride) {
    const place = `--exclude-newer-override ${key}`;
    cutoffs.set(key, text === 'false' ? undefined : read(text, place, 'TSPM_CLI_SYNTAX'));
  }
  return { ...formatControl(from.pyproject, from.env), cutoff: cutoffOf(from, read), cutoffs, exempt: new Set() };
}

function cutoffOf(
  { pyproject, config, options }: FileRuleSources,
  read: (text: string, place: string, code: CutoffErrorCode) => Cutoff,
): Cutoff | undefined {
  const { excludeNewer } = pyproject.resolution;
  const stored = configText(config, 'strategy.exclude-newer');
  if (options.excludeNewer !== undefined) return read(options.excludeNewer, '--exclude-newer', 'TSPM_CLI_SYNTAX');
  if (excludeNewer !== undefined) {
    return read(excludeNewer, '[tool.pdm.resolution].exclude-newer', 'TSPM_PYPROJECT_INVALID');
  }
  return stored === undefined ? undefined : read(stored, 'config strategy.exclude-newer', 'TSPM_CONFIG_INVALID');
}
