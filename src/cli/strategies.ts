import { updateStrategyOf, type UpdateStrategy } from '../app/dependencies.ts';
import { configText, type Config } from '../project/config.ts';
import { saveStrategyOf, type SaveStrategy } from '../project/save-strategy.ts';
import type { ParsedCommand } from './command.ts';

/** `--save-…`, else `strategy.save`. */
export function saveStrategy(input: ParsedCommand, config: Config): SaveStrategy {
  const options = ['compatible', 'safe-compatible', 'wildcard', 'exact', 'minimum'];
  const given = options.find((name) => input.has(`save-${name}`));
  return saveStrategyOf(given?.replace('-', '_') ?? configText(config, 'strategy.save') ?? 'minimum');
}

/** `--update-…`, else `strategy.update`. */
export function updateStrategy(input: ParsedCommand, config: Config): UpdateStrategy {
  const options = ['reuse', 'eager', 'all', 'reuse-installed'];
  const given = options.find((name) => input.has(`update-${name}`));
  return updateStrategyOf(given ?? configText(config, 'strategy.update') ?? 'reuse');
}

/** `--pre`, `--stable`, or neither. */
export function prereleaseChoice(input: ParsedCommand): { readonly prereleases?: boolean } {
  if (input.has('pre')) return { prereleases: true };
  return input.has('stable') ? { prereleases: false } : {};
}
