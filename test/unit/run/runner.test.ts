import { describe, expect, it } from 'vitest';
import type { Process } from '../../../src/run/exec.ts';
import { runCommand, type RunProject } from '../../../src/run/runner.ts';
import { parseScripts } from '../../../src/run/scripts.ts';

describe('runCommand', () => {
  it('runs pre_NAME, NAME and post_NAME, arguments for NAME alone', async () => {
    const { ran, run } = project({ pre_t: '/bin/echo pre', t: '/bin/echo t', post_t: '/bin/echo post' });
    expect(await run('t', ['x y'])).toBe(0);
    expect(ran.map(({ args }) => args)).toEqual([['pre'], ['t', 'x y'], ['post']]);
  });

  it('stops at the first that fails, with its status', async () => {
    const { ran, run } = project({ pre_t: '/bin/echo bad', t: '/bin/echo t' }, { bad: 7 });
    expect(await run('t', [])).toBe(7);
    expect(ran).toHaveLength(1);
  });

  it('skips by name, by kind and altogether', async () => {
    const table = { pre_t: '/bin/echo pre', t: '/bin/echo t', post_t: '/bin/echo post' };
    expect(await namesWith(table, [':pre'])).toEqual([['t'], ['post']]);
    expect(await namesWith(table, ['post_t'])).toEqual([['pre'], ['t']]);
    expect(await namesWith(table, [':all'])).toEqual([['t']]);
    expect(await namesWith(table, ['t'])).toEqual([]);
  });

  it('runs hooks around: post_run also after a failure, post_script only after success', async () => {
    const hooks = {
      pre_run: '/bin/echo 1',
      pre_script: '/bin/echo 2',
      post_script: '/bin/echo 3',
      post_run: '/bin/echo 4',
    };
    const good = project({ ...hooks, t: '/bin/echo t' });
    await good.run('t', []);
    expect(good.ran.map(({ args }) => args[0])).toEqual(['1', '2', 't', '3', '4']);
    const bad = project({ ...hooks, t: '/bin/echo bad' }, { bad: 3 });
    expect(await bad.run('t', [])).toBe(3);
    expect(bad.ran.map(({ args }) => args[0])).toEqual(['1', '2', 'bad', '4']);
    const broken = project({ ...hooks, pre_script: '/bin/echo bad', t: '/bin/echo t' }, { bad: 5 });
    expect(await broken.run('t', [])).toBe(5);
    expect(broken.ran.map(({ args }) => args[0])).toEqual(['1', 'bad']);
  });

  it('marks a program as last only when nothing follows', async () => {
    const alone = project({ t: '/bin/echo t' });
    await alone.run('t', []);
    expect(alone.ran.map(({ last }) => last)).toEqual([true]);
    for (const follower of ['post_t', 'post_script', 'post_run']) {
      const { ran, run } = project({ t: '/bin/echo t', [follower]: '/bin/echo f' });
      await run('t', []);
      expect(ran.map(({ last }) => last)).toEqual([false, false]);
    }
    const composite = project({ t: { composite: ['/bin/echo a'] } });
    await composite.run('t', []);
    expect(composite.ran.map(({ last }) => last)).toEqual([false]);
  });

  it('passes arguments to every part of a composite unless one says where they go', async () => {
    const everywhere = project({ c: { composite: ['a 1', '/bin/echo b'] }, a: '/bin/echo a' });
    await everywhere.run('c', ['x']);
    expect(everywhere.ran.map(({ args }) => args)).toEqual([
      ['a', '1', 'x'],
      ['b', 'x'],
    ]);
    const placed = project({ c: { composite: ['/bin/echo a', '/bin/echo b {args}'] } });
    await placed.run('c', ['x']);
    expect(placed.ran.map(({ args }) => args)).toEqual([['a'], ['b', 'x']]);
  });

  it('stops a composite at a failure, or goes on and gives the last one', async () => {
    const parts = ['/bin/echo bad', '/bin/echo a', '/bin/echo worse'];
    const statuses = { bad: 3, worse: 4 };
    const strict = project({ c: { composite: parts } }, statuses);
    expect(await strict.run('c', [])).toBe(3);
    expect(strict.ran).toHaveLength(1);
    const lenient = project({ c: { composite: parts, keep_going: true } }, statuses);
    expect(await lenient.run('c', [])).toBe(4);
    expect(lenient.ran).toHaveLength(3);
  });

  it('refuses a composite that runs itself', async () => {
    const { run } = project({ a: { composite: ['b'] }, b: { composite: ['a'] } });
    await expect(run('a', [])).rejects.toThrow('script "a" runs itself (a ➤ b ➤ a)');
  });

  it('merges options: shared, own, then those of the composite', async () => {
    const { ran, run } = project({
      _: { env: { A: 'shared', B: 'shared', C: 'shared' } },
      t: { cmd: '/bin/echo', env: { B: 'own', C: 'own' }, working_dir: 'sub' },
      c: { composite: ['t'], env: { C: 'composite' } },
    });
    await run('c', []);
    expect(ran[0]?.env).toMatchObject({ A: 'shared', B: 'own', C: 'composite' });
    expect(ran[0]?.cwd).toBe('/p/sub');
  });

  it('runs scripts in the root and commands where tspm was called', async () => {
    const { ran, run } = project({ t: '/bin/echo t' });
    await run('t', []);
    await run('/bin/echo', []);
    expect(ran.map(({ cwd }) => cwd)).toEqual(['/p', '/p/where']);
  });

  it('splits a text, takes an array as it is, and expands variables in both', async () => {
    const { ran, run } = project({ text: `/bin/echo 'a b' \${X}`, words: ['/bin/echo', 'a b', 'y {args}', '${X}'] });
    await run('text', ['${X}']);
    await run('words', ['1', '2']);
    expect(ran.map(({ args }) => args)).toEqual([
      ['a b', 'ex', 'ex'],
      ['a b', 'y', '1', '2', 'ex'],
    ]);
  });

  it('gives shell text to a shell with its arguments quoted', async () => {
    const { ran, run } = project({ s: { shell: 'echo a | cat\n' } });
    await run('s', ['x y']);
    expect(ran[0]).toMatchObject({ file: '/bin/sh', args: ['-c', "echo a | cat 'x y'"] });
  });

  it('calls functions in the Python of the project', async () => {
    const { ran, run } = project({ a: { call: 'pkg.mod:main' }, b: { call: 'm:f(1, "x")' } });
    await run('a', ['--x']);
    await run('b', []);
    expect(ran[0]).toMatchObject({
      file: '/opt/py/bin/python3',
      args: ['-c', 'import sys, pkg.mod as _1;sys.exit(_1.main())', '--x'],
    });
    expect(ran[1]?.args[1]).toBe('import sys, m as _1;sys.exit(_1.f(1, "x"))');
  });

  it('takes python and python3.11 for the Python of the project, and files ending in .py for its scripts', async () => {
    const { ran, run } = project({});
    for (const word of ['python', 'python3', 'python3.11', 'python3.11.7', 'train.py']) await run(word, ['x']);
    expect(ran.map(({ file }) => file)).toEqual(Array.from({ length: 5 }, () => '/opt/py/bin/python3'));
    expect(ran.at(-1)?.args).toEqual(['train.py', 'x']);
    await expect(run('python3.1', [])).rejects.toThrow("Command 'python3.1' is not found in your PATH");
  });

  it('names what is missing, with the nearest script', async () => {
    const { run } = project({ test: '/bin/echo' });
    await expect(run('tset', [])).rejects.toThrow(
      expect.objectContaining({ code: 'TSPM_COMMAND_NOT_FOUND', hint: 'did you mean the script test' }),
    );
    await expect(run('./x', [])).rejects.toThrow("Command './x' is not a valid executable");
  });
});

/** A project whose programs are noted, not run; each ends with the status listed for its first argument. */
function project(
  table: Readonly<Record<string, unknown>>,
  statuses: Readonly<Record<string, number>> = {},
  skip: readonly string[] = [],
) {
  const ran: Process[] = [];
  const facts: RunProject = {
    root: '/p',
    runCwd: '/p/where',
    scripts: parseScripts(table),
    env: { PATH: '', X: 'ex' },
    packages: '/p/__pypackages__/3.11',
    python: { executable: '/opt/py/bin/python3', version: [3, 11, 7] },
    reinvoke: ['tspm'],
    skip: new Set(skip),
    options: {},
    windows: false,
    execute: async (program) => {
      ran.push(program);
      return statuses[program.args[0] ?? ''] ?? 0;
    },
    announce: () => {},
  };
  return { ran, run: (word: string, args: readonly string[]) => runCommand(facts, word, args) };
}

async function namesWith(
  table: Readonly<Record<string, unknown>>,
  skip: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const { ran, run } = project(table, {}, skip);
  await run('t', []);
  return ran.map(({ args }) => args);
}
