/** The project itself, editable by real backends from PyPI: sources are imported where they lie. Skipped without PyPI. */
import { expect, test } from 'vitest';
import { reachesPypi } from '../support/pdm.ts';
import { Sandbox } from '../support/tspm.ts';
import { onlySource, runCode } from '../support/workspace.ts';

const missing = reachesPypi() ? undefined : 'PyPI cannot be reached';
const sandbox = new Sandbox();

test.skipIf(missing !== undefined).each([
  ['setuptools.build_meta', 'setuptools', ''],
  ['hatchling.build', 'hatchling', ''],
  ['flit_core.buildapi', 'flit_core', ''],
  ['pdm.backend', 'pdm-backend', ''],
  ['poetry.core.masonry.api', 'poetry-core>=2', ''],
  [
    'scikit_build_core.build',
    'scikit-build-core',
    '[tool.scikit-build]\nwheel.cmake = false\nwheel.packages = ["src/alive"]\n',
  ],
])(
  `%s makes an editable project${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  async (backend, requires, more) => {
    const project = sandbox.project(
      backend,
      `[build-system]
requires = ["${requires}"]
build-backend = "${backend}"
[project]
name = "alive"
version = "0.1.0"
description = "made by a test"
requires-python = ">=3.9"
dependencies = []
[project.scripts]
alive = "alive:main"
${more}
[[tool.pdm.source]]
name = "pypi"
url = "${onlySource('https://pypi.org/simple')['url'] ?? ''}"
`,
    );
    project.write('src/alive/__init__.py', 'def main():\n    print("one")\n');
    await project.ok(['install']);
    expect((await project.ok(['run', 'alive'])).stdout).toBe('one\n');
    project.write('src/alive/__init__.py', 'def main():\n    print("another")\n');
    expect(await runCode(project, 'import alive; alive.main()')).toBe('another');
    expect((await project.ok(['sync'])).stdout).toContain('nothing to do');
    await project.ok(['build']);
    expect(project.exists('dist', 'alive-0.1.0-py3-none-any.whl')).toBe(true);
  },
);
