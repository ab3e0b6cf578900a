import * as v from 'valibot';
import { TspmError } from '../errors.ts';
import { parsePythonRangeStrict } from '../packaging/python-range.ts';
import { CUTOFF_FORMS } from './exclude-newer.ts';

const text = v.string('expected a string');
const flag = v.boolean('expected true or false');
const texts = v.array(text, 'expected an array of strings');
const table = v.custom<object>(isTableLike, 'expected a table');

/** `[project]`: the keys tspm reads; the others belong to the build backend. */
export const projectSchema = v.pipe(
  table,
  v.object({
    name: v.optional(text),
    version: v.optional(text),
    'requires-python': v.optional(
      v.pipe(
        text,
        v.check(isPythonRange, ({ input }) => `expected a version specifier such as ">=3.11", not "${input}"`),
      ),
    ),
    dependencies: v.optional(texts),
    'optional-dependencies': v.optional(table),
  }),
);

/** `[tool.pdm]`: the plain keys; tables are read with their own schemas. */
export const pdmSchema = v.pipe(
  table,
  v.object({
    distribution: v.optional(flag),
    'package-type': v.optional(text),
    plugins: v.optional(texts),
    ignore_package_warnings: v.optional(texts),
    options: v.optional(table),
    scripts: v.optional(table),
    'dev-dependencies': v.optional(table),
    workspace: v.optional(v.pipe(table, v.object({ members: v.optional(texts) }))),
  }),
);

/** One `[[tool.pdm.source]]`. */
const sourceSchema = v.pipe(
  table,
  v.strictObject(
    {
      name: text,
      url: v.optional(text),
      type: v.optional(v.picklist(['index', 'find_links'], 'expected "index" or "find_links"')),
      verify_ssl: v.optional(flag),
      username: v.optional(text),
      password: v.optional(text),
      include_packages: v.optional(texts),
      exclude_packages: v.optional(texts),
      ca_certs: v.optional(text),
      client_cert: v.optional(text),
      client_key: v.optional(text),
    },
    strictMessage,
  ),
);

export const sourcesSchema = v.array(sourceSchema, 'expected an array of tables');

const cutoff = v.string(`expected ${CUTOFF_FORMS}, in quotes`);
const textOrTexts = v.union([text, texts], 'expected a string or an array of strings');

/** `[tool.pdm.resolution]`; further keys are allowed. */
export const resolutionSchema = v.pipe(
  table,
  v.object({
    overrides: v.optional(table),
    excludes: v.optional(texts),
    'respect-source-order': v.optional(flag),
    'allow-prereleases': v.optional(flag),
    'no-binary': v.optional(textOrTexts),
    'only-binary': v.optional(textOrTexts),
    'prefer-binary': v.optional(textOrTexts),
    'exclude-newer': v.optional(cutoff),
    'exclude-newer-override': v.optional(table),
    lock_inputs: v.optional(flag),
  }),
);

/** An exception of `exclude-newer`; false takes the cut-off away. */
export const cutoffOverrideSchema = v.union(
  [v.literal(false), cutoff],
  `expected ${CUTOFF_FORMS}, in quotes, or false`,
);

export const textSchema = text;
export const textsSchema = texts;

/** A `[[tool.pdm.source]]` as written. */
export type RawSource = v.InferOutput<typeof sourceSchema>;

/**
 * The value as its schema describes it; throws TSPM_PYPROJECT_INVALID with the place, as in
 * `[tool.pdm.source][1].url: expected a string`.
 */
export function checkValue<const S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  place: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = place + (issue.path ?? []).map((part) => formatKey(part.key)).join('');
  throw new TspmError('TSPM_PYPROJECT_INVALID', `${where}: ${issue.message}`, { context: { place: where } });
}

function formatKey(key: unknown): string {
  return typeof key === 'number' ? `[${key}]` : `.${String(key)}`;
}

function strictMessage(issue: v.StrictObjectIssue): string {
  if (issue.expected === 'never') return 'unknown key';
  return 'expected a string';
}

function isPythonRange(value: string): boolean {
  try {
    parsePythonRangeStrict(value);
    return true;
  } catch {
    return false;
  }
}

function isTableLike(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
