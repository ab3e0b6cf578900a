/** What editors, kernels and test runners start, in the ways of docs/editors.md: each finds the packages. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { pythonIdent } from '../support/catalogue.ts';
import { frontPath } from '../support/front.ts';
import { testPython } from '../support/python.ts';
import { type Project, runCommand, Sandbox } from '../support/tspm.ts';
import { projectText } from '../support/workspace.ts';

const ident = pythonIdent();
const page = readFileSync(join(import.meta.dirname, '../../docs/editors.md'), 'utf8');
const hook = join(dirname(frontPath), 'pep582');
const sandbox = new Sandbox();
let project: Project;

beforeAll(() => {
  project = sandbox.project('my-project', projectText({}));
  const lib = project.path('__pypackages__', ident, 'lib');
  mkdirSync(lib, { recursive: true });
  writeFileSync(join(lib, 'ipykernel_launcher.py'), 'import sys\nprint("kernel", sys.argv[1:])\n');
  project.write('tests/test_one.py', 'import ipykernel_launcher\n');
});

test('a kernel of another Jupyter starts through tspm, from anywhere', async () => {
  const [text = ''] = blocks('json').filter((block) => block.includes('argv'));
  const { argv } = JSON.parse(text) as { argv: string[] };
  expect(argv.slice(0, 4)).toEqual(['tspm', 'run', '-p', '/home/me/my-project']);
  const words = ['run', '-p', project.folder, ...argv.slice(4, -1), '/run/connection.json'];
  const kernel = await runCommand(frontPath, words, { cwd: '/', env: project.env });
  expect(kernel).toMatchObject({ status: 0, stdout: "kernel ['-f', '/run/connection.json']\n" });
});

test('a kernel that starts Python itself, from anywhere', async () => {
  const env = { ...project.env, PEP582_PACKAGES: project.path('__pypackages__', ident), PYTHONPATH: hook };
  const kernel = await runCommand(testPython(), ['-Xfrozen_modules=off', '-m', 'ipykernel_launcher', '-f', 'x'], {
    cwd: '/',
    env,
  });
  expect(kernel).toMatchObject({ status: 0, stdout: "kernel ['-f', 'x']\n" });
});

test('the question by which pyright finds packages, and tests that an editor starts with .env', async () => {
  const env = { ...project.env, PYTHONPATH: hook };
  const code = 'import os, os.path, sys, json; print(json.dumps(dict(path=sys.path, prefix=sys.prefix)))';
  const asked = await runCommand(testPython(), ['-c', code], { cwd: project.folder, env });
  expect((JSON.parse(asked.stdout) as { path: string[] }).path).toContain(project.path('__pypackages__', ident, 'lib'));
  const tested = await runCommand(testPython(), ['tests/test_one.py'], { cwd: project.folder, env });
  expect(tested).toMatchObject({ status: 0, stderr: '' });
});

test('the settings on the page name folders that are there', () => {
  const [settings = ''] = blocks('json').filter((block) => block.includes('python.analysis'));
  const values = JSON.parse(settings) as Record<string, string[]>;
  expect(values['python.analysis.extraPaths']).toEqual(['__pypackages__/3.11/lib']);
  const [toml = ''] = blocks('toml');
  expect(toml).toContain('extraPaths = ["__pypackages__/3.11/lib"]');
  expect(project.exists('__pypackages__', ident, 'lib')).toBe(true);
});

function blocks(language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, name, text = '']) =>
    name === language ? [text] : [],
  );
}
