import { describe, expect, it } from 'vitest';
import { parseEntryPoints } from '../../../src/packaging/entry-points.ts';

describe('parseEntryPoints', () => {
  it('reads the commands of both groups and nothing else', () => {
    const text = [
      '\uFEFF# made by hand',
      '[DEFAULT]',
      'leak = m:f',
      '[console_scripts]',
      '  foo = pkg.cli:main',
      '; another comment',
      'b = m : f',
      'Bar-Baz=pkg:App.run [extra]',
      '',
      '[other.group]',
      'odd line without anything',
      'x : y',
      '[gui_scripts]',
      'win = pkg:gui',
    ].join('\r\n');
    expect(parseEntryPoints(text)).toEqual({
      console: [
        { name: 'foo', module: 'pkg.cli', attribute: 'main' },
        { name: 'b', module: 'm', attribute: 'f' },
        { name: 'Bar-Baz', module: 'pkg', attribute: 'App.run' },
      ],
      gui: [{ name: 'win', module: 'pkg', attribute: 'gui' }],
    });
  });

  it('refuses a name twice in one group, and one for different objects; the same command in both groups is one', () => {
    expect(() => parseEntryPoints('[console_scripts]\na = m:f\na = m:f\n')).toThrow(/taken already/);
    expect(() => parseEntryPoints('[console_scripts]\na = m:f\n[gui_scripts]\na = m:g\n')).toThrow(/taken already/);
    expect(parseEntryPoints('[console_scripts]\na = m:f\n[gui_scripts]\na = m:f\n')).toEqual({
      console: [{ name: 'a', module: 'm', attribute: 'f' }],
      gui: [{ name: 'a', module: 'm', attribute: 'f' }],
    });
  });

  it.each([
    ['c = m', 'must name a module and an attribute as module:attribute'],
    ['c = m:', 'must name a module and an attribute as module:attribute'],
    ['c = m:f()', 'must name a module and an attribute as module:attribute'],
    ['c = os; import x:f', 'must name a module and an attribute as module:attribute'],
    ['c = m..n:f', 'must name a module and an attribute as module:attribute'],
    ['value-less', 'must be written name = module:attribute'],
    ['= m:f', 'must have a name'],
    ['../d = m:f', 'must not have a path separator in its name'],
    ['d\\e = m:f', 'must not have a path separator in its name'],
    ['-rf = m:f', 'must not have a name that starts with a hyphen'],
    ['a\u0007b = m:f', 'must not have a control character in its name'],
    ['python = m:f', 'must not have the name of a Python interpreter'],
    ['python3.13t = m:f', 'must not have the name of a Python interpreter'],
    ['pypy3 = m:f', 'must not have the name of a Python interpreter'],
  ])('refuses %j', (line, problem) => {
    expect(() => parseEntryPoints(`[console_scripts]\n${line}\n`)).toThrow(
      expect.objectContaining({ code: 'TSPM_WHEEL_METADATA', message: expect.stringContaining(problem) }),
    );
  });

  it('allows names that only start like an interpreter', () => {
    expect(parseEntryPoints('[console_scripts]\npython-argcomplete = m:f\n').console).toHaveLength(1);
  });
});
