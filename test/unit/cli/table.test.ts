import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { completionScript } from '../../../src/cli/completion.ts';
import { commandHelp, rootHelp } from '../../../src/cli/help.ts';
import { optionsOf } from '../../../src/cli/options.ts';
import { COMMANDS, findCommand } from '../../../src/cli/table.ts';
import { longNames } from '../../../src/cli/tokens.ts';

const names = COMMANDS.map(({ name }) => name);

describe('the table of commands', () => {
  it('has every command once', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        'init',
        'add',
        'remove',
        'update',
        'lock',
        'install',
        'sync',
        'run',
        'config',
        'use',
        'list',
        'show',
        'info',
        'outdated',
        'cache',
        'export',
        'import',
        'build',
        'completion',
      ]),
    );
  });

  it.each(COMMANDS)('$name gives no name and no letter to two options', (spec) => {
    const options = optionsOf(spec);
    const long = longNames(options);
    const short = options.flatMap((option) => option.short ?? []);
    expect(new Set(long).size).toBe(long.length);
    expect(new Set(short).size).toBe(short.length);
  });

  it.each(COMMANDS.filter(({ load }) => load !== undefined))('$name has a module with a run function', async (spec) => {
    expect(await spec.load?.()).toHaveProperty('run', expect.any(Function));
  });
});

describe('help', () => {
  it('lists every command', () => {
    for (const { name, load, summary } of COMMANDS) {
      expect(rootHelp()).toContain(name);
      expect(rootHelp()).toContain(load === undefined ? name : summary);
    }
  });

  it.each(COMMANDS)('of $name shows its options, arguments and examples', (spec) => {
    const text = commandHelp(spec);
    expect(text.startsWith(`Usage: tspm ${spec.name} [options]`)).toBe(true);
    for (const option of spec.options) expect(text.includes(`--${option.name}`)).toBe(option.hidden !== true);
    for (const argument of spec.arguments) expect(text).toContain(argument.name);
    for (const example of spec.examples) expect(text).toContain(example);
  });
});

describe('completion scripts', () => {
  it.each(['bash', 'zsh', 'fish', 'powershell', 'pwsh'])('for %s know every command and its options', (shell) => {
    const script = completionScript(shell) ?? '';
    for (const name of names) expect(script).toContain(name);
    const prefix = shell === 'fish' ? '-l ' : '--';
    for (const name of longNames(findCommand('sync')?.options ?? [])) expect(script).toContain(`${prefix}${name}`);
  });

  it('are not made for other shells', () => {
    expect(completionScript('foo')).toBeUndefined();
  });
});

it('the package and its table are one product', () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(manifest).toHaveProperty('bin.tspm', './dist/tspm.js');
});
