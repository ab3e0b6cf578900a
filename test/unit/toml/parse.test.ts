import { describe, expect, it } from 'vitest';
import { decodeToml, parseToml } from '../../../src/toml/parse.ts';
import { formatBasicString, formatPath, tableAt, textAt, valueAt } from '../../../src/toml/value.ts';

describe('parseToml', () => {
  it('names file, line and column of a mistake, in one line', () => {
    expect(() => parseToml('a = 1\nb = [1,\n  = 2\n', 'pyproject.toml')).toThrow(
      expect.objectContaining({
        code: 'TSPM_PYPROJECT_SYNTAX',
        message: expect.stringMatching(/^pyproject\.toml:3:\d+: [^\n]+[^.\n]$/),
        context: expect.objectContaining({ line: 3 }),
      }),
    );
    expect(() => parseToml('a', 'pdm.lock', 'TSPM_LOCK_SYNTAX')).toThrow(
      expect.objectContaining({ code: 'TSPM_LOCK_SYNTAX' }),
    );
  });

  it('keeps integers and floats apart, drops a byte order mark and has no prototype', () => {
    const document = parseToml('\ufeffa = 1\nb = 1.0\n[constructor]\n__proto__ = "x"\n', 'x');
    expect(document['a']).toBe(1n);
    expect(document['b']).toBe(1);
    expect(valueAt(document, ['constructor', '__proto__'])).toBe('x');
    expect(valueAt(document, ['toString'])).toBeUndefined();
  });

  it('reads line ends of Windows inside strings as Python does', () => {
    expect(parseToml('a = """x\r\ny\\r\\n"""\r\n', 'x')['a']).toBe('x\ny\r\n');
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(() => decodeToml(Uint8Array.of(0x61, 0xff), 'pyproject.toml')).toThrow(
      /pyproject\.toml: expected UTF-8 text/,
    );
  });
});

describe('paths and strings', () => {
  it('finds values and only those', () => {
    const document = parseToml('[a]\nb = "x"\nc = [1]\n', 'x');
    expect(textAt(document, ['a', 'b'])).toBe('x');
    expect(textAt(document, ['a', 'c'])).toBeUndefined();
    expect(tableAt(document, ['a', 'b'])).toBeUndefined();
    expect(valueAt(document, ['a', 'b', 'length'])).toBeUndefined();
  });

  it('escapes so that the text is read back', () => {
    for (const text of ['', 'a"b\\c', '\t\n\r\b\f\u0001\u007f', 'é😀']) {
      expect(parseToml(`v = ${formatBasicString(text)}`, 'x')['v']).toBe(text);
    }
    expect(formatPath(['tool', 'a b', 'c'])).toBe('tool."a b".c');
  });
});
