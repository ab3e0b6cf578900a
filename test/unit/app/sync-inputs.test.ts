import { describe, expect, it } from 'vitest';
import { installSettings, syncInputs, type SyncFacts } from '../../../src/app/sync-inputs.ts';
import type { Config } from '../../../src/project/config.ts';

function configOf(values: Readonly<Record<string, string | boolean>>): Config {
  const project = new Map(Object.entries(values));
  return {
    env: {},
    files: { site: '/site.toml', home: undefined, project: '/project/pdm.toml' },
    site: new Map(),
    home: new Map(),
    project,
  };
}

describe('installSettings', () => {
  it('copies when the cache is off, whatever the method', () => {
    expect(installSettings(configOf({}))).toEqual({ cache: false, method: 'copy' });
    expect(installSettings(configOf({ 'install.cache_method': 'symlink' }))).toEqual({ cache: false, method: 'copy' });
  });

  it.each([
    ['symlink', 'symlink'],
    ['symlink_individual', 'symlink'],
    ['hardlink', 'hardlink'],
    ['LINK', 'hardlink'],
    ['pth', 'pth'],
    ['copy', 'copy'],
    ['other', 'copy'],
  ])('%s means %s', (word, method) => {
    const config = configOf({ 'install.cache': true, 'install.cache_method': word });
    expect(installSettings(config)).toEqual({ cache: true, method });
  });
});

describe('syncInputs', () => {
  const facts: SyncFacts = {
    lockText: 'lock',
    pyprojectText: 'project',
    interpreter: { executable: '/python', versionText: '3.11.7', markers: { os_name: 'posix' } },
    config: configOf({}),
    options: {
      groups: ['default', 'test'],
      clean: 'nothing',
      reinstall: false,
      dryRun: false,
      own: 'none',
      editable: true,
    },
    ownFiles: '',
  };

  it('is the same for the same facts', () => {
    expect(syncInputs({ ...facts, options: { ...facts.options } })).toBe(syncInputs(facts));
  });

  it.each<[string, Partial<SyncFacts>]>([
    ['the lock', { lockText: 'lock2' }],
    ['the project file', { pyprojectText: 'project2' }],
    ['a border between the two texts', { lockText: 'lockp', pyprojectText: 'roject' }],
    ['the Python', { interpreter: { ...facts.interpreter, executable: '/other' } }],
    ['its version', { interpreter: { ...facts.interpreter, versionText: '3.11.8' } }],
    ['its markers', { interpreter: { ...facts.interpreter, markers: { os_name: 'nt' } } }],
    ['the link method', { config: configOf({ 'install.cache': true }) }],
    ['formats', { config: { ...configOf({}), env: { PDM_NO_BINARY: ':all:' } } }],
    ['the groups', { options: { ...facts.options, groups: ['default'] } }],
    ['the way the project itself is installed', { options: { ...facts.options, own: 'editable' } }],
    ['what its backend reads', { ownFiles: 'setup()' }],
    ['the way of editable packages', { options: { ...facts.options, editable: false } }],
    ['what is removed', { options: { ...facts.options, clean: 'unlocked' } }],
  ])('changes with %s', (_, change) => {
    expect(syncInputs({ ...facts, ...change })).not.toBe(syncInputs(facts));
  });
});
