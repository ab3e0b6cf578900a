import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  configDisplay,
  configFlag,
  configInteger,
  configRows,
  configText,
  parseFlag,
  readConfig,
  shadowingVariable,
} from '../../../src/project/config.ts';
import { deleteConfig, setConfig } from '../../../src/project/config-edit.ts';
import type { ConfigValue } from '../../../src/project/config-file.ts';
import { parsePyproject } from '../../../src/project/pyproject.ts';
import { expandSourceUrl, projectSources } from '../../../src/project/sources.ts';

let root = '';
let home = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tspm-config-'));
  home = join(root, 'home');
  mkdirSync(home);
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const load = (env: Record<string, string> = {}) =>
  readConfig({ env: { HOME: home, XDG_CONFIG_DIRS: join(root, 'site'), ...env }, root });
const homeFile = () => join(home, '.config', 'pdm', 'config.toml');
const write = (path: string, text: string) => {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
};

describe('configuration', () => {
  it('takes environment, project, home, site and default in this order', () => {
    expect(configText(load(), 'pypi.url')).toBe('https://pypi.org/simple');
    write(join(root, 'site', 'pdm', 'config.toml'), 'pypi.url = "site"\n');
    expect(configText(load(), 'pypi.url')).toBe('site');
    write(homeFile(), '[pypi]\nurl = "home"\n');
    expect(configText(load(), 'pypi.url')).toBe('home');
    write(join(root, 'pdm.toml'), '[pypi]\nurl = "project"\n');
    expect(configText(load(), 'pypi.url')).toBe('project');
    expect(configText(load({ PDM_PYPI_URL: 'env' }), 'pypi.url')).toBe('env');
    expect(shadowingVariable(load({ PDM_PYPI_URL: 'env' }), 'pypi.url')).toBe('PDM_PYPI_URL');
  });

  it('reads another home file when told', () => {
    write(join(root, 'other.toml'), 'check_update = false\n');
    expect(configFlag(load({ PDM_CONFIG_FILE: join(root, 'other.toml') }), 'check_update')).toBe(false);
    expect(configFlag(readConfig({ env: {}, homeFile: join(root, 'other.toml') }), 'check_update')).toBe(false);
  });

  it('knows folders without and with a home', () => {
    expect(configText(load(), 'cache_dir')).toBe(join(home, '.cache', 'tspm'));
    expect(configText(load({ XDG_CACHE_HOME: '/c' }), 'cache_dir')).toBe('/c/tspm');
    expect(configText(load({ PDM_CACHE_DIR: '~/x' }), 'cache_dir')).toBe(join(home, 'x'));
    expect(configText(load({ HOME: '' }), 'cache_dir')).toBe(join(userInfo().homedir, '.cache', 'tspm'));
  });

  it.each<[ConfigValue, boolean]>([
    ['', false],
    ['false', false],
    ['NO', false],
    ['0', false],
    ['off', false],
    ['n', false],
    ['F', false],
    ['on', true],
    ['1', true],
    [false, false],
    [0.5, true],
  ])('reads %j as %s', (value, expected) => {
    expect(parseFlag(value)).toBe(expected);
  });

  it('stores values as given, in tables, sorted, and deletes them', async () => {
    await setConfig(load(), 'home', { key: 'install.cache', value: 'on' });
    await setConfig(load(), 'home', { key: 'cache_dir', value: '~/c' });
    await setConfig(load(), 'home', { key: 'pypi.my.index.url', value: 'https://x' });
    await setConfig(load(), 'home', { key: 'pypi.my.index.verify_ssl', value: 'no' });
    expect(readFileSync(homeFile(), 'utf8')).toBe(
      'cache_dir = "~/c"\n\n[install]\ncache = "on"\n\n[pypi."my.index"]\nurl = "https://x"\nverify_ssl = false\n',
    );
    expect(configFlag(load(), 'install.cache')).toBe(true);
    expect(configDisplay(load(), 'install.cache')).toBe('True');
    await deleteConfig(load(), 'home', 'pypi.my.index');
    await deleteConfig(load(), 'home', 'install.cache');
    await deleteConfig(load(), 'home', 'install.cache');
    expect(readFileSync(homeFile(), 'utf8')).toBe('cache_dir = "~/c"\n');
    await setConfig(load(), 'project', { key: 'cache_dir', value: '/scratch' });
    expect(readFileSync(join(root, 'pdm.toml'), 'utf8')).toBe('cache_dir = "/scratch"\n');
  });

  it('refuses what PDM refuses', async () => {
    const config = load();
    expect(() => configText(config, 'nope')).toThrow(
      expect.objectContaining({ code: 'TSPM_CONFIG_UNKNOWN_KEY', message: "No such config key: 'nope'" }),
    );
    await expect(setConfig(config, 'project', { key: 'request_timeout', value: '3' })).rejects.toThrow(
      /not allowed to set in project config/,
    );
    await expect(setConfig(config, 'home', { key: 'request_timeout', value: 'x' })).rejects.toThrow(
      /expected a whole number, got "x"/,
    );
    await expect(setConfig(config, 'home', { key: 'lock.format', value: 'x' })).rejects.toThrow(
      /expected pdm or pylock/,
    );
    await expect(setConfig(config, 'home', { key: 'pypi.x', value: 'y' })).rejects.toThrow(/expected an attribute/);
    await expect(setConfig(config, 'home', { key: 'pypi.x.colour', value: 'y' })).rejects.toMatchObject({
      code: 'TSPM_CONFIG_UNKNOWN_KEY',
    });
    await expect(deleteConfig(config, 'home', 'nope')).rejects.toMatchObject({ code: 'TSPM_CONFIG_UNKNOWN_KEY' });
  });

  it('never fails on keys it does not know, names bad files, and reads older names', () => {
    write(homeFile(), 'unknown = 1\n[feature]\ninstall_cache = true\n');
    expect(configFlag(load(), 'install.cache')).toBe(true);
    expect(configInteger(load(), 'request_timeout')).toBe(15);
    write(homeFile(), 'a = \n');
    expect(() => load()).toThrow(
      expect.objectContaining({ code: 'TSPM_CONFIG_INVALID', message: expect.stringContaining('config.toml:1:') }),
    );
  });

  it('lists sections with secrets marked', () => {
    write(homeFile(), '[pypi]\npassword = "p"\nusername = "u"\n');
    expect(configRows(load(), 'home').map(({ key, secret }) => [key, secret])).toEqual([
      ['pypi.password', true],
      ['pypi.username', false],
    ]);
    expect(configRows(load(), 'site').find((row) => row.key === 'install.cache')).toMatchObject({ value: 'False' });
  });
});

