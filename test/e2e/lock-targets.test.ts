/** Locks for several targets, and locks in parts: what they record, how they are kept, and that real PDM takes and installs them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publish, pythonIdent } from '../support/catalogue.ts';
import { type IndexServer, startIndexServer } from '../support/index-server.ts';
import { findPdm, installedVersions, pdmOk } from '../support/pdm.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { installed, onlySource, problems, projectText } from '../support/workspace.ts';

const pdm = findPdm();
const skipped = pdm.kind === 'absent' ? ` (skipped: ${pdm.reason})` : '';
const sandbox = new Sandbox();
let server: IndexServer;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, [
    { name: 'alpha', version: '1.0', requires: ['shared', 'winpart; sys_platform == "win32"'] },
    {
      name: 'alpha',
      version: '2.0',
      requires: ['shared', 'winpart; sys_platform == "win32"'],
      requiresPython: '>=3.11',
    },
    { name: 'shared', version: '1.5' },
    { name: 'winpart', version: '0.1' },
    { name: 'tool', version: '1.0', tag: 'cp310-cp310-manylinux_2_17_x86_64', purelib: false },
    { name: 'tool', version: '1.0', tag: 'cp312-cp312-win_amd64', purelib: false },
    { name: 'tool', version: '1.0' },
  ]);
  sandbox.env['PIP_CONFIG_FILE'] = '/dev/null';
});

afterAll(() => server.close());

describe('several targets', () => {
  test('each has its versions and files; an entry says when it is needed', async () => {
    const project = newProject(['alpha', 'tool']);
    await project.ok(['lock', '--python', '<3.11', '--platform', 'linux']);
    expect(entries(project)).toEqual([
      'alpha 1.0 python_version < "3.11"',
      'shared 1.5 python_version < "3.11"',
      'tool 1.0 python_version < "3.11"',
    ]);
    expect(files(project, 'tool')).toEqual([
      'tool-1.0-cp310-cp310-manylinux_2_17_x86_64.whl',
      'tool-1.0-py3-none-any.whl',
    ]);
    await project.ok(['lock', '--append', '--python', '3.11', '--platform', 'windows']);
    expect(targets(project)).toEqual(['>=3.9,<3.11 manylinux_2_40_x86_64', '>=3.11 windows_amd64']);
    expect(entries(project)).toEqual([
      'alpha 1.0 python_version < "3.11"',
      'alpha 2.0 python_version >= "3.11"',
      'shared 1.5',
      'tool 1.0',
      'winpart 0.1 python_version >= "3.11"',
    ]);
    expect(files(project, 'tool')).toEqual([
      'tool-1.0-cp310-cp310-manylinux_2_17_x86_64.whl',
      'tool-1.0-cp312-cp312-win_amd64.whl',
      'tool-1.0-py3-none-any.whl',
    ]);
  });

  test('stay when the lock is made anew, byte for byte, also with nothing but the lock', async () => {
    const project = newProject(['alpha', 'tool']);
    await project.ok(['lock', '--python', '<3.11']);
    await project.ok(['lock', '--append', '--python', '>=3.11', '--platform', 'macos']);
    const text = project.read('pdm.lock');
    await project.ok(['lock']);
    expect(project.read('pdm.lock')).toBe(text);
    const before = server.requests.length;
    await project.ok(['lock', '--update-reuse']);
    expect(project.read('pdm.lock')).toBe(text);
    expect(server.requests.length).toBe(before);
    const again = await project.ok(['lock', '--append', '--python', '>=3.11', '--platform', 'macos_arm64']);
    expect(again.stdout).toContain('🔒 Lock target (Python >=3.11, macos_14_0_arm64) already exists, skip locking.');
    await project.ok(['add', '--no-sync', 'winpart']);
    expect(targets(project)).toEqual(['>=3.9,<3.11', '>=3.11 macos_14_0_arm64']);
    expect(entries(project)).toContain('winpart 0.1');
  });

  test('that differ in the platform alone keep what only one of them needs apart', async () => {
    const project = newProject(['alpha<2']);
    await project.ok(['lock', '--platform', 'linux']);
    await project.ok(['lock', '--append', '--platform', 'windows']);
    expect(entries(project)).toEqual(['alpha 1.0', 'shared 1.5', 'winpart 0.1 sys_platform == "win32"']);
  });

  test('one without solution names itself', async () => {
    const project = newProject(['alpha>=2; sys_platform == "win32"']);
    await project.ok(['lock', '--platform', 'linux']);
    const result = await project.tspm(['lock', '--append', '--platform', 'windows']);
    expect(result.status).toBe(1);
    expect(problems(result).join('\n')).toContain('For Python >=3.9, windows_amd64: Because');
  });

  test.each([
    [['--append'], 'Cannot use `--append` without --python/--platform/--implementation'],
    [
      ['--append', '--platform', 'linux', '-S', 'static_urls'],
      'Not allowed to change lock strategy when --append is used.',
    ],
    [['--refresh', '--platform', 'linux'], 'Cannot pass --python/--platform/--implementation with --refresh'],
    [['--python', '<3.9'], "which is not compatible with the project's requires-python >=3.9"],
    [['--python', 'abc'], 'abc'],
    [['--platform', 'amiga'], 'platform "amiga" is unknown'],
    [['--implementation', 'jython'], 'Unsupported implementation: jython, expected cpython, pypy, or pyston'],
  ])('lock %j is refused and the lock stays', async (options, message) => {
    const project = newProject(['shared']);
    await project.ok(['lock']);
    const text = project.read('pdm.lock');
    const result = await project.tspm(['lock', ...options]);
    expect(result.status).not.toBe(0);
    expect(problems(result).join('\n')).toContain(message);
    expect(project.read('pdm.lock')).toBe(text);
  });

  test('none is added to a lock that does not fit the project', async () => {
    const project = newProject(['shared']);
    await project.ok(['lock']);
    project.write('pyproject.toml', textWith(['shared', 'tool']));
    const result = await project.tspm(['lock', '--append', '--platform', 'linux']);
    expect(problems(result).join('\n')).toContain('the lock file does not fit pyproject.toml');
  });
});

describe('markers on one package that exclude each other', () => {
  const lines = (ident: string) => [
    `alpha<2; python_version < "${ident}"`,
    `alpha>=2; python_version >= "${ident}"`,
    'tool',
  ];

  test('give each environment its version; the answer is stable', async () => {
    const project = newProject(lines('3.11'));
    await project.ok(['lock']);
    const text = project.read('pdm.lock');
    expect(entries(project).slice(0, 2)).toEqual([
      'alpha 1.0 python_version < "3.11"',
      'alpha 2.0 python_version >= "3.11"',
    ]);
    await project.ok(['lock']);
    expect(project.read('pdm.lock')).toBe(text);
    const before = server.requests.length;
    await project.ok(['lock', '--update-reuse']);
    expect(project.read('pdm.lock')).toBe(text);
    expect(server.requests.length).toBe(before);
  });

  test.skipIf(pythonIdent() !== '3.11')(
    'install the one for this machine, and again without inherit_metadata',
    async () => {
      for (const strategy of ['inherit_metadata', 'no_inherit_metadata']) {
        const project = newProject(lines('3.11'));
        await project.ok(['lock', '-S', strategy]);
        await project.ok(['sync', '--no-self']);
        expect(await installed(project)).toEqual(['alpha 2.0', 'shared 1.5', 'tool 1.0']);
      }
    },
  );

  test.skipIf(pdm.kind === 'absent' || pythonIdent() !== '3.11')(
    `real PDM accepts and installs it${skipped}`,
    async () => {
      const project = newProject(lines('3.11'));
      await project.ok(['lock']);
      await pdmOk(pdm, project, ['lock', '--check']);
      await pdmOk(pdm, project, ['sync', '--no-self']);
      expect(installedVersions(project)).toContain('alpha 2.0');
    },
  );
});

test.skipIf(pdm.kind === 'absent')(
  `real PDM writes the same targets, and takes and adds to ours${skipped}`,
  async () => {
    const ours = newProject(['alpha', 'tool']);
    const theirs = newProject(['alpha', 'tool']);
    const steps = [
      ['lock', '--python', '<3.11'],
      ['lock', '--append', '--python', '3.11', '--platform', 'linux'],
      ['lock', '--append', '--python', '>=3.11', '--implementation', 'pypy', '--platform', 'windows_x86'],
    ];
    for (const step of steps) {
      await ours.ok(step);
      await pdmOk(pdm, theirs, step);
      expect(targets(ours)).toEqual(targets(theirs));
    }
    await pdmOk(pdm, ours, ['lock', '--check']);
    await pdmOk(pdm, ours, ['lock', '--append', '--python', '3.12', '--platform', 'alpine']);
    expect(targets(ours)).toHaveLength(4);
    await theirs.ok(['lock', '--check']);
    await theirs.ok(['lock', '--update-reuse']);
    await pdmOk(pdm, theirs, ['lock', '--check']);
  },
);

function newProject(dependencies: readonly string[]): Project {
  count += 1;
  return sandbox.project(`targets-${count}`, textWith(dependencies));
}

function textWith(dependencies: readonly string[]): string {
  return projectText({ dependencies, sources: [onlySource(server.simple)] });
}

/** `name version marker` of each entry. */
function entries(project: Project): string[] {
  return tables(project).map((table) => {
    const value = (key: string): string =>
      JSON.parse(new RegExp(`^${key} = (".*")$`, 'm').exec(table)?.[1] ?? '""') as string;
    return `${value('name')} ${value('version')} ${value('marker')}`.trim();
  });
}

function files(project: Project, name: string): string[] {
  const table = tables(project).find((text) => text.startsWith(`\nname = "${name}"`)) ?? '';
  return [...table.matchAll(/\{file = "([^"]+)"/g)].map(([, file]) => file ?? '');
}

function targets(project: Project): string[] {
  const [, ...found] = (project.read('pdm.lock').split('[[package]]')[0] ?? '').split('[[metadata.targets]]');
  return found.map((table) =>
    [...table.matchAll(/= (?:"([^"]*)"|(true|false))/g)].map(([, text, flag]) => text ?? flag).join(' '),
  );
}

function tables(project: Project): string[] {
  return project.read('pdm.lock').split('[[package]]').slice(1);
}
