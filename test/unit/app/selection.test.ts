import { describe, expect, it } from 'vitest';
import { selectWanted, type SelectedPackage } from '../../../src/app/selection.ts';
import type { LockedPackage } from '../../../src/lockfile/model.ts';
import { parsePyproject } from '../../../src/project/pyproject.ts';
import { readFacts } from '../../../src/python/facts.ts';
import { interpreterOf } from '../../../src/python/interpreter.ts';
import { probeAnswer } from '../python/probe-answer.ts';

const facts = readFacts(probeAnswer({}));
if (facts === undefined) throw new Error('the answer cannot be read');
const interpreter = interpreterOf(facts);
const sha256 = 'a'.repeat(64);

const entry = (name: string, more: Partial<LockedPackage> = {}): LockedPackage => ({
  name,
  version: '1.0',
  groups: ['default'],
  dependencies: [],
  files: [{ file: `${name.replaceAll('-', '_')}-1.0-py3-none-any.whl`, hash: `sha256:${sha256}` }],
  ...more,
});

/** Selects from a lock of these entries, for a project with the requirement lines. */
function select(lines: readonly string[], ...packages: readonly LockedPackage[]): Map<string, SelectedPackage> {
  const pyproject = parsePyproject(
    `[project]\nname = "demo"\nversion = "1"\ndependencies = ${JSON.stringify(lines)}\n`,
    '/project',
  );
  const strategy = ['inherit_metadata'];
  const lock = { groups: ['default'], strategy, lockVersion: '4.5.0', contentHash: undefined, targets: [], packages };
  return selectWanted(lock, { pyproject, env: {}, interpreter, groups: ['default'], editable: true });
}

describe('selectWanted', () => {
  it('marks what the project itself asks for', () => {
    const selected = select(['alpha', 'Gam.ma[x]'], entry('alpha'), entry('beta'), entry('gam-ma'));
    expect([...selected].map(([key, { wanted }]) => [key, wanted.requested])).toEqual([
      ['alpha', true],
      ['beta', false],
      ['gam-ma', false],
    ]);
  });

  it('leaves out what neither the groups nor this Python need', () => {
    const elsewhere = entry('windows-only', { marker: 'os_name == "nt"' });
    expect([...select([], entry('alpha'), elsewhere, entry('tests', { groups: ['test'] })).keys()]).toEqual(['alpha']);
  });

  it('accepts the digest of any wheel of the entry, and none of a source archive', () => {
    const files = [
      { file: 'alpha-1.0-cp311-cp311-win_amd64.whl', hash: `sha256:${'b'.repeat(64)}` },
      { file: 'alpha-1.0-py3-none-any.whl', hash: `sha256:${sha256}` },
      { file: 'alpha-1.0.tar.gz', hash: `sha256:${'c'.repeat(64)}` },
    ];
    const found = select([], entry('alpha', { files })).get('alpha');
    expect(found?.wanted.sha256s).toEqual(['b'.repeat(64), sha256]);
    expect(found?.file).toMatchObject({ filename: 'alpha-1.0-py3-none-any.whl' });
  });

  it('records the place of a package from an address or a path', () => {
    const url = 'https://example.org/alpha-1.0-py3-none-any.whl';
    const path = './wheels/beta-1.0-py3-none-any.whl';
    const selected = select([], entry('alpha', { url }), entry('beta', { path }), entry('gamma'));
    expect([...selected.values()].map(({ wanted }) => wanted.directUrl?.url)).toEqual([
      url,
      'file:///project/wheels/beta-1.0-py3-none-any.whl',
      undefined,
    ]);
  });

  it('records repository and commit of a checkout, and refuses one without a commit', () => {
    const url = 'https://example.org/alpha.git';
    const revision = '0123456789'.repeat(4);
    const vcs = { kind: 'git', url, ref: 'main' } as const;
    const [chosen] = [...select([], entry('alpha', { vcs: { ...vcs, revision }, files: [] })).values()];
    expect(chosen?.wanted.directUrl).toEqual({
      url,
      subdirectory: undefined,
      source: { kind: 'vcs', vcs: 'git', commitId: revision, requestedRevision: 'main' },
    });
    expect(() => select([], entry('alpha', { vcs }))).toThrow(`does not say which commit of ${url} alpha is`);
    expect(() => select([], entry('alpha', { vcs: { kind: 'hg', url } }))).toThrow('tspm knows git alone, not hg');
  });

  it('refuses a package without a digest it could be verified with', () => {
    const files = [{ file: 'alpha-1.0-py3-none-any.whl', hash: `md5:${'a'.repeat(32)}` }];
    expect(() => select([], entry('alpha', { files }))).toThrow('the lock has no sha256 for alpha 1.0');
  });
});
