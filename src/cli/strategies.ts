import type { VersionChoices } from '../app/change-project.ts';
import { updateStrategyOf, type UpdateStrategy } from '../app/dependencies.ts';
import { configText, type Config } from '../project/config.ts';
import { saveStrategyOf, type SaveStrategy } from '../project/save-strategy.ts';
import type { ParsedCommand } from './command.ts';

/** `--update-…`, `--save-…`, `--pre` and `--stable`; for the first two what the configuration says otherwise. */
export function versionChoices(input: ParsedCommand, config: Config): VersionChoices {
  const prereleases = input.has('pre') ? true : input.has('stable') ? false : undefined;
  return {
    update: updateStrategy(input, config),
    save: saveStrategy(input, config),
    ...(prereleases === undefined ? {} : { prereleases }),
  };
}

function saveStrategy(input: ParsedCommand, config: Config): SaveStrategy {
  const options = ['compatible', 'safe-compatible', 'wildcard', 'exact', 'minimum'];
  const given = options.find((name) => input.has(`save-${name}`));
  return saveStrategyOf(given?.replace('-', '_') ?? configText(config, 'strategy.save') ?? 'minimum');
}

function updateStrategy(input: ParsedCommand, config: Config): UpdateStrategy {
  const options = ['reuse', 'eager', 'all', 'reuse-installed'];
  const given = options.find((name) => input.has(`update-${name}`));
  return updateStrategyOf(given ?? configText(config, 'strategy.update') ?? 'reuse');
}
