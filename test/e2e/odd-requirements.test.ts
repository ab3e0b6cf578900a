/** Requirements and packages that are odd: each has one outcome, and a message where somebody should know. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseLockfile } from '../../src/lockfile/read.ts';
import { packageIdentity } from '../../src/lockfile/model.ts';
import { publish } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { buildWheel } from '../support/wheel.ts';
import { installed, onlySource, problems, projectText, stateOf } from '../support/workspace.ts';

const sandbox = new Sandbox();
let server: IndexServer;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, [
    { name: 'Mixed.Case', version: '1.0', requires: ['PLAIN'] },
    { name: 'plain', version: '1.0' },
    { name: 'plain', version: '2.0' },
    { name: 'own', version: '1.0', requires: ['Own>=1'] },
    { name: 'own', version: '2.0', requires: ['own<2'] },
    { name: 'ring-a', version: '1.0', requires: ['ring-b'] },
    { name: 'ring-b', version: '1.0', requires: ['ring-c; python_version >= "3"'] },
    { name: 'ring-c', version: '1.0', requires: ['ring-a'] },
    { name: 'torch', version: '1.0' },
    { name: 'torch', version: '1.0+cpu' },
    { name: 'torch', version: '1.0+cu121' },
    { name: 'torch', version: '1.1+cpu' },
    { name: 'never', version: '1.0', requires: ['plain>2,<1'] },
    { name: 'gone', version: '1.0', listing: { yanked: 'lost data' } },
    {
      name: 'suite',
      version: '1.0',
      extras: ['all', 'left', 'right'],
      requires: ['suite[left,right]; extra == "all"', 'plain; extra == "left"', 'ring-a; extra == "right"'],
    },
  ]);
  server.add('hollow');
});

afterAll(() => server.close());

describe('are locked', () => {
  test.each([
    [
      'names that differ in case and separators alone',
      ['mixed-case', 'MIXED_case>=1'],
      ['mixed-case 1.0', 'plain 2.0'],
    ],
    ['a package that requires itself, and holds', ['own'], ['own 1.0']],
    ['a circle of packages', ['ring-b'], ['ring-a 1.0', 'ring-b 1.0', 'ring-c 1.0']],
    ['the same line twice', ['plain', 'plain'], ['plain 2.0']],
    ['no requirement at all', [], []],
    ['the project itself', ['demo', 'plain'], ['plain 2.0']],
    [
      'a withdrawn version that is pinned',
      ['gone==1.0'],
      ['gone 1.0'],
      'gone 1.0 was withdrawn from its index: lost data',
    ],
    [
      'an extra that does not exist',
      ['plain[turbo]'],
      ['plain 2.0', 'plain[turbo] 2.0'],
      'plain 2.0 has no extra "turbo"',
    ],
    ['a local version by its own label', ['torch==1.0+cpu'], ['torch 1.0+cpu']],
  ] as const)('%s', async (_, dependencies, entries, warning?: string) => {
    const project = newProject(dependencies);
    const result = await project.ok(['lock']);
    expect(locked(project)).toEqual(entries);
    expect(problems(result)).toEqual(warning === undefined ? [] : [`WARNING: ${warning}`]);
  });

  test('a version without a local part, which stands for every build of it: the highest is installed', async () => {
    const project = newProject(['torch==1.0']);
    await project.ok(['lock']);
    expect(locked(project)).toEqual(['torch 1.0']);
    await project.ok(['sync']);
    expect(await installed(project)).toEqual(['torch 1.0+cu121']);
  });

  test('a version with its local part: no other build is locked or installed', async () => {
    const project = newProject(['torch==1.0+cpu']);
    await project.ok(['lock']);
    expect(project.read('pdm.lock')).not.toContain('cu121');
    await project.ok(['sync']);
    expect(await installed(project)).toEqual(['torch 1.0+cpu']);
  });

  test('an extra that names other extras of its package', async () => {
    const project = newProject(['suite[all]']);
    await project.ok(['lock']);
    await project.ok(['sync']);
    expect(await installed(project)).toEqual(['plain 2.0', 'ring-a 1.0', 'ring-b 1.0', 'ring-c 1.0', 'suite 1.0']);
  });

  test('beside an override for a package that nobody needs, which is pointed out', async () => {
    const project = newProject(['plain'], '[tool.pdm.resolution.overrides]\nplain = "1.0"\nnobody = ">=1"\n');
    const { stderr } = await project.ok(['lock']);
    expect(locked(project)).toEqual(['plain 1.0']);
    expect(stderr).toContain('INFO: the override of nobody changes nothing: no package of the lock has this name\n');
    expect(stderr).not.toContain('override of plain');
  });
});

describe('are refused', () => {
  test.each([
    ['a set of versions that is empty', ['plain>2,<1'], /depends on plain>2,<1, which no version can satisfy/],
    ['two lines that contradict each other', ['plain>1', 'PLAIN<2'], /depends on both plain>1 and PLAIN<2/],
    [
      'a package whose requirement is empty',
      ['never'],
      /never 1\.0 depends on plain>2,<1, which no version can satisfy/,
    ],
    ['a version that is none', ['plain===latest'], /no version of plain matches ===latest \(newest is 2\.0\)/],
    [
      'a package that requires another version of itself',
      ['own>1'],
      /own 2\.0 depends on own<2, another version of itself/,
    ],
    [
      'a package with nothing but withdrawn versions',
      ['gone'],
      /gone 1\.0 was withdrawn \("lost data"\).*Hint: ask for gone==1\.0/s,
    ],
    ['a package without any version', ['hollow'], /hollow has no version in any source/],
  ] as const)('%s', async (_, dependencies, message) => {
    expect(await refusal(newProject(dependencies))).toMatch(message);
  });

  test.each([
    ['a group that includes itself', 'dev = [{include-group = "dev"}]', 'dev -> dev'],
    ['groups that include each other', 'a = [{include-group = "B"}]\nb = [{include-group = "a"}]', 'a -> b -> a'],
  ])('%s', async (_, groups, circle) => {
    const line = await refusal(newProject(['plain'], `[dependency-groups]\n${groups}\n`));
    expect(line).toMatch(
      /^error: pyproject\.toml:\d+: \[dependency-groups\]\.[a-zB]+: the groups include each other: /,
    );
    expect(line).toContain(`${circle} [TSPM_INVALID_GROUP]`);
  });
});

test('5,000 versions cost one page, and the metadata of the one that is taken', async () => {
  const versions = Array.from({ length: 5000 }, (_, index) => `1.${index}`);
  const wanted = buildWheel({ name: 'ladder', version: '1.4321', requires: ['plain'] });
  for (const version of versions) {
    const filename = `ladder-${version}-py3-none-any.whl`;
    server.add('ladder', { filename, bytes: filename === wanted.filename ? wanted.bytes : Buffer.from(filename) });
  }
  const project = newProject(['ladder<1.4322']);
  server.forget();
  await project.ok(['lock']);
  expect(locked(project)).toEqual(['ladder 1.4321', 'plain 2.0']);
  const asked = server.paths().filter((path) => path.includes('ladder'));
  expect(new Set(asked)).toEqual(new Set(['/simple/ladder/', `/files/${wanted.filename}`]));
  expect(await refusal(newProject(['ladder>=2']))).toMatch(/no version of ladder matches >=2 \(newest is 1\.4999\)/);
});

function newProject(dependencies: readonly string[], more = ''): Project {
  const text = projectText({ dependencies, sources: [onlySource(server.simple)], more });
  return sandbox.project(`project ${(count += 1)}`, text);
}

function locked(project: Project): string[] {
  const { packages } = parseLockfile(project.read('pdm.lock'), 'pdm.lock');
  return packages.map((one) => `${packageIdentity(one)} ${one.version ?? ''}`);
}

/** What `lock` says when it refuses: the line with the code, and for a proof what explains it. The project stays as it was. */
async function refusal(project: Project): Promise<string> {
  const before = stateOf(project);
  const result = await project.tspm(['lock']);
  const lines = problems(result);
  expect([result.status, lines[0]]).toEqual([1, expect.stringMatching(/^error: .* \[TSPM_[A-Z_]+\]$/)]);
  expect(stateOf(project)).toEqual(before);
  return lines.join('\n');
}
