import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedDocument, sameValue, type TomlChange } from '../../src/toml/change.ts';
import { editToml } from '../../src/toml/edit.ts';
import { parseToml } from '../../src/toml/parse.ts';
import { isArray, isTable, valueAt, type TomlPath, type TomlTable, type TomlValue } from '../../src/toml/value.ts';
import { INTEROP_MISSING, interopProjects } from '../support/interop.ts';

const item = fc.oneof(
  fc.constantFrom('requests', 'rich>=13', 'numpy; python_version < "3.9"', "it's", 'a\\b', 'é', 'tab\there'),
  fc.string({ maxLength: 6 }),
);
const blank = fc.constantFrom('', ' ', '  ', '\t');
const comment = fc.constantFrom('', ' # why', '# x, "y"', '  # ] [ }');

const literal = (text: string) => (/['\u0000-\u001f\u007f]/.test(text) ? JSON.stringify(text) : `'${text}'`);
const quotedItem = fc
  .tuple(
    item.map((text) => text.replaceAll(/[\u0000-\u001f\u007f\ud800-\udfff]/g, '')),
    fc.boolean(),
  )
  .map(([text, single]) => (single ? literal(text) : JSON.stringify(text)));
const element = fc.oneof(
  { weight: 6, arbitrary: quotedItem },
  { weight: 1, arbitrary: fc.constantFrom('{include-group = "g"}', '{ include-group = "h" }') },
);

/** An array in one of the layouts people write. */
const arrayText = fc
  .record({
    elements: fc.array(fc.tuple(element, blank, comment, fc.boolean()), { maxLength: 5 }),
    indent: fc.constantFrom('', '  ', '    ', '\t'),
    block: fc.boolean(),
    trailing: fc.boolean(),
    above: comment,
  })
  .map(({ elements, indent, block, trailing, above }) => {
    if (!block) {
      const inner = elements.map(([text, space]) => space + text).join(',');
      return `[${inner}${trailing && elements.length > 0 ? ',' : ''}]`;
    }
    const rows = elements.map(([text, space, note, join], index) => {
      const comma = index < elements.length - 1 || trailing ? ',' : '';
      return join && note === '' && comma !== ''
        ? `${indent}${text}${space}${comma}`
        : `${indent}${text}${comma}${note}\n`;
    });
    return `[${above}\n${rows.join('')}${rows.at(-1)?.endsWith('\n') === false ? '\n' : ''}]`;
  });

const documentText = fc
  .record({
    arrays: fc.array(arrayText, { minLength: 3, maxLength: 3 }),
    note: comment,
    crlf: fc.boolean(),
    mark: fc.boolean(),
    lastLine: fc.boolean(),
    dotted: fc.boolean(),
  })
  .map(({ arrays: [a = '[]', b = '[]', c = '[]'], note, crlf, mark, lastLine, dotted }) => {
    const groups = dotted ? `optional-dependencies.x = ${b}\n` : `\n[project.optional-dependencies]\nx = ${b}\n`;
    const text = `# head\n[project]${note}\nname = "p"\ndependencies = ${a}${note}\n${groups}\n\n# about\n[dependency-groups]\ntest = ${c}\n\n[[tool.pdm.source]]\nname = "s"\ninclude_packages = ["q"]\n[tool.pdm]\ndistribution = false\n`;
    const ended = lastLine ? text : text.trimEnd();
    return (mark ? '\ufeff' : '') + (crlf ? ended.replaceAll('\n', '\r\n') : ended);
  });

/** Picks a change that fits the document, by numbers. */
function changeFor(
  document: TomlTable,
  [kind, which, index, text]: readonly [number, number, number, string],
): TomlChange {
  const arrays = arrayPaths(document, []);
  const path = arrays[which % arrays.length];
  const groups: readonly TomlPath[] = [
    ['project', 'dependencies'],
    ['project', 'optional-dependencies', `new${which % 3}`],
    ['dependency-groups', `group ${which % 2}`],
    ['tool', 'pdm', 'dev-dependencies', 'd'],
    ['tool', 'pdm', 'distribution'],
  ];
  const target = groups[which % groups.length] ?? ['x'];
  if (path === undefined || kind === 0) {
    return { kind: 'set', path: target, value: [text], layout: index % 2 === 0 ? 'block' : 'line', after: ['project'] };
  }
  const length = lengthAt(document, path);
  if (kind === 1 || length === 0) return { kind: 'append', path, item: text };
  if (kind === 2) return { kind: 'replace', path, index: index % length, item: text };
  if (kind === 3) return { kind: 'remove', path, index: index % length };
  if (kind === 4) return { kind: 'delete', path };
  return { kind: 'prune', path: path.slice(0, -1) };
}

function arrayPaths(value: TomlValue, path: TomlPath): TomlPath[] {
  if (isArray(value)) return value.every((entry) => typeof entry === 'string' || isInclude(entry)) ? [path] : [];
  if (!isTable(value)) return [];
  return Object.entries(value).flatMap(([key, entry]) => arrayPaths(entry, [...path, key]));
}

function isInclude(value: TomlValue): boolean {
  return isTable(value) && 'include-group' in value;
}

function lengthAt(document: TomlTable, path: TomlPath): number {
  const value = valueAt(document, path);
  return isArray(value) ? value.length : 0;
}

const steps = fc.array(fc.tuple(fc.nat(5), fc.nat(20), fc.nat(20), item), { minLength: 1, maxLength: 6 });

/** What went wrong on the way through a plan; editToml itself throws when a value or a comment does. */
function problemsOf(text: string, plan: readonly (readonly [number, number, number, string])[]): string[] {
  const problems: string[] = [];
  let current = text;
  for (const step of plan) {
    const before = parseToml(current, 'x');
    const change = changeFor(before, step);
    const next = editToml(current, [change]);
    const after = parseToml(next, 'x');
    const isRight =
      change.kind === 'delete'
        ? valueAt(after, change.path) === undefined
        : sameValue(after, changedDocument(before, change));
    if (!isRight) problems.push(`${change.kind} gives another value`);
    if (next.startsWith('\ufeff') !== current.startsWith('\ufeff')) problems.push('the byte order mark changed');
    if (isCrlf(current) && !isCrlf(next)) problems.push('a line end changed');
    if (isLocal(change) && lostLines(current, next) > 1) problems.push('a line far from the change is gone');
    current = next;
  }
  return problems;
}

function isCrlf(text: string): boolean {
  return text.includes('\r\n') && !/[^\r]\n/.test(text);
}

function isLocal(change: TomlChange): boolean {
  return change.kind === 'append' || change.kind === 'replace';
}

function lostLines(before: string, after: string): number {
  const rows = new Set(after.split('\n'));
  return before.split('\n').filter((row) => !rows.has(row)).length;
}

describe('TOML edits', () => {
  it('give the intended value and keep every comment, whatever the layout', () => {
    fc.assert(
      fc.property(documentText, steps, (text, plan) => {
        expect(problemsOf(text, plan)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('are undone byte for byte: append then remove the appended element', () => {
    fc.assert(
      fc.property(documentText, fc.nat(10), item, (text, which, added) => {
        const document = parseToml(text, 'x');
        const paths = arrayPaths(document, []);
        const path = paths[which % paths.length] ?? [];
        const length = lengthAt(document, path);
        fc.pre(length > 0);
        const edited = editToml(text, [{ kind: 'append', path, item: added }]);
        expect(editToml(edited, [{ kind: 'remove', path, index: length }])).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  const projects = interopProjects();
  it.skipIf(projects.length === 0)(`work on real files (skipped: ${INTEROP_MISSING})`, () => {
    for (const project of projects) {
      fc.assert(
        fc.property(steps, (plan) => {
          expect(problemsOf(project.pyproject, plan)).toEqual([]);
        }),
        { numRuns: 10 },
      );
    }
  });
});
