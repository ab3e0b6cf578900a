/** Whether and how the project itself is installed; apart from building it, so that a sync with nothing to do loads no more. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pyproject } from '../project/pyproject.ts';

/** How the project itself is installed. */
export type OwnInstall = 'none' | 'editable' | 'plain';

/** Options that decide it. */
export interface OwnOptions {
  /** False for `--no-self`. */
  readonly self: boolean;
  /** False for `--no-editable`. */
  readonly editable: boolean;
}

/** How the project is installed with these groups: only a distribution is, and only along with `default`. */
export function ownInstall(project: Pyproject, groups: readonly string[], { self, editable }: OwnOptions): OwnInstall {
  if (!self || !project.distribution || !groups.includes('default')) return 'none';
  return editable ? 'editable' : 'plain';
}

/** Beside pyproject.toml, the files that decide what an editable installation looks like. */
export function ownFiles(root: string): string {
  const texts = ['setup.py', 'setup.cfg'].map((name) => join(root, name));
  return texts.map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : '')).join('\0');
}
