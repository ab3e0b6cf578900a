import { isTspmError, type TspmError } from '../errors.ts';
import { offlineError } from '../http/offline.ts';
import { sortedText } from '../util/collections.ts';

/** The error for files that only the network has. */
export function missingFiles(files: readonly string[]): TspmError {
  const shown =
    files.length > MOST_SHOWN ? [...files.slice(0, MOST_SHOWN), `${files.length - MOST_SHOWN} more`] : files;
  const list = shown.length === 1 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
  return offlineError(`${list} ${files.length === 1 ? 'is' : 'are'} not in the cache`, { files });
}

/** Tries to get at everything and throws one error for all files that are missing; other failures are left to whoever needs the thing. */
export async function requireFiles(attempts: readonly (() => Promise<unknown>)[]): Promise<void> {
  const missing: string[] = [];
  for (const attempt of attempts) {
    try {
      await attempt();
    } catch (error) {
      const files = isTspmError(error) && error.code === 'TSPM_OFFLINE' ? error.context['files'] : undefined;
      if (Array.isArray(files)) missing.push(...files.map(String));
    }
  }
  if (missing.length > 0) throw missingFiles(sortedText(new Set(missing)));
}

const MOST_SHOWN = 5;
