/** The questions of `init`, with answers that are piped in: each in PDM's words and order, and what becomes of the answers. */
import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parseToml } from '../../src/toml/parse.ts';
import { pythonIdent } from '../support/catalogue.ts';
import { cliPath, nodeUnderTest, type Project, Sandbox } from '../support/tspm.ts';

const sandbox = new Sandbox({ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' });

function documentOf(project: Project): unknown {
  return parseToml(project.read('pyproject.toml'), 'pyproject.toml');
}

describe('answers piped into init', () => {
  test('of an application, in the order of PDM', async () => {
    const project = sandbox.project('application');
    const input = 'my-app\n1.2.3\nn\nApache-2.0\nMe\nme@example.org\n>=3.9\nn\n';
    const { stdout } = await project.ok(['init'], { input });
    expect(stdout).toBe(`Creating a pyproject.toml for PDM...
Project name (application): my-app
Project version (0.1.0): 1.2.3
Do you want to build this project for distribution(such as wheel)?
If yes, it will be installed by default when running \`tspm install\`. [y/n] (n): n
License(SPDX name) (MIT): Apache-2.0
Author name: Me
Author email: me@example.org
Python requires('*' to allow any) (==${pythonIdent()}.*): >=3.9
Do you want to initialize a git repository? [y/n] (y): n
Project is initialized successfully
`);
    expect(documentOf(project)).toEqual({
      project: {
        name: 'my-app',
        version: '1.2.3',
        authors: [{ name: 'Me', email: 'me@example.org' }],
        dependencies: [],
        'requires-python': '>=3.9',
        license: 'Apache-2.0',
      },
      tool: { pdm: { distribution: false } },
    });
    expect(project.exists('.git')).toBe(false);
  });

  test('of a library, with its build backend', async () => {
    const project = sandbox.project('library');
    const input = '\n\ny\nA library\n9\n3\n\n\n\n*\nn\n';
    const { stdout } = await project.ok(['init'], { input });
    expect(stdout).toContain(
      'Which build backend to use?\n0. pdm-backend\n1. setuptools\n2. flit-core\n3. hatchling\n',
    );
    expect(stdout).toContain('Please select (0): 9\nPlease give a number from 0 to 3\nPlease select (0): 3\n');
    expect(documentOf(project)).toMatchObject({
      project: { name: 'library', description: 'A library', license: 'MIT' },
      'build-system': { 'build-backend': 'hatchling.build' },
    });
    expect(project.read('pyproject.toml')).not.toContain('requires-python');
  });

  test('that end too early are followed by the defaults', async () => {
    const project = sandbox.project('early');
    await project.ok(['init', '--no-git'], { input: 'named\n' });
    expect(documentOf(project)).toMatchObject({ project: { name: 'named', version: '0.1.0', license: 'MIT' } });
  });

  test('that nobody gives are not asked for', async () => {
    const asked = sandbox.project('closed');
    expect((await asked.ok(['init', '--no-git'])).stdout).not.toContain('Project name');
    const told = sandbox.project('told');
    expect((await told.ok(['init', '--no-git', '-n'], { input: 'other\n' })).stdout).not.toContain('Project name');
    expect(documentOf(told)).toMatchObject({ project: { name: 'told' } });
  });

  test('are not waited for on a pipe that stays silent', async () => {
    const project = sandbox.project('silent');
    const child = spawn(nodeUnderTest, [cliPath, 'init', '--no-git'], {
      cwd: project.folder,
      env: project.env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    child.stdin.destroy();
    expect(status).toBe(0);
    expect(documentOf(project)).toMatchObject({ project: { name: 'silent' } });
  });
});
