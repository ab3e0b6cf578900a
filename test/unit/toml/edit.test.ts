import { describe, expect, it } from 'vitest';
import type { TomlChange } from '../../../src/toml/change.ts';
import { editToml } from '../../../src/toml/edit.ts';

const lines = (...rows: string[]) => rows.map((row) => `${row}\n`).join('');
const append = (item: string): TomlChange => ({ kind: 'append', path: ['a'], item });
const remove = (index: number): TomlChange => ({ kind: 'remove', path: ['a'], index });

describe('append to an array', () => {
  it.each([
    ['a = []', 'a = ["x"]'],
    ['a = [ ]', 'a = ["x"]'],
    ['a = ["b"]', 'a = ["b", "x"]'],
    ['a = ["b",]', 'a = ["b", "x",]'],
    ['a = [ "b" ] # why', 'a = [ "b", "x" ] # why'],
    ["a = ['b']", "a = ['b', 'x']"],
    ['a = [\n]', 'a = [\n    "x",\n]'],
    ['a = [\n  # none\n]', 'a = [\n  # none\n  "x",\n]'],
    ['a = [\n  "b"\n]', 'a = [\n  "b",\n  "x"\n]'],
    ['a = [\n  "b" # why\n]', 'a = [\n  "b", # why\n  "x"\n]'],
    ['a = [\n\t"b", # why\n\t# end\n]', 'a = [\n\t"b", # why\n\t"x",\n\t# end\n]'],
    ['a = ["b",\n     "c"]', 'a = ["b",\n     "c",\n     "x"]'],
    ['a = [\n  "b", "c",\n  "d", "e",\n]', 'a = [\n  "b", "c",\n  "d", "e", "x",\n]'],
    ['a = [\r\n  "b",\r\n]', 'a = [\r\n  "b",\r\n  "x",\r\n]'],
    ['\ufeffa = ["b"]', '\ufeffa = ["b", "x"]'],
    ['a = [{include-group = "g"}]', 'a = [{include-group = "g"}, "x"]'],
    ['t = {a = ["b"]}', 't = {a = ["b", "x"]}'],
  ])('%j', (before, after) => {
    const path = before.startsWith('t') ? ['t', 'a'] : ['a'];
    expect(editToml(before, [{ kind: 'append', path, item: 'x' }])).toBe(after);
  });

  it('escapes what the quotes of the neighbours cannot hold', () => {
    expect(editToml('a = ["b"]', [append('c; os_name == "nt"')])).toBe(String.raw`a = ["b", "c; os_name == \"nt\""]`);
    expect(editToml("a = ['b']", [append('c; os_name == "nt"')])).toBe(`a = ['b', 'c; os_name == "nt"']`);
    expect(editToml("a = ['b']", [append("it's")])).toBe(`a = ['b', "it's"]`);
  });

  it('throws a plain Error when there is no such array', () => {
    expect(() => editToml('a = 1', [append('x')])).toThrow(/no array/);
  });
});

describe('remove from an array', () => {
  it.each([
    ['a = ["b"]', 0, 'a = []'],
    ['a = ["b", "c"]', 0, 'a = ["c"]'],
    ['a = ["b", "c"]', 1, 'a = ["b"]'],
    ['a = ["b", "c",]', 1, 'a = ["b",]'],
    ['a = ["b", "c", "d"]', 1, 'a = ["b", "d"]'],
    ['a = [\n  "b",\n  "c",\n]', 1, 'a = [\n  "b",\n]'],
    ['a = [\n  "b",\n  "c"\n]', 1, 'a = [\n  "b"\n]'],
    ['a = [\n  "b", # one\n  "c" # two\n]', 1, 'a = [\n  "b" # one\n]'],
    ['a = [\n  # above\n  "b", # one\n  "c",\n]', 0, 'a = [\n  # above\n  "c",\n]'],
    ['a = [\n  "b",\n]', 0, 'a = []'],
    ['a = [\n  # kept\n  "b",\n]', 0, 'a = [\n  # kept\n]'],
    ['a = ["b",\n     "c"]', 1, 'a = ["b"]'],
    ['a = ["b", # one\n     "c"]', 1, 'a = ["b" # one\n     ]'],
    ['a = [\n  "b", "c",\n  "d",\n]', 1, 'a = [\n  "b",\n  "d",\n]'],
    ['a = [\n  "b", "c",\n  "d",\n]', 0, 'a = [\n  "c",\n  "d",\n]'],
    ['a = [\r\n  "b",\r\n  "c",\r\n]', 0, 'a = [\r\n  "c",\r\n]'],
  ])('%j without %d', (before, index, after) => {
    expect(editToml(before, [remove(index)])).toBe(after);
  });
});

