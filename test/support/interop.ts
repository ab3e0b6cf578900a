import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A public project with the lock PDM wrote for it. */
export interface InteropProject {
  readonly name: string;
  readonly pyproject: string;
  readonly lock: string;
}

/** Why tests on real projects are skipped. */
export const INTEROP_MISSING = 'no folder of real projects beside the repository';

/** The real projects, empty when their folder is absent. */
export function interopProjects(): InteropProject[] {
  const folder = fileURLToPath(new URL('../../../shared/interop-projects/', import.meta.url));
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
  return names.map((name) => ({
    name,
    pyproject: readFileSync(`${folder}${name}/pyproject.toml`, 'utf8'),
    lock: readFileSync(`${folder}${name}/pdm.lock`, 'utf8'),
  }));
}
