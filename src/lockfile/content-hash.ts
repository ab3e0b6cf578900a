import { createHash } from 'node:crypto';
import { TspmError } from '../errors.ts';
import { pdmProjectName } from '../packaging/name.ts';
import { isArray, isTable, tableAt, valueAt, type TomlTable, type TomlValue } from '../toml/value.ts';
import { sortedText } from '../util/collections.ts';

/** The project file of a member of a workspace, with its path from the root. */
export interface MemberContent {
  readonly path: string;
  readonly document: TomlTable;
}

/** The hash of everything in pyproject.toml (and in those of the members, sorted by path) a lock depends on, `sha256:…` (PDM's `content_hash`). */
export function contentHash(document: TomlTable, members: readonly MemberContent[] = [], algorithm = 'sha256'): string {
  return `${algorithm}:${contentDigest(document, members, algorithm)}`;
}

/** Its hex digits. Throws what `createHash` throws for an algorithm it does not know. */
export function contentDigest(document: TomlTable, members: readonly MemberContent[], algorithm: string): string {
  const digest = (one: TomlTable): string => createHash(algorithm).update(contentText(one), 'utf8').digest('hex');
  if (members.length === 0) return digest(document);
  const whole = createHash(algorithm).update(digest(document));
  for (const member of members) whole.update(`\0${member.path}\0${digest(member.document)}`);
  return whole.digest('hex');
}

/** The text that is hashed: one line of JSON as Python writes it, keys sorted. Throws TSPM_PYPROJECT_INVALID for dates. */
export function contentText(document: TomlTable): string {
  const content: Record<string, TomlValue> = {
    sources: valueAt(document, ['tool', 'pdm', 'source']) ?? [],
    dependencies: valueAt(document, ['project', 'dependencies']) ?? [],
    'dev-dependencies': devGroups(document),
    'optional-dependencies': valueAt(document, ['project', 'optional-dependencies']) ?? {},
    'requires-python': valueAt(document, ['project', 'requires-python']) ?? '',
    resolution: valueAt(document, ['tool', 'pdm', 'resolution']) ?? {},
  };
  return pythonJson(content, []);
}

/** Both tables of development groups by normalised name, the older one's lines behind the other's. */
function devGroups(document: TomlTable): TomlTable {
  const groups: Record<string, TomlValue> = Object.create(null);
  for (const path of [['dependency-groups'], ['tool', 'pdm', 'dev-dependencies']]) {
    for (const [name, value] of Object.entries(tableAt(document, path) ?? {})) {
      const key = pdmProjectName(name).toLowerCase();
      const before = groups[key];
      groups[key] = isArray(before) && isArray(value) ? [...before, ...value] : value;
    }
  }
  return groups;
}

/** JSON with Python's separators, escapes and numbers. */
function pythonJson(value: TomlValue, place: readonly string[]): string {
  if (typeof value === 'string') return asciiJson(value);
  if (typeof value === 'number') return pythonFloat(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Date) {
    throw new TspmError('TSPM_PYPROJECT_INVALID', `${place.join('.')}: a date must be written in quotes`);
  }
  if (isTable(value)) {
    const rows = sortedText(Object.keys(value)).map(
      (key) => `${asciiJson(key)}: ${pythonJson(value[key] ?? '', [...place, key])}`,
    );
    return `{${rows.join(', ')}}`;
  }
  return `[${value.map((item, index) => pythonJson(item, [...place, String(index)])).join(', ')}]`;
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Python's shortest form: always a point or an exponent, exponents of two digits from 1e16 on and below 1e-4. */
function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (Object.is(value, -0)) return '-0.0';
  const [digits = '0', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (value !== 0 && (power >= 16 || power < -4)) {
    const size = String(Math.abs(power)).padStart(2, '0');
    return `${digits}e${power < 0 ? '-' : '+'}${size}`;
  }
  if (power >= 0) {
    const plain = String(value);
    return plain.includes('.') ? plain : `${plain}.0`;
  }
  const sign = value < 0 ? '-' : '';
  return `${sign}0.${'0'.repeat(-power - 1)}${digits.replace(/[-.]/g, '')}`;
}
