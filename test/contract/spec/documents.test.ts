import { describe, expect, it } from 'vitest';
import { isTspmError } from '../../../src/errors.ts';
import { expandDependencyGroups } from '../../../src/packaging/dependency-groups.ts';
import { readHeaders } from '../../../src/packaging/headers.ts';
import { parseMetadata } from '../../../src/packaging/metadata.ts';
import { validatePylock } from '../../../src/packaging/pylock.ts';
import { loadVectors, vectorTitle } from '../../support/conformance.ts';

const groups = loadVectors('dependency-groups');
const metadata = loadVectors('metadata-parse');
const pylock = loadVectors('pylock');

/** Fields of the reference whose value is one text or a list of texts, with their headers. */
const HEADERS: Readonly<Record<string, string>> = {
  classifiers: 'classifier',
  import_names: 'import-name',
  import_namespaces: 'import-namespace',
  license_files: 'license-file',
  platforms: 'platform',
  supported_platforms: 'supported-platform',
};
/** What is split further or stands below the headers: nothing of it is used. */
const UNUSED = new Set(['description', 'keywords', 'project_urls']);

describe('document vectors', () => {
  it.skipIf(groups === undefined)(
    vectorTitle('dependency groups expand or are refused', 'dependency-groups', groups),
    () => {
      for (const [table, group, ok, expected] of groups?.cases ?? []) {
        const result = expanded(tableOf(table), String(group));
        expect({ table, result }).toEqual({ table, result: ok === true ? expected : undefined });
      }
    },
  );

  it.skipIf(metadata === undefined)(vectorTitle('metadata headers are read', 'metadata-parse', metadata), () => {
    for (const [text, fields, unparsed] of metadata?.cases ?? []) {
      const read = readHeaders(String(text)).fields;
      for (const [field, value] of Object.entries(tableOf(fields))) {
        if (UNUSED.has(field)) continue;
        const header = HEADERS[field] ?? field.replaceAll('_', '-');
        expect({ text, field, values: read.get(header) }).toEqual({
          text,
          field,
          values: Array.isArray(value) ? value : [value],
        });
      }
      for (const [header, values] of Object.entries(tableOf(unparsed))) {
        if (header === 'description') continue;
        expect({ text, header, values: read.get(header) }).toEqual({ text, header, values });
      }
    }
  });

  it.skipIf(metadata === undefined)(vectorTitle('whole metadata is read', 'metadata-parse', metadata), () => {
    const whole = (metadata?.cases ?? []).filter(([, fields]) => {
      const { name, version } = tableOf(fields);
      return typeof name === 'string' && typeof version === 'string';
    });
    expect(whole.length).toBeGreaterThan(3);
    for (const [text, fields] of whole) {
      const { name, version, requires_dist: requires = [], requires_python: python, summary = '' } = tableOf(fields);
      const read = parseMetadata(String(text));
      expect([read.name, read.version, read.requiresDist, read.requiresPython, read.summary]).toEqual([
        name,
        version,
        requires,
        python,
        summary,
      ]);
    }
  });

  it.skipIf(pylock === undefined)(vectorTitle('pylock documents are accepted or refused', 'pylock', pylock), () => {
    for (const [document, ok] of pylock?.cases ?? []) {
      const problem = validatePylock(document);
      expect({ document, problem, ok: problem === undefined }).toEqual({ document, problem, ok });
    }
  });
});

function expanded(table: Readonly<Record<string, unknown>>, group: string): string[] | undefined {
  try {
    return expandDependencyGroups(table, group);
  } catch (error) {
    if (isTspmError(error) && error.code === 'TSPM_INVALID_GROUP') return undefined;
    throw error;
  }
}

function tableOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) return { ...value };
  throw new Error('expected a table');
}
