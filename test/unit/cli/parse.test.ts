import { describe, expect, it } from 'vitest';
import type { ParsedCommand } from '../../../src/cli/command.ts';
import { parseCommandLine, type ParseHooks, type Request } from '../../../src/cli/parse.ts';

describe('parseCommandLine', () => {
  it('reads flags, values, lists and arguments', async () => {
    const input = await command(['add', '-d', '-G', 'test', '--no-self', 'a', '-e', './x', 'b>=2', '-e', './y']);
    expect(input.spec.name).toBe('add');
    expect(input.args).toEqual(['a', 'b>=2']);
    expect(input.has('dev')).toBe(true);
    expect(input.has('no-self')).toBe(true);
    expect(input.has('no-sync')).toBe(false);
    expect(input.value('group')).toBe('test');
    expect(input.list('editable')).toEqual(['./x', './y']);
  });

  it('reads groups in every form', async () => {
    const input = await command(['sync', '-G', 'a,b', '-G:all', '--group=c', '--with', 'd']);
    expect(input.list('group')).toEqual(['a', 'b', ':all', 'c', 'd']);
  });

  it('counts -v in all its forms, before and after the command', async () => {
    expect((await command(['-v', 'sync', '-vr'])).count('verbose')).toBe(2);
    expect((await command(['sync', '-vv'])).count('verbose')).toBe(2);
    expect((await command(['sync'])).count('verbose')).toBe(0);
  });

  it('takes root options with values before the command', async () => {
    const input = await command(['-c', 'run', '-p', '/x', '-n', 'config', 'install.cache', 'on']);
    expect([input.spec.name, input.value('config'), input.value('project')]).toEqual(['config', 'run', '/x']);
    expect(input.has('non-interactive')).toBe(true);
    expect(input.args).toEqual(['install.cache', 'on']);
  });

  it('completes long options that only one name begins with', async () => {
    expect((await command(['sync', '--reins'])).has('reinstall')).toBe(true);
    expect((await command(['sync', '--prod'])).has('prod')).toBe(true);
    expect((await command(['add', '--gro=x'])).value('group')).toBe('x');
    await expect(command(['sync', '--no'])).rejects.toThrow(
      expect.objectContaining({ code: 'TSPM_CLI_SYNTAX', message: "option '--no' is ambiguous" }),
    );
  });

  it('leaves words after -- and values of options alone', async () => {
    expect((await command(['add', '--', '--gro'])).args).toEqual(['--gro']);
    expect((await command(['add', '-G', '--dry', 'x'])).value('group')).toBe('--dry');
  });

  it.each([['remove'], ['import'], ['new'], ['lock', '--quiet', '-v'], ['completion', 'nope']])(
    'shows the help of %j, whatever else is missing or wrong',
    async (...words) => {
      expect(await parse([...words, '--help'])).toMatchObject({ kind: 'help', spec: { name: words[0] } });
    },
  );

  it.each([
    [['add', '--no-slef'], "tspm add: unknown option '--no-slef'", 'did you mean --no-self?'],
    [['add', '--zzzzzzzz'], "tspm add: unknown option '--zzzzzzzz'", 'see `tspm add --help`'],
    [['add', '-Z'], "tspm add: unknown option '-Z'", 'see `tspm add --help`'],
    [['add', '-G'], "tspm add: option '-G, --group <value>' argument missing", 'see `tspm add --help`'],
    [['remove'], "tspm remove: missing required argument 'packages'", 'see `tspm remove --help`'],
    [['sync', 'x'], 'tspm sync: too many arguments. Expected 0 arguments but got 1', 'see `tspm sync --help`'],
    [['sync', '--dev', '--prod'], 'tspm sync: --prod is not allowed with --dev', undefined],
    [['lock', '-v', '-q'], 'tspm lock: --quiet is not allowed with --verbose', undefined],
    [['cache', 'clera'], "tspm cache: action cannot be 'clera'", 'did you mean clear?'],
    [['adn'], 'Command not found: adn', 'did you mean add?'],
    [['--frozen'], "tspm: unknown option '--frozen'", 'see `tspm --help`'],
  ])('%j fails with one clear line', async (argv, message, hint) => {
    await expect(parse(argv)).rejects.toThrow(
      expect.objectContaining({ code: 'TSPM_CLI_SYNTAX', exitCode: 2, message, hint }),
    );
  });

  it('takes the other words for a command', async () => {
    const request = await parse(['py', 'find', '3.11']);
    expect(request).toMatchObject({ kind: 'command', input: { spec: { name: 'python' }, args: ['find', '3.11'] } });
  });

  it.each([
    [['--version'], { kind: 'version' }],
    [['-V'], { kind: 'version' }],
    [['-q', '--version'], { kind: 'version' }],
    [['-h', 'add'], { kind: 'help', spec: undefined }],
    [['-q'], { kind: 'help', spec: undefined }],
    [['--pep582'], { kind: 'pep582', shell: undefined }],
    [['--pep582', 'zsh'], { kind: 'pep582', shell: 'zsh' }],
    [['--pep582=fish'], { kind: 'pep582', shell: 'fish' }],
  ])('%j needs no command', async (argv, request) => {
    expect(await parse(argv)).toEqual(request);
  });

  it('shows help of a command, but never that of a program under run', async () => {
    expect(await parse(['lock', '--help'])).toMatchObject({ kind: 'help', spec: { name: 'lock' } });
    expect(await parse(['run', '-h'])).toMatchObject({ kind: 'help', spec: { name: 'run' } });
    expect(await parse(['run', 'x', '-h'])).toMatchObject({ kind: 'command' });
  });

  it.each([
    [
      ['run', 'python', '--version'],
      ['python', '--version'],
    ],
    [
      ['run', '-s', 'train.py', '--lr', '0.1', '--no-cuda', '-p', 'x', '-s'],
      ['train.py', '--lr', '0.1', '--no-cuda', '-p', 'x', '-s'],
    ],
    [
      ['run', 'python', '--', '--version'],
      ['python', '--', '--version'],
    ],
    [
      ['run', '--', '-x', '--', 'y'],
      ['-x', '--', 'y'],
    ],
    [
      ['run', '-k', 'pre_x', '-p', '/root', 'x', '-v'],
      ['x', '-v'],
    ],
    [
      ['run', '--proj', '/root', 'x', ''],
      ['x', ''],
    ],
    [['run'], []],
  ])('%j passes on what belongs to the program', async (argv, args) => {
    expect((await command(argv)).args).toEqual(args);
  });

  it('takes a first word that is a script for `run`', async () => {
    const input = await command(['-v', 'serve', '--port', '80'], { scripts: ['serve'] });
    expect([input.spec.name, input.count('verbose')]).toEqual(['run', 1]);
    expect(input.args).toEqual(['serve', '--port', '80']);
  });

  it('names the nearest script too', async () => {
    await expect(parse(['srve'], { scripts: ['serve'] })).rejects.toThrow(
      expect.objectContaining({ hint: 'did you mean serve?' }),
    );
  });

  it('puts [tool.pdm.options] right behind the command, so that the user has the last word', async () => {
    const options = { sync: ['--no-self', '-L', 'a.lock'] };
    const input = await command(['sync', '-L', 'b.lock'], { options });
    expect([input.has('no-self'), input.value('lockfile')]).toEqual([true, 'b.lock']);
    expect((await command(['run', 'x', 'y'], { options: { run: ['-s'] } })).has('site-packages')).toBe(true);
    await expect(parse(['sync', '-q'], { options: { sync: ['-v'] } })).rejects.toThrow(
      expect.objectContaining({ code: 'TSPM_CLI_SYNTAX', hint: '[tool.pdm.options].sync adds -v' }),
    );
  });

  it.each([
    [{ PDM_NO_SELF: '0' }, 'no-self', true],
    [{ PDM_NO_SELF: '' }, 'no-self', false],
    [{ PDM_FROZEN_LOCKFILE: 'True' }, 'frozen-lockfile', true],
    [{ PDM_FROZEN_LOCKFILE: '0', PDM_NO_LOCK: '1' }, 'frozen-lockfile', false],
    [{ PDM_NO_LOCK: '1' }, 'frozen-lockfile', true],
    [{ PDM_NON_INTERACTIVE: '' }, 'non-interactive', true],
  ])('reads %j', async (env, option, given) => {
    expect((await command(['install'], { env })).has(option)).toBe(given);
  });

  it('prefers the command line to variables', async () => {
    const env = { PDM_LOCKFILE: 'env.lock', PDM_SKIP_HOOKS: 'a,b', PDM_PROJECT: '/p' };
    expect((await command(['sync'], { env })).value('lockfile')).toBe('env.lock');
    expect((await command(['sync', '-L', 'x.lock'], { env })).value('lockfile')).toBe('x.lock');
    expect((await command(['sync'], { env })).list('skip')).toEqual(['a', 'b']);
    expect((await command(['sync', '-k', 'c'], { env })).list('skip')).toEqual(['c']);
  });

  it('refuses to be asked for options a command does not have', async () => {
    const input = await command(['config']);
    expect(() => input.has('group')).toThrow('tspm config has no option --group');
  });
});

interface World {
  readonly env?: Readonly<Record<string, string>>;
  readonly scripts?: readonly string[];
  readonly options?: Readonly<Record<string, readonly string[]>>;
}

function parse(argv: readonly string[], { env = {}, scripts = [], options = {} }: World = {}): Promise<Request> {
  const hooks: ParseHooks = {
    env,
    projects: { optionsFor: async ({ spec }) => options[spec.name] ?? [], scriptNames: async () => scripts },
  };
  return parseCommandLine(argv, hooks);
}

async function command(argv: readonly string[], world?: World): Promise<ParsedCommand> {
  const request = await parse(argv, world);
  if (request.kind !== 'command') throw new Error(`${argv.join(' ')} is no command but ${request.kind}`);
  return request.input;
}
