import { describe, expect, it } from 'vitest';
import { expandTable, readDotenv } from '../../../src/run/dotenv.ts';
import { expandVariables, fillPlaceholders } from '../../../src/run/placeholders.ts';
import { quoteWord, splitWords } from '../../../src/run/shell-words.ts';

const values = { args: ['a b', "it's"], reinvoke: ['/usr/bin/node', '/opt/tspm.js'], runCwd: '/my project' };

describe('fillPlaceholders', () => {
  it.each([
    ['x {args} y', `x 'a b' 'it'"'"'s' y`, true],
    ['x {args:--all} y', `x 'a b' 'it'"'"'s' y`, true],
    ['{pdm} run t', '/usr/bin/node /opt/tspm.js run t', false],
    ['cd {run_cwd}', "cd '/my project'", false],
    ['awk {print} {argsx} {}', 'awk {print} {argsx} {}', false],
  ])('%s', (text, filled, usedArgs) => {
    expect(fillPlaceholders(text, values)).toEqual({ text: filled, usedArgs });
  });

  it('takes the default without arguments', () => {
    expect(fillPlaceholders('x {args:--all -v} {args}', { ...values, args: [] })).toEqual({
      text: 'x --all -v ',
      usedArgs: true,
    });
  });

  it('never fills what it has put in', () => {
    expect(fillPlaceholders('{args}', { ...values, args: ['{pdm}'] }).text).toBe("'{pdm}'");
  });
});

it('expandVariables replaces ${NAME} alone', () => {
  const env = { HOME: '/h' };
  expect(expandVariables('${HOME} $HOME ${NONE} [${HOME:-x}] [${A B}]', env)).toBe('/h $HOME  [] []');
});

describe('dotenv', () => {
  it('reads files, with references to earlier lines and to the environment', () => {
    const text = '# c\nA=1\nexport B="two words"\nC=${A}${B}\nD=${HOME}/x\nE=${NONE:-default}\nF=${NONE}\n';
    expect(readDotenv(text, { HOME: '/h' }, false)).toEqual({
      A: '1',
      B: 'two words',
      C: '1two words',
      D: '/h/x',
      E: 'default',
      F: '',
    });
  });

  it('reads quotation marks, escapes, comments and lines that are none as python-dotenv does', () => {
    const text = `A='it\\'s \\n' # c\r\nB="x\\t\\"\\\\"\nC="two\nlines"\nD=a#b c # d\n\nE\n F = g \nbad line\n'K k'=1\nG=\nH="open\nI=a"b"c\nJ='x' y\nL=last`;
    expect(readDotenv(text, {}, false)).toEqual({
      A: String.raw`it's \n`,
      B: 'x\t"\\',
      C: 'two\nlines',
      D: 'a#b c',
      F: 'g',
      'K k': '1',
      G: '',
      I: 'a"b"c',
      L: 'last',
    });
  });

  it('lets the environment win, or the file with override', () => {
    expect(readDotenv('A=file\nB=${A}', { A: 'env' }, false)).toEqual({ A: 'file', B: 'env' });
    expect(readDotenv('A=file\nB=${A}', { A: 'env' }, true)).toEqual({ A: 'file', B: 'file' });
  });

  it('expands tables in the same way', () => {
    expect(expandTable({ A: '${PATH}:x', B: '${A}' }, { PATH: '/bin' })).toEqual({ A: '/bin:x', B: '/bin:x' });
  });
});

describe('splitWords', () => {
  it('follows the rules of POSIX shells', () => {
    expect(splitWords(`a 'b c' "d e" f\\ g ''`, 'x')).toEqual(['a', 'b c', 'd e', 'f g', '']);
  });

  it('names the script with an open quotation mark', () => {
    expect(() => splitWords('echo "a', '[tool.pdm.scripts].x')).toThrow(
      /\[tool\.pdm\.scripts\]\.x has a quotation mark/,
    );
  });

  it('reads back what quoteWord writes', () => {
    for (const word of ['', 'a b', `it's "x"`, '$HOME', 'a\\b', 'é\n'])
      expect(splitWords(quoteWord(word), 'x')).toEqual([word]);
  });
});
