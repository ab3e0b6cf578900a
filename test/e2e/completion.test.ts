/** Completion as the shells themselves do it, with the scripts that tspm prints. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { testPython } from '../support/python.ts';
import { type Project, runCommand, Sandbox } from '../support/tspm.ts';

const sandbox = new Sandbox();
let project: Project;

beforeAll(async () => {
  project = sandbox.project('demo', '[project]\nname = "demo"\n');
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    project.write(`completion.${shell}`, (await project.ok(['completion', shell])).stdout);
  }
});

/** What is typed, and what the shell offers for the last word; a part of it when the list is long. */
const TYPED: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['tspm sy', ['sync']],
  ['tspm pl', ['plugin']],
  ['tspm sync --rei', ['--reinstall']],
  ['tspm -p elsewhere sync --rei', ['--reinstall']],
  ['tspm cache ver', ['verify']],
  ['tspm completion f', ['fish']],
  ['tspm init --backend h', ['hatchling']],
  ['tspm export -f py', ['pylock']],
  ['tspm py fi', ['find']],
];

const isThere = (shell: string): boolean => spawnSync(shell, ['--version'], { stdio: 'ignore' }).status === 0;

test('bash', async () => {
  const asks = TYPED.map(([line]) => {
    const words = line.split(' ').map((word) => `'${word}'`);
    return `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _tspm; echo "\${COMPREPLY[*]}"`;
  });
  const script = ['set -u', '. ./completion.bash', ...asks].join('\n');
  const { stdout, stderr } = await runCommand('bash', ['--norc', '-c', script], {
    cwd: project.folder,
    env: project.env,
  });
  expect([stdout.trimEnd().split('\n'), stderr]).toEqual([TYPED.map(([, offered]) => offered.join(' ')), '']);
});

test('bash leaves values that it does not know to the names of files', async () => {
  const script = `. ./completion.bash; COMP_WORDS=(tspm sync -L ''); COMP_CWORD=3; _tspm; echo "\${#COMPREPLY[@]}"; complete -p tspm`;
  const { stdout } = await runCommand('bash', ['--norc', '-c', script], { cwd: project.folder, env: project.env });
  expect(stdout).toBe('0\ncomplete -o bashdefault -o default -F _tspm tspm\n');
});

test.skipIf(!isThere('fish'))('fish', async () => {
  const asks = TYPED.map(([line]) => `echo (complete -C '${line}' | string split -f1 \\t)`);
  const script = ['source completion.fish', ...asks].join('\n');
  const { stdout } = await runCommand('fish', ['--no-config', '-c', script], { cwd: project.folder, env: project.env });
  expect(stdout.trimEnd().split('\n')).toEqual(TYPED.map(([, offered]) => offered.join(' ')));
});

describe.skipIf(!isThere('zsh'))('zsh', () => {
  test('offers the same', async () => {
    const driver = fileURLToPath(new URL('../support/zsh_completion.py', import.meta.url));
    const input = JSON.stringify(TYPED.map(([line]) => line));
    const options = { cwd: project.folder, env: project.env, input };
    const { stdout, stderr } = await runCommand(testPython(), [driver, './completion.zsh'], options);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(TYPED.map(([, offered]) => offered));
  });
});
