import { describe, expect, it } from 'vitest';
import { describeBody, mergeOptions, parseScripts } from '../../../src/run/scripts.ts';

describe('parseScripts', () => {
  it('reads every kind', () => {
    const { scripts, shared } = parseScripts({
      _: { env: { A: '1' } },
      plain: 'echo hi',
      words: ['python', '-c', 'print(1)'],
      shell: { shell: 'a | b', help: 'Pipe', site_packages: true },
      call: { call: 'pkg.mod:main("x", n=1)', env_file: '.env' },
      all: { composite: ['plain', 'shell {args}'], keep_going: true, working_dir: 'sub', env_file: { override: '.e' } },
    });
    expect(shared).toEqual({ env: { A: '1' } });
    expect([...scripts.values()]).toEqual([
      { name: 'plain', body: { kind: 'cmd', command: 'echo hi' }, options: {} },
      { name: 'words', body: { kind: 'cmd', command: ['python', '-c', 'print(1)'] }, options: {} },
      { name: 'shell', body: { kind: 'shell', text: 'a | b' }, options: { help: 'Pipe', sitePackages: true } },
      {
        name: 'call',
        body: { kind: 'call', target: 'pkg.mod:main("x", n=1)' },
        options: { envFile: { path: '.env', override: false } },
      },
      {
        name: 'all',
        body: { kind: 'composite', parts: ['plain', 'shell {args}'] },
        options: { keepGoing: true, workingDir: 'sub', envFile: { path: '.e', override: true } },
      },
    ]);
  });

  it.each([
    [{ a: 1 }, '[tool.pdm.scripts].a: expected a string, an array of strings or a table'],
    [{ a: {} }, '[tool.pdm.scripts].a: expected one of cmd, shell, call, composite'],
    [{ a: { cmd: 'x', hlep: 'y' } }, '[tool.pdm.scripts].a.hlep: unknown option'],
    [{ a: { cmd: ['x', 1] } }, '[tool.pdm.scripts].a.cmd: expected a string or an array of strings'],
    [{ a: { composite: 'x' } }, '[tool.pdm.scripts].a.composite: expected an array of strings'],
    [{ a: { call: 'no function' } }, '[tool.pdm.scripts].a.call: expected "module:function"'],
    [{ a: { cmd: 'x', env: { B: [] } } }, '[tool.pdm.scripts].a.env.B: expected a string'],
    [{ a: { cmd: 'x', keep_going: 'yes' } }, '[tool.pdm.scripts].a.keep_going: expected true or false'],
  ])('refuses %j', (table, message) => {
    expect(() => parseScripts(table)).toThrow(message);
  });

  it('keeps names such as __proto__ apart from the table', () => {
    const table: unknown = JSON.parse('{"__proto__": "echo"}');
    expect([...parseScripts(table as Record<string, unknown>).scripts.keys()]).toEqual(['__proto__']);
  });
});

it('mergeOptions merges environments by variable and lets the later option win', () => {
  const merged = mergeOptions({ env: { A: '1', B: '1' }, workingDir: 'x' }, { env: { B: '2' }, sitePackages: true });
  expect(merged).toEqual({ env: { A: '1', B: '2' }, workingDir: 'x', sitePackages: true });
});

it('describeBody shows what runs', () => {
  expect(describeBody({ kind: 'cmd', command: ['python', '-c', 'print(1)'] })).toBe("['python', '-c', 'print(1)']");
  expect(describeBody({ kind: 'composite', parts: ['a', 'b {args}'] })).toBe('a ➤ b {args}');
});
