/** What a user sees when there is no solution, to the letter: the forms that exist only around a lock, a target or a network. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { onlySource, problems, projectText } from '../support/workspace.ts';

const sandbox = new Sandbox();
let server: IndexServer;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, [
    { name: 'alpha', version: '1.0', listing: { uploadTime: '2024-01-01T00:00:00Z' } },
    { name: 'alpha', version: '2.0', requires: ['gamma>=2'], listing: { uploadTime: '2025-06-01T00:00:00Z' } },
    { name: 'gamma', version: '1.3', listing: { uploadTime: '2024-01-01T00:00:00Z' } },
    { name: 'gamma', version: '2.0', listing: { uploadTime: '2024-01-01T00:00:00Z' } },
    { name: 'linux-only', version: '1.0', tag: 'cp311-cp311-manylinux_2_17_x86_64' },
    { name: 'shared', version: '1.0' },
  ]);
});

afterAll(() => server.close());

test('23 · the lock keeps a version that holds another one back', async () => {
  const project = newProject(['gamma<2']);
  await project.ok(['lock']);
  project.write('pyproject.toml', project.read('pyproject.toml').replace('gamma<2', 'gamma'));
  const { stderr } = await project.ok(['add', 'alpha', '--no-sync']);
  expect(stderr).toContain(
    'WARNING: skipping alpha 2.0 because it depends on gamma>=2 and gamma is kept at 1.3; `tspm update gamma` gives way\n',
  );
  await project.ok(['update', 'gamma', 'alpha', '--no-sync', '-u']);
  expect(project.read('pdm.lock')).toContain('name = "alpha"\nversion = "2.0"');
});

test('24 · everything was uploaded after the cut-off', async () => {
  expect(await refusal(newProject(['alpha>=2']), ['lock', '--exclude-newer', '2025-01-01'])).toEqual([
    'error: Unable to find a resolution for alpha [TSPM_RESOLUTION_FAILED]',
    'Because your project depends on alpha>=2 and alpha 2.0 was uploaded after 2025-01-01, resolution failed.',
    'Hint: let newer files of alpha in with exclude-newer-override (alpha 2.0 would be chosen)',
    'Hint: drop ">=2" from "alpha>=2" (alpha 1.0 would be chosen)',
  ]);
});

test('27 · groups that cannot be locked together', async () => {
  const more = '[dependency-groups]\ndev = ["gamma<2"]\ngpu = ["gamma>=2"]\n';
  expect(await refusal(newProject([], more), ['lock', '-G', 'dev,gpu'])).toEqual([
    'error: Unable to find a resolution for gamma [TSPM_RESOLUTION_FAILED]',
    'Because group "dev" depends on gamma<2 and group "gpu" depends on gamma>=2, the groups cannot be locked together.',
    'Hint: drop "<2" from "gamma<2" in group "dev" (gamma 2.0 would be chosen)',
    'Hint: drop ">=2" from "gamma>=2" in group "gpu" (gamma 1.3 would be chosen)',
  ]);
});

test('28 · one target of several', async () => {
  const project = newProject(['linux-only']);
  await project.ok(['lock', '--python', '==3.11.*', '--platform', 'linux']);
  const lines = await refusal(project, ['lock', '--append', '--python', '==3.11.*', '--platform', 'windows']);
  expect(lines[0]).toBe('error: Unable to find a resolution for linux-only [TSPM_RESOLUTION_FAILED]');
  expect(lines[1]).toMatch(
    /^For .*windows.*: Because your project depends on linux-only and linux-only 1\.0 only has wheels for manylinux_2_17_x86_64 while the lock target is win\w+, resolution failed\.$/,
  );
  expect(lines).toHaveLength(2);
});

test('29 · a server that cannot be reached is no refusal', async () => {
  const gone = await startIndexServer();
  const project = newProject(['shared'], '', gone.simple);
  await gone.close();
  const [line = '', ...more] = await refusal(project, ['lock']);
  expect(line).toMatch(/^error: cannot fetch \S+\/shared\/ after \d attempts: connection refused.* \[TSPM_NETWORK\]$/);
  expect(more).toEqual([]);
});

test('a name that only an excluded source could have is not asked of it', async () => {
  const private_ = { name: 'lab', url: server.simple, exclude_packages: ['corp-*'] };
  const text = projectText({ dependencies: ['corp-tool'], sources: [onlySource(server.simple), private_] });
  const project = sandbox.project(`project ${(count += 1)}`, text);
  const [line] = await refusal(project, ['lock']);
  expect(line).toBe(
    'error: Unable to find a resolution for corp-tool: there is no package corp-tool; check the name; its include_packages or exclude_packages keep it from "lab" [TSPM_PACKAGE_NOT_FOUND]',
  );
});

async function refusal(project: Project, args: readonly string[]): Promise<string[]> {
  const result = await project.tspm(args);
  expect({ args, status: result.status }).toEqual({ args, status: 1 });
  return problems(result);
}

function newProject(dependencies: readonly string[], more = '', url = server.simple): Project {
  return sandbox.project(`project ${(count += 1)}`, projectText({ dependencies, more, sources: [onlySource(url)] }));
}
