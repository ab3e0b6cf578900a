/** `--pep582` in the shells themselves: what is printed is evaluated as users do it, and Python is started. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { pythonIdent } from '../support/catalogue.ts';
import { testPython } from '../support/python.ts';
import { cliPath, nodeUnderTest, runCommand, Sandbox } from '../support/tspm.ts';

/** How each shell takes the text in; `$0` and the like stand for nothing here: words come in variables. */
const EVAL = 'eval "$("$NODE" "$TSPM" --pep582 $NAME)"; "$PY" -c "$CODE"';
const SOURCE = '"$NODE" "$TSPM" --pep582 $NAME > "$PROFILE" && source "$PROFILE" && "$PY" -c "$CODE"';
const SHELLS: readonly (readonly [name: string, command: readonly string[], script: string])[] = [
  ['sh', ['dash', '-c'], EVAL],
  ['sh', ['busybox', 'sh', '-c'], EVAL],
  ['bash', ['bash', '-c'], EVAL],
  ['zsh', ['zsh', '-c'], EVAL],
  ['ksh', ['ksh', '-c'], EVAL],
  ['fish', ['fish', '--no-config', '-c'], '"$NODE" "$TSPM" --pep582 $NAME | source; "$PY" -c "$CODE"'],
  ['csh', ['csh', '-f', '-c'], SOURCE],
  ['tcsh', ['tcsh', '-f', '-c'], SOURCE],
];
const CODE = 'import os; print(repr(os.environ["PYTHONPATH"])); import greeting; print(greeting.WORD)';

const sandbox = new Sandbox();
const folder = join(sandbox.root, `it's "a" $HOME \`x\` ! * folder`);
const below = join(sandbox.root, 'project/a/b');
let hook: string;

beforeAll(() => {
  cpSync(dirname(cliPath), folder, { recursive: true });
  hook = join(folder, 'pep582');
  const lib = join(sandbox.root, 'project/__pypackages__', pythonIdent(), 'lib');
  for (const one of [below, lib]) mkdirSync(one, { recursive: true });
  writeFileSync(join(lib, 'greeting.py'), 'WORD = "hello"\n');
});

describe.each(SHELLS.filter(([, [program = '']]) => isThere(program)))('%s of %j', (name, command, script) => {
  test.each([
    [undefined, name],
    ['', 'AUTO'],
    ['/one two:/$x', name],
  ])('PYTHONPATH %j, asked for %s', async (before, asked) => {
    const env = {
      ...sandbox.env,
      ...(before !== undefined && { PYTHONPATH: before }),
      NODE: nodeUnderTest,
      TSPM: join(folder, basename(cliPath)),
      PROFILE: join(sandbox.root, 'profile'),
      NAME: asked,
      PY: testPython(),
      CODE,
      SHELL: '/bin/unknown',
    };
    const [program = '', ...words] = command;
    const shown = await runCommand(program, [...words, script], { cwd: below, env });
    // An empty variable is a list with one empty entry in fish, with the text of PDM as well.
    const rest = before === undefined || (before === '' && name !== 'fish') ? '' : `:${before}`;
    expect([asked, shown.stdout.split('\n')[1], shown.stderr]).toEqual([asked, 'hello', '']);
    expect(shown.stdout.split('\n')[0]).toBe(pythonText(`${hook}${rest}`));
  });
});

function pythonText(text: string): string {
  return execFileSync(testPython(), ['-c', 'import sys; print(repr(sys.argv[1]))', text], { encoding: 'utf8' }).trim();
}

function isThere(program: string): boolean {
  try {
    execFileSync('/bin/sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
