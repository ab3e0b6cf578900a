import { describe, expect, test } from 'vitest';

import { formatLauncher, formatShebang, readShebang, rewriteScript } from '../../../src/installer/launcher.ts';

describe('shebang', () => {
  const longest = `/${'p'.repeat(123)}`;

  test.each([
    ['/usr/bin/python3', '#!/usr/bin/python3\n'],
    [longest, `#!${longest}\n`],
    [`${longest}p`, `#!/bin/sh\n'''exec' ${longest}p "$0" "$@"\n' '''\n`],
    ['/my python/bin/python', `#!/bin/sh\n'''exec' '/my python/bin/python' "$0" "$@"\n' '''\n`],
    ["/it's here/python", `#!/bin/sh\n'''exec' '/it'"'"'s here/python' "$0" "$@"\n' '''\n`],
    // Counted in bytes, not in characters.
    [`/${'ü'.repeat(62)}`, `#!/bin/sh\n'''exec' '/${'ü'.repeat(62)}' "$0" "$@"\n' '''\n`],
  ])('of %s', (interpreter, text) => {
    expect(formatShebang(interpreter)).toBe(text);
  });

  test.each([
    '/usr/bin/python3',
    '/my python/bin/python',
    "/it's here/python3.11",
    `/${'p'.repeat(130)}/python`,
    '/ü/bin/python',
  ])('of %s is recognised again, with its end', (interpreter) => {
    const content = Buffer.from(`${formatShebang(interpreter)}rest`);
    const found = readShebang(content);
    expect(found?.interpreter).toBe(interpreter);
    expect(content.subarray(found?.end).toString()).toBe('rest');
  });

  test.each(['#!/usr/bin/env python\n', '#!/bin/sh\necho\n', '\x7fELF', '#!/bin/bash\n', ''])(
    '%j is left alone',
    (text) => {
      expect(readShebang(Buffer.from(text))).toBeUndefined();
    },
  );
});

describe('scripts of a wheel', () => {
  test.each([
    ['#!python\nrest\n', '#!/py\nrest\n'],
    ['#!pythonw -E\r\nrest\r\n', '#!/py\nrest\r\n'],
    [`#!python ${'x'.repeat(500)}\nrest`, '#!/py\nrest'],
    ['#!python', '#!/py\n'],
  ])('%j gets the interpreter', (text, expected) => {
    expect(rewriteScript(Buffer.from(text), '/py')?.toString()).toBe(expected);
  });

  test.each(['#!/usr/bin/env python3\n', '#!/bin/sh\n', '\x7fELF', ' #!python\n', '#!pyth'])('%j stays', (text) => {
    expect(rewriteScript(Buffer.from(text), '/py')).toBeUndefined();
  });
});

test('a launcher imports the first part of the attribute and calls all of it', () => {
  const text = formatLauncher({ name: 'cmd', module: 'pkg.mod', attribute: 'Class.run' }, '/usr/bin/python3');
  expect(text.split('\n').slice(0, 2)).toEqual(['#!/usr/bin/python3', '# -*- coding: utf-8 -*-']);
  expect(text).toContain('    from pkg.mod import Class\n\n    sys.exit(Class.run())\n');
});
