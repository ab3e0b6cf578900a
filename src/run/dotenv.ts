import type { Environment } from '../util/search-path.ts';

const REFERENCE = /\$\{([^}:]*)(?::-([^}]*))?\}/g;

/**
 * One assignment as python-dotenv reads it, which PDM uses: a name, bare or in single quotes, and a value in single or double quotes (over several
 * lines too) or bare up to a comment. A name without `=` has no value.
 */
const ASSIGNMENT =
  /\s*(?:export[^\S\r\n]+)?(?:'([^']+)'|([^=#\s']\S*?(?=[=#\s]|$)))[^\S\r\n]*(?:(=)[^\S\r\n]*(?:'((?:\\'|[^'])*)'|"((?:\\"|[^"])*)"|(?!['"])([^\r\n]*)))?(?:[^\S\r\n]*#[^\r\n]*)?[^\S\r\n]*(?:\r\n|\n|\r|$)/y;
const LINE = /\s*[^\r\n]*(?:\r\n|\n|\r|$)/y;

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * The variables of a dotenv text; lines that are no assignment are left out. `${NAME}` and `${NAME:-default}` see earlier lines and `env`,
 * of which `override` tells the stronger.
 */
export function readDotenv(text: string, env: Environment, override: boolean): Readonly<Record<string, string>> {
  return expandAll(assignments(text), env, override);
}

/** The same replacement for the `env` table of a script, whose values are the stronger. */
export function expandTable(
  table: Readonly<Record<string, string>>,
  env: Environment,
): Readonly<Record<string, string>> {
  return expandAll(Object.entries(table), env, true);
}

function* assignments(text: string): Generator<readonly [name: string, value: string]> {
  for (let at = 0; at < text.length;) {
    ASSIGNMENT.lastIndex = at;
    const match = ASSIGNMENT.exec(text);
    if (match === null) {
      LINE.lastIndex = at;
      LINE.exec(text);
      at = LINE.lastIndex;
      continue;
    }
    at = ASSIGNMENT.lastIndex;
    const [, quoted, bare, equals, single, double, plain = ''] = match;
    if (equals !== undefined) yield [quoted ?? bare ?? '', valueOf(single, double, plain)];
  }
}

function valueOf(single: string | undefined, double: string | undefined, plain: string): string {
  if (single !== undefined) return single.replaceAll(/\\([\\'])/g, '$1');
  if (double !== undefined)
    return double.replaceAll(/\\([\\'"abfnrtv])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
  return plain.replace(/\s+#.*/, '').trimEnd();
}

function expandAll(
  entries: Iterable<readonly [string, string]>,
  env: Environment,
  override: boolean,
): Readonly<Record<string, string>> {
  const values = new Map<string, string>();
  for (const [name, text] of entries) {
    const value = text.replaceAll(REFERENCE, (_, wanted: string, fallback = '') => {
      const [first, second] = override ? [values.get(wanted), env[wanted]] : [env[wanted], values.get(wanted)];
      return first ?? second ?? fallback;
    });
    values.set(name, value);
  }
  return Object.fromEntries(values);
}
