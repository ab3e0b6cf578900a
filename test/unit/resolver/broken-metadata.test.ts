import { describe, expect, it } from 'vitest';
import { proofIn, runIn, versionsIn } from './registry.ts';

const core = { '0.9': [], '1.0': [], '1.1': [], '2.0': [], '3.0': [], '7.2': [], '8.0': [] };

describe('requirement lines of packages', () => {
  it.each([
    ['core>=7.2<8', '7.2'],
    ['core!=~8.0', '7.2'],
    ['core<=2.*', '2.0'],
    ['core!=8.0*', '7.2'],
    ['core>=1.0,', '8.0'],
    ['core>dev,<1', '0.9'],
    ["core (== '3.0')", '3.0'],
    ['"core<2"', '1.1'],
    ['core (>=1.0,\n        <2)', '1.1'],
    ['core<=1.0a1.0,>=0', '0.9'],
  ])('with the mistake of %j are mended', async (line, version) => {
    const registry = { beta: { '1.0': [line] }, core };
    expect(await versionsIn(registry, ['beta'])).toEqual({ beta: '1.0', core: version });
  });

  it.each([
    ['core>=>1', 'requirement "core>=>1" is invalid: version specifier ">=>1" must name a version of PEP 440'],
    ['core; python_version >> "3"', 'requirement "core; python_version >> \\"3\\"" is invalid: marker'],
    ['core; python_version >= "3" and extra = "x"', 'must have one of < <= == === ~= != >= > in, not in at character'],
    ["core; 'linux' in platform", 'must have a marker variable or a quoted text at character 13'],
    ['-e ./core', 'must start with a name'],
  ])('%j that cannot be read rule out the version, with package, version and line', async (line, problem) => {
    const registry = { beta: { '1.0': ['core'], '1.1': [line] }, core };
    const { outcome, events } = await runIn(registry, ['beta']);
    expect(outcome).toMatchObject({ kind: 'solved', packages: [{ key: 'beta', version: { text: '1.0' } }, {}] });
    const [note, ...others] = events.filter(({ kind }) => kind === 'note');
    expect(others).toEqual([]);
    expect(note).toMatchObject({ level: 'warning', message: expect.stringContaining(problem) });
    expect(note).toMatchObject({
      message: expect.stringMatching(/^skipping beta 1\.1 because it has metadata that cannot be read \(requirement "/),
    });
    expect(await proofIn(registry, ['beta>1.0'])).toContain('beta 1.1 has metadata that cannot be read (requirement "');
  });

  it('that are never reached harm nobody', async () => {
    const registry = { beta: { '1.0': ['core>=>1'], '1.1': [] } };
    const { outcome, events } = await runIn(registry, ['beta']);
    expect(outcome).toMatchObject({ kind: 'solved', packages: [{ version: { text: '1.1' } }] });
    expect(events.filter(({ kind }) => kind === 'note')).toEqual([]);
  });
});

describe('files of packages', () => {
  it('without metadata rule out the version with a note', async () => {
    const registry = {
      beta: { '1.0': [], '1.1': { broken: 'beta-1.1-py3-none-any.whl: package metadata has no Name' } },
    };
    const { events } = await runIn(registry, ['beta']);
    expect(events.filter(({ kind }) => kind === 'note')).toEqual([
      {
        kind: 'note',
        level: 'warning',
        message:
          'skipping beta 1.1 because it cannot be used (beta-1.1-py3-none-any.whl: package metadata has no Name)',
      },
    ]);
  });
});

describe('requires-python of packages', () => {
  it.each([
    ['>=3.12.*', '1.0'],
    ['>=3.12<4', '1.0'],
    ["'>=3.12'", '1.0'],
    ['!=3.9*,>=3', '1.0'],
    ['about 3.12', '1.1'],
    ['>=3.12 or so', '1.1'],
    ['3', '1.1'],
    ['2', '1.0'],
  ])('%j is mended where it can be, else it means nothing: %s', async (metadataPython, version) => {
    const registry = { beta: { '1.0': [], '1.1': { metadataPython } } };
    expect(await versionsIn(registry, ['beta'])).toEqual({ beta: version });
  });
});

describe('names that differ in case and separators alone', () => {
  it('are one package', async () => {
    const registry = { 'foo-bar': { '1.0': [], '1.1': ['Core>=2'], '2.0': [] }, core };
    const { outcome } = await runIn(registry, ['Foo_Bar<2', 'foo.bar>=1.1', 'CORE<3']);
    expect(outcome).toMatchObject({
      kind: 'solved',
      packages: [
        { key: 'core', version: { text: '2.0' } },
        { key: 'foo-bar', version: { text: '1.1' } },
      ],
    });
  });
});
