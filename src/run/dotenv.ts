import { parseEnv } from 'node:util';
import type { Environment } from '../util/search-path.ts';

const REFERENCE = /\$\{([^}:]+)(?::-([^}]*))?\}/g;

/** The variables of a dotenv text; `${NAME}` and `${NAME:-default}` see earlier lines, then `env`. */
export function readDotenv(text: string, env: Environment): Readonly<Record<string, string>> {
  const parsed = Object.entries(parseEnv(text)).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return expandAll(parsed, env);
}

/** The same replacement for the `env` table of a script. */
export function expandTable(
  table: Readonly<Record<string, string>>,
  env: Environment,
): Readonly<Record<string, string>> {
  return expandAll(Object.entries(table), env);
}

function expandAll(
  entries: readonly (readonly [string, string])[],
  env: Environment,
): Readonly<Record<string, string>> {
  const values = new Map<string, string>();
  for (const [name, text] of entries) {
    const value = text.replaceAll(REFERENCE, (_, wanted: string, fallback?: string) => {
      const known = values.get(wanted) ?? env[wanted];
      return known === undefined || known === '' ? (fallback ?? known ?? '') : known;
    });
    values.set(name, value);
  }
  return Object.fromEntries(values);
}