describe('values that a setting cannot have', () => {
  it.each([
    ['install.cache', 'maybe', 'expected on or off, got "maybe"'],
    ['install.cache_method', 'simlink', 'expected symlink, symlink_individual, hardlink, copy or pth, got "simlink"'],
    ['strategy.save', 'all', 'expected minimum, compatible, safe_compatible, exact or wildcard, got "all"'],
    ['strategy.update', 'none', 'expected reuse, eager, all or reuse-installed, got "none"'],
    ['lock.format', 'uv', 'expected pdm or pylock, got "uv"'],
  ])('%s %s', async (key, value, reason) => {
    await expect(setConfig(load(), 'home', { key, value })).rejects.toMatchObject({
      code: 'TSPM_CONFIG_INVALID',
      message: `config ${key}: ${reason}`,
    });
  });
});

describe('sources', () => {
  const sources = (text: string, env: Record<string, string> = {}) =>
    projectSources(parsePyproject(`[project]\n${text}`, root).sources, load(env), root);
  const names = (text: string, env: Record<string, string> = {}) =>
    sources(text, env).map((source) => `${source.name} ${source.url}`);

  it('puts the default index first unless a source is named pypi', () => {
    expect(names('')).toEqual(['pypi https://pypi.org/simple']);
    expect(names('[[tool.pdm.source]]\nname = "a"\nurl = "https://a"\n')).toEqual([
      'pypi https://pypi.org/simple',
      'a https://a',
    ]);
    expect(
      sources('[[tool.pdm.source]]\nname = "pypi"\nurl = "file:///${PROJECT_ROOT}/w"\ntype = "find_links"\n'),
    ).toEqual([
      { name: 'pypi', url: `file://${root}/w`, type: 'find_links', verifySsl: true, include: [], exclude: [] },
    ]);
  });

  it('refuses an unknown type', () => {
    expect(() => names('[[tool.pdm.source]]\nname = "a"\nurl = "https://a"\ntype = "find-links"\n')).toThrow(
      expect.objectContaining({
        code: 'TSPM_PYPROJECT_INVALID',
        message: '[tool.pdm.source][0].type: expected "index" or "find_links"',
      }),
    );
  });

  it('fills in what the configuration has and appends its other sources', () => {
    write(
      homeFile(),
      '[pypi.a]\nurl = "https://home"\nusername = "u"\n[pypi.b]\nurl = "https://b"\nverify_ssl = false\n',
    );
    expect(
      sources('[[tool.pdm.source]]\nname = "a"\nurl = "https://a"\ninclude_packages = ["Torch_*"]\n'),
    ).toMatchObject([
      { name: 'pypi' },
      { name: 'a', url: 'https://a', username: 'u', include: ['torch-*'] },
      { name: 'b', verifySsl: false },
    ]);
    expect(names('[[tool.pdm.source]]\nname = "a"\nurl = "https://a"\n', { PDM_IGNORE_STORED_INDEX: '1' })).toEqual([
      'a https://a',
    ]);
    expect(() => sources('', { PDM_IGNORE_STORED_INDEX: '1' })).toThrow(/You must specify at least one index/);
    expect(names('[[tool.pdm.source]]\nname = "empty"\n')).not.toContain('empty ');
  });

  it('expands variables: encoded before the @, raw behind it, empty when unset', () => {
    const env = { USER_NAME: 'a@b', PW: 'p/w:', HOST: 'x.org' };
    expect(expandSourceUrl('https://${USER_NAME}:${PW}@${HOST}/${MISSING}s', env, root)).toBe(
      'https://a%40b:p%2Fw%3A@x.org/s',
    );
    expect(expandSourceUrl('https://x.org/${PW}', env, root)).toBe('https://x.org/p/w:');
  });

  it.each([
    'https://${HOST}/simple',
    'https://u:${PW}@x.org/${PROJECT}/simple',
    'HTTP://x.org/?key=${KEY}',
    '${NONE}https://x.org/${KEY}',
  ])('refuses a variable that a server would be sent outside of the credentials: %s', (url) => {
    expect(() => names(`[[tool.pdm.source]]\nname = "a"\nurl = "${url}"\n`, { PW: 'w0rd' })).toThrow(
      expect.objectContaining({
        code: 'TSPM_CONFIG_INVALID',
        message: expect.stringMatching(/^source "a": \$\{(?:HOST|PROJECT|KEY|NONE)\} stands outside/),
      }),
    );
  });

  it('replaces variables anywhere in the place of local files, and tells which credentials have no value', () => {
    const text = '[[tool.pdm.source]]\nname = "a"\nurl = "file://${SITE}/w"\n[[tool.pdm.source]]\nname = "b"\n';
    const more = 'url = "https://${WHO}:${WORD}@x.org"\nusername = "${WHO}"\n';
    const whole = '[[tool.pdm.source]]\nname = "c"\nurl = "${INDEX}"\n';
    const [, a, b, c] = sources(text + more + whole, { SITE: '/srv', WORD: 'w', INDEX: 'https://i.org' });
    expect(c).toMatchObject({ url: 'https://i.org' });
    expect(a).toMatchObject({ url: 'file:///srv/w' });
    expect(b).toMatchObject({ unset: ['WHO'] });
  });
});