describe('replace an element', () => {
  it('keeps the quotes of the element and everything around it', () => {
    const before = 'a = [\n  "b", # one\n  \'c\' , # two\n]\n';
    expect(editToml(before, [{ kind: 'replace', path: ['a'], index: 1, item: 'x>=1' }])).toBe(
      'a = [\n  "b", # one\n  \'x>=1\' , # two\n]\n',
    );
  });
});

describe('set a key', () => {
  const set = (path: string[], value: string | boolean | string[], more: object = {}): TomlChange => ({
    kind: 'set',
    path,
    value,
    ...more,
  });

  it('replaces an existing value', () => {
    expect(editToml('v = "1" # c\n', [set(['v'], '2')])).toBe('v = "2" # c\n');
  });

  it('adds to the end of a table, with its indentation', () => {
    expect(editToml('[p]\n  n = 1\n\n[q]\n', [set(['p', 'm'], true)])).toBe('[p]\n  n = 1\n  m = true\n\n[q]\n');
    expect(editToml('[p] # c', [set(['p', 'm'], true)])).toBe('[p] # c\nm = true');
  });

  it('adds dotted keys beside dotted keys and into inline tables', () => {
    expect(editToml('[p]\no.a = ["x"]\nz = 1\n', [set(['p', 'o', 'b'], ['y'])])).toBe(
      '[p]\no.a = ["x"]\no.b = ["y"]\nz = 1\n',
    );
    expect(editToml('o = { a = 1 }\n', [set(['o', 'b'], ['y'], { layout: 'block' })])).toBe(
      'o = { a = 1, b = ["y"] }\n',
    );
    expect(editToml('o = {}\n', [set(['o', 'b'], 'y')])).toBe('o = { b = "y" }\n');
    expect(editToml('p.n = "x"\n[t]\n', [set(['p', 'o', 'b'], 'y')])).toBe('p.n = "x"\np.o.b = "y"\n[t]\n');
  });

  it('puts a new table behind the one asked for, else at the end', () => {
    const before = lines('[project]', 'name = "a"', '# a note', '', '[tool.x]', 'y = 1');
    const group = set(['project', 'optional-dependencies', 'e'], ['b'], { layout: 'block', after: ['project'] });
    expect(editToml(before, [group])).toBe(
      lines(
        '[project]',
        'name = "a"',
        '# a note',
        '',
        '[project.optional-dependencies]',
        'e = [',
        '    "b",',
        ']',
        '',
        '[tool.x]',
        'y = 1',
      ),
    );
    expect(editToml(before, [set(['g', 'a b'], ['c'])])).toBe(`${before}\n[g]\n"a b" = ["c"]\n`);
    expect(editToml('[x]\r\ny = 1', [set(['g', 'k'], 'v')])).toBe('[x]\r\ny = 1\r\n\r\n[g]\r\nk = "v"');
  });
});

describe('delete and prune', () => {
  it('takes the lines of the key, its own comments included', () => {
    const before = lines('[g]', '# about a', 'a = [ # one', '  "x", # two', '] # three', 'b = []');
    expect(editToml(before, [{ kind: 'delete', path: ['g', 'a'] }])).toBe(lines('[g]', '# about a', 'b = []'));
    expect(editToml('o = { a = 1, b = 2 }', [{ kind: 'delete', path: ['o', 'b'] }])).toBe('o = { a = 1 }');
  });

  it('removes an emptied table and one of two blank lines', () => {
    const before = lines('[p]', 'n = 1', '', '[g]', 'a = []', '', '[t]');
    const changes: TomlChange[] = [
      { kind: 'delete', path: ['g', 'a'] },
      { kind: 'prune', path: ['g'] },
    ];
    expect(editToml(before, changes)).toBe(lines('[p]', 'n = 1', '', '[t]'));
    expect(editToml(lines('[p]', '', '[g]', 'a = []'), changes)).toBe(lines('[p]'));
    expect(editToml('[p]\r\n\r\n[g]\r\na = []', changes)).toBe('[p]');
  });

  it('leaves tables that hold something, and missing ones', () => {
    const before = lines('[g]', 'a = 1', '[h.i]', 'b = 1');
    expect(
      editToml(before, [
        { kind: 'prune', path: ['g'] },
        { kind: 'prune', path: ['h'] },
        { kind: 'prune', path: ['z'] },
      ]),
    ).toBe(before);
  });
});
