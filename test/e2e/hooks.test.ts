import { expect, it } from 'vitest';
import { Sandbox } from '../support/tspm.ts';

const sandbox = new Sandbox();

function projectWith(name: string, scripts: string): ReturnType<Sandbox['project']> {
  return sandbox.project(
    name,
    `[project]\nname = "hooked"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = []\n\n[tool.pdm]\ndistribution = false\n\n[tool.pdm.scripts]\n${scripts}`,
  );
}

it('runs lock and install hooks around the work, and -k leaves them out', async () => {
  const project = projectWith(
    'order',
    'pre_lock = "echo pre_lock"\npost_lock = "echo post_lock"\npre_install = "echo pre_install"\npost_install = "echo post_install"\n',
  );
  const { stdout } = await project.ok(['install']);
  const order = stdout.split('\n').filter((line) => /^(?:pre|post)_/.test(line));
  expect(order).toEqual(['pre_lock', 'post_lock', 'pre_install', 'post_install']);
  expect((await project.ok(['sync'])).stdout).toContain('pre_install\n');
  expect((await project.ok(['sync', '-k', ':all'])).stdout).not.toContain('_install');
});

it('ends the command with the status of a hook that fails', async () => {
  const project = projectWith('failing', 'pre_lock = { shell = "exit 3" }\n');
  const result = await project.tspm(['lock']);
  expect(result.status).toBe(3);
  expect(result.stderr).not.toContain('bug');
  expect(project.exists('pdm.lock')).toBe(false);
});
