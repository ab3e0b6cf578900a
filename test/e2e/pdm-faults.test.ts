/** Known faults of PDM's resolution that are not repeated. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publish, type Published, pythonIdent } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { installed, onlySource, problems, projectText } from '../support/workspace.ts';

const sandbox = new Sandbox();
let server: IndexServer;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, [
    { name: 'tool', version: '1.0', requires: ['helper'] },
    { name: 'tool', version: '2.0', requires: ['helper', 'nowhere>=1'] },
    { name: 'tool', version: '3.0', requires: ['helper; python_version >= "3.0"', 'nowhere>=2'] },
    { name: 'helper', version: '1.0', requires: ["compat; python_version in '3.11 3.12'"] },
    { name: 'compat', version: '1.0' },
    { name: 'web', version: '1.0', requires: ['server>=2'] },
    { name: 'server', version: '2.0', requires: ['protocol>=4'] },
    { name: 'admin', version: '1.0', requires: ['theme'] },
    { name: 'theme', version: '1.0', requires: ['protocol<4'] },
    { name: 'protocol', version: '3.0' },
    { name: 'protocol', version: '4.0' },
  ]);
});

afterAll(() => server.close());

test('a candidate that needs a package nobody has is passed over, however new it is', async () => {
  const project = projectOn(server, ['tool', 'compat']);
  await project.ok(['lock']);
  expect(project.read('pdm.lock')).toMatch(/name = "tool"\nversion = "1\.0"/);
  const result = await projectOn(server, ['tool>1']).tspm(['lock']);
  expect(problems(result)[0]).toMatch(/^error: .*there is no package nowhere.* \[TSPM_PACKAGE_NOT_FOUND\]$/);
});

test('a marker that looks for the Python version in a text is joined with others', async () => {
  const project = projectOn(server, [
    'helper',
    "protocol<4; python_version not in '3.11 3.12'",
    "compat; python_version < '3.11'",
  ]);
  await project.ok(['lock']);
  const lock = project.read('pdm.lock');
  expect(lock).toMatch(/name = "compat"(?:\n.*)*?\nmarker = "python_version < \\"3\.13\\""/);
  expect(lock).toMatch(
    /name = "protocol"(?:\n.*)*?\nmarker = "python_version < \\"3\.11\\" or python_version >= \\"3\.13\\""/,
  );
  await project.ok(['sync']);
  const wanted = ['helper 1.0'];
  if (Number(pythonIdent().split('.')[1]) < 13) wanted.push('compat 1.0');
  if (!['3.11', '3.12'].includes(pythonIdent())) wanted.push('protocol 3.0');
  expect(await installed(project)).toEqual(wanted.toSorted());
});

test('a refusal names every package of the conflict, not the last one alone', async () => {
  const result = await projectOn(server, ['web', 'admin']).tspm(['lock']);
  expect(result.status).toBe(1);
  const text = problems(result).join('\n');
  for (const name of ['web', 'server', 'protocol', 'admin', 'theme']) expect(text).toContain(name);
  expect(text).toContain('protocol>=4');
  expect(text).toContain('protocol<4');
});

describe('two registries with the same name and version, one cache', () => {
  const shared = (requires: readonly string[], metadata: boolean): Published[] => [
    {
      name: 'shared',
      version: '1.0',
      requires,
      ...(metadata
        ? { listing: { metadata: `Metadata-Version: 2.1\nName: shared\nVersion: 1.0\n${requiresDist(requires)}` } }
        : {}),
    },
    { name: 'left', version: '1.0' },
    { name: 'right', version: '1.0' },
  ];

  test.each([
    ['read out of the wheel', false],
    ['from the file beside it', true],
  ])('keep their own metadata, %s', async (_, metadata) => {
    const [one, other] = await Promise.all([startIndexServer(), startIndexServer()]);
    publish(one, shared(['left'], metadata));
    publish(other, shared(['right'], metadata));
    const [left, right] = [projectOn(one, ['shared']), projectOn(other, ['shared'])];
    for (const project of [left, right]) await project.ok(['lock']);
    const locks = [left.read('pdm.lock'), right.read('pdm.lock')];
    expect(locks[0]).toContain('name = "left"');
    expect(locks[0]).not.toContain('name = "right"');
    expect(locks[1]).toContain('name = "right"');
    expect(locks[1]).not.toContain('name = "left"');
    for (const project of [left, right]) await project.ok(['lock']);
    expect([left.read('pdm.lock'), right.read('pdm.lock')]).toEqual(locks);
    for (const project of [left, right]) await project.ok(['sync']);
    expect([await installed(left), await installed(right)]).toEqual([
      ['left 1.0', 'shared 1.0'],
      ['right 1.0', 'shared 1.0'],
    ]);
    await Promise.all([one.close(), other.close()]);
  });
});

function requiresDist(lines: readonly string[]): string {
  return lines.map((line) => `Requires-Dist: ${line}\n`).join('');
}

function projectOn(index: IndexServer, dependencies: readonly string[]): Project {
  const text = projectText({ dependencies, sources: [onlySource(index.simple)] });
  return sandbox.project(`project ${(count += 1)}`, text);
}
