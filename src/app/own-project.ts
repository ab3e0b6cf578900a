import type { Reporter } from '../ports.ts';
import type { Pyproject } from '../project/pyproject.ts';

/** Says that the project itself, which the `default` group would bring along, is not installed. */
export function warnAboutSelf(reporter: Reporter, project: Pyproject, groups: readonly string[]): void {
  if (!project.distribution || !groups.includes('default')) return;
  reporter.emit({
    kind: 'note',
    level: 'warning',
    message:
      'the project itself is not installed, because tspm cannot build yet; --no-self or distribution = false in [tool.pdm] says that this is meant',
  });
}
