/** Real PDM and tspm on the same projects with packages from PyPI: each one accepts the lock of the other and installs the same files from it. */
import { cpSync, rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findPdm, installedFiles, installedVersions, pdmOk, reachesPypi } from '../support/pdm.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { projectText } from '../support/workspace.ts';

const pdm = findPdm();
const missing = pdm.kind === 'absent' ? pdm.reason : reachesPypi() ? undefined : 'PyPI cannot be reached';
const sandbox = new Sandbox();

/** A project, and packages of which each must be among those installed. */
interface Shape {
  readonly pyproject: string;
  /** Options of `lock`, for groups. */
  readonly lock?: readonly string[];
  readonly installs: readonly string[];
  readonly leavesOut?: readonly string[];
}

const SHAPES: Readonly<Record<string, Shape>> = {
  application: {
    pyproject: projectText({ dependencies: ['requests', 'rich>=13'] }),
    installs: ['requests', 'rich', 'urllib3', 'pygments'],
  },
  extras: {
    pyproject: projectText({ dependencies: ['requests[socks]>=2.31', 'uvicorn[standard]<0.31'] }),
    installs: ['requests', 'PySocks', 'uvicorn', 'websockets', 'httptools'],
  },
  markers: {
    pyproject: projectText({
      dependencies: [
        "colorama; sys_platform == 'win32'",
        'click>=8',
        "tomli; python_version < '3.9.1' and platform_python_implementation != 'PyPy'",
        "exceptiongroup>=1.2; python_version >= '3.9' and os_name != 'java'",
        "zipp; sys_platform != 'win32' and (python_full_version >= '3.9.2' or platform_machine == 'arm64')",
      ],
    }),
    installs: ['click', 'exceptiongroup', 'zipp'],
    leavesOut: ['colorama', 'tomli'],
  },
  groups: {
    pyproject: projectText({
      dependencies: ['iniconfig'],
      more: `[project.optional-dependencies]
Shell_Colours = ["colorama"]
everything = ["demo[shell_colours]", "pluggy"]

[dependency-groups]
lint = ["packaging>=23"]
Test_Suite = ["pytest<9", {include-group = "lint"}]

[tool.pdm.dev-dependencies]
doc = ["mdurl"]
`,
    }),
    lock: ['-G', ':all', '--dev'],
    installs: ['iniconfig', 'colorama', 'pluggy', 'packaging', 'pytest', 'mdurl'],
  },
};

describe.skipIf(missing !== undefined)(
  `PDM and tspm on packages from PyPI${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    describe.each(Object.entries(SHAPES))('%s', (name, shape) => {
      let lockOfTspm = '';

      test('PDM takes the lock of tspm as up to date and installs what tspm installs', async () => {
        const ours = sandbox.project(`${name}-t`, shape.pyproject);
        await ours.ok(['lock', ...(shape.lock ?? [])]);
        lockOfTspm = ours.read('pdm.lock');
        const theirs = copyOf(ours, `${name}-t-p`);
        await pdmOk(pdm, theirs, ['lock', '--check']);
        await pdmOk(pdm, theirs, ['sync', '--no-self']);
        await ours.ok(['sync', '--no-self']);
        expect(theirs.read('pdm.lock')).toBe(lockOfTspm);
        expectSameTree(ours, theirs, shape);
      });

      test('tspm takes the lock of PDM as up to date and installs what PDM installs', async () => {
        const theirs = sandbox.project(`${name}-p`, shape.pyproject);
        await pdmOk(pdm, theirs, ['lock', ...(shape.lock ?? [])]);
        const ours = copyOf(theirs, `${name}-p-t`);
        await ours.ok(['lock', '--check']);
        await ours.ok(['sync', '--no-self']);
        await pdmOk(pdm, theirs, ['sync', '--no-self']);
        expect(ours.read('pdm.lock')).toBe(theirs.read('pdm.lock'));
        expect(pinned(theirs.read('pdm.lock'))).toEqual(pinned(lockOfTspm));
        expectSameTree(ours, theirs, shape);
      });
    });

    test('a project can change hands: what one tool installed is in order for the other', async () => {
      const project = sandbox.project('hands', projectText({ dependencies: ['requests<2.32', 'mdurl'] }));
      await pdmOk(pdm, project, ['install', '--no-self']);
      const before = installedFiles(project);
      const { stdout } = await project.ok(['sync', '--no-self', '--dry-run']);
      expect(stdout).toBe('All packages are synced to date, nothing to do.\n');
      await project.ok(['add', '--no-self', 'iniconfig']);
      await project.ok(['remove', '--no-self', 'mdurl']);
      expect((await pdmOk(pdm, project, ['sync', '--no-self', '--clean', '--dry-run'])).stdout).toContain(
        'All packages are synced to date',
      );
      await pdmOk(pdm, project, ['remove', '--no-self', 'iniconfig']);
      expect(installedVersions(project).join(' ')).not.toContain('iniconfig');
      const kept = Object.entries(before).filter(([path]) => !path.includes('mdurl'));
      expect(installedFiles(project)).toEqual(Object.fromEntries(kept));
      await project.ok(['lock', '--check']);
    });
  },
);

function expectSameTree(ours: Project, theirs: Project, { installs, leavesOut = [] }: Shape): void {
  const versions = installedVersions(ours);
  expect(versions).toEqual(installedVersions(theirs));
  const keys = versions.map((text) => text.split(' ')[0]?.toLowerCase().replaceAll('_', '-'));
  expect(keys).toEqual(expect.arrayContaining(installs.map((name) => name.toLowerCase())));
  for (const name of leavesOut) expect(keys).not.toContain(name);
  const files = installedFiles(ours);
  expect(Object.keys(files).length).toBeGreaterThan(10);
  expect(files).toEqual(installedFiles(theirs));
}

/** The project's files in a new folder, without its packages. */
function copyOf(project: Project, name: string): Project {
  const copy = sandbox.project(name);
  cpSync(project.folder, copy.folder, { recursive: true });
  rmSync(copy.path('__pypackages__'), { recursive: true, force: true });
  return copy;
}

/** Name, version, extras and groups of each entry of a lock: what may not differ between two locks of one day. */
function pinned(lock: string): string[] {
  return lock.split('\n').filter((line) => /^(?:name|version|extras|groups|requires_python) = /.test(line));
}
