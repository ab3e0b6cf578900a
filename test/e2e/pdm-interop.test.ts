/** Real PDM and tspm in turn on one project with packages from PyPI: each goes on from what the other one left. */
import { describe, expect, test } from 'vitest';
import { findPdm, installedFiles, installedVersions, pdmOk, reachesPypi } from '../support/pdm.ts';
import { Sandbox } from '../support/tspm.ts';
import { projectText } from '../support/workspace.ts';

const pdm = findPdm();
const missing = pdm.kind === 'absent' ? pdm.reason : reachesPypi() ? undefined : 'PyPI cannot be reached';
const sandbox = new Sandbox();

describe.skipIf(missing !== undefined)(
  `PDM and tspm on packages from PyPI${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
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
