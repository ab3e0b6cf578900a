/** The project of `global_project.path`, for `-g` and for folders without a project of their own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TspmError } from '../errors.ts';
import { configFlag, configText, readConfig, type Config, type ConfigPlace } from '../project/config.ts';
import { makeFolders } from '../util/file-system.ts';
import { replaceFile } from '../util/replace-file.ts';
import type { NearestPlace } from './project-files.ts';

/** The global project, with a project file without requirements from the first time on. Throws TSPM_USAGE when it has no place. */
export async function globalProject(place: ConfigPlace): Promise<NearestPlace> {
  return { root: await open(readConfig(place)), isGlobal: true };
}

/** The same where `global_project.fallback` lets it stand in for a project that is not found. */
export async function standIn(place: ConfigPlace): Promise<NearestPlace | undefined> {
  const config = readConfig(place);
  if (!configFlag(config, 'global_project.fallback')) return undefined;
  const found = { root: await open(config), isGlobal: true };
  const isTold = configFlag(config, 'global_project.fallback_verbose');
  return isTold ? { ...found, notice: 'Project is not found, fallback to the global project' } : found;
}

async function open(config: Config): Promise<string> {
  const root = configText(config, 'global_project.path') ?? '';
  if (root === '') {
    const hint = 'name it with `tspm config global_project.path PATH`';
    throw new TspmError('TSPM_USAGE', 'the global project has no place', { hint });
  }
  const file = join(root, 'pyproject.toml');
  if (existsSync(file)) return root;
  makeFolders(root);
  await replaceFile(file, '[project]\ndependencies = []\n');
  return root;
}
