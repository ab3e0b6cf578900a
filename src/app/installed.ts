import { readWorkingSet, type InstalledDistribution } from '../installer/working-set.ts';
import type { Session } from './session.ts';

/** What is installed in the project's `__pypackages__`. */
export async function installedDistributions(session: Session): Promise<readonly InstalledDistribution[]> {
  return readWorkingSet((await session.packages()).base).distributions;
}

/** Installed versions by key. */
export async function installedVersions(session: Session): Promise<Map<string, string>> {
  return new Map((await installedDistributions(session)).map(({ key, version }) => [key, version]));
}
