/** Dependency sets from PyPI on which PDM and tspm exchange locks: one for each thing that locks have to say. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { pythonIdent } from './catalogue.ts';
import type { Project } from './tspm.ts';
import { buildWheel, type WheelSpec } from './wheel.ts';
import { projectText } from './workspace.ts';

/** A project to lock with both tools. */
export interface ExchangeSet {
  readonly pyproject: string;
  /** Options of `lock`. */
  readonly lock?: readonly string[];
  /** Options of the `lock` commands after that. */
  readonly later?: readonly (readonly string[])[];
  /** Fills the project's folder. */
  readonly prepare?: (project: Project) => void;
  /** Quick enough for every run of the tests; the others want TSPM_TEST_FULL=1. */
  readonly isQuick?: true;
  /** Fields that differ for a reason of the package's own, as `identity #1 field`. */
  readonly exceptions?: readonly string[];
  /** Too large to be downloaded by every run of the tests: its locks are compared and checked, not installed. */
  readonly isHeavy?: true;
}

/** Wheels that lie beside the project; what they need comes from PyPI. */
const OWN: readonly WheelSpec[] = [
  {
    name: 'own-tool',
    version: '1.2',
    requires: ['iniconfig<3', 'click; extra == "Shell_Tools"'],
    extras: ['Shell_Tools'],
  },
  { name: 'own-tool', version: '2.0b1', requires: ['iniconfig<3'] },
  { name: 'own_data', version: '0.3+site.1', requires: ['own-tool', 'six'] },
];

const all = ['-G', ':all', '-d'];

export const EXCHANGE_SETS: Readonly<Record<string, ExchangeSet>> = {
  'an application': { isQuick: true, pyproject: projectText({ dependencies: ['requests', 'rich>=13'] }) },
  'two ranges of interpreters': {
    isQuick: true,
    pyproject: projectText({ dependencies: ['click<8.2', 'tomli<2.1', 'attrs', 'importlib-metadata'] }),
    lock: ['--python', '<3.11'],
    later: [['--append', '--python', '>=3.11']],
  },
  'one platform': {
    isQuick: true,
    pyproject: projectText({ dependencies: ['tqdm', 'click<8.2', 'markupsafe<3.1'] }),
    lock: ['--platform', 'manylinux_2_28_x86_64', '--implementation', 'cpython'],
  },
  'a command line': {
    pyproject: projectText({ dependencies: ['typer', 'tqdm', 'loguru', 'platformdirs>=4'] }),
  },
  'a web service': { pyproject: projectText({ dependencies: ['fastapi<0.120', 'httpx', 'uvicorn'] }) },
  'a web site': { pyproject: projectText({ dependencies: ['flask>=3', 'flask-wtf', 'gunicorn'] }) },
  'a large web site': {
    pyproject: projectText({
      dependencies: ['django<5.3', 'djangorestframework', 'psycopg[binary]'],
      requiresPython: '>=3.10',
    }),
    isHeavy: true,
  },
  'asynchronous clients': { pyproject: projectText({ dependencies: ['aiohttp<4', 'aiofiles'] }) },
  'a data base': { pyproject: projectText({ dependencies: ['Alembic[TZ]', 'SQLAlchemy[asyncio]<2.1'] }) },
  'a cloud': { pyproject: projectText({ dependencies: ['boto3<1.36'] }), isHeavy: true },
  numbers: {
    pyproject: projectText({
      dependencies: ['numpy<2.3', 'pandas<2.3', 'scipy', 'matplotlib'],
      requiresPython: '>=3.11',
    }),
    isHeavy: true,
  },
  'learning machines': {
    exceptions: ['nvidia-cufft-cu12 #1 dependencies'],
    pyproject: projectText({ dependencies: ['torch==2.5.1'], requiresPython: '>=3.10,<3.13' }),
    isHeavy: true,
  },
  notebooks: {
    pyproject: projectText({ dependencies: ['ipykernel<7'], requiresPython: '>=3.10' }),
    isHeavy: true,
  },
  'units and names': {
    pyproject: projectText({
      dependencies: ['pint<0.25', 'networkx<3.3', 'more_itertools', 'Python.DateUtil', 'PyYAML'],
    }),
  },
  ciphers: { pyproject: projectText({ dependencies: ['paramiko<4', 'PyJWT[crypto]'] }) },
  tests: {
    pyproject: projectText({ dependencies: ['pytest<9', 'pytest-cov', 'pytest-xdist[psutil]', 'hypothesis<6.120'] }),
  },
  documents: { pyproject: projectText({ dependencies: ['sphinx<7.5', 'myst-parser', 'furo'] }) },
  'tools for packages': { pyproject: projectText({ dependencies: ['build', 'twine<6', 'nox<2025'] }) },
  extras: {
    pyproject: projectText({ dependencies: ['requests[socks]>=2.31', 'uvicorn[standard]<0.31', 'coverage[TOML]'] }),
  },
  'extras of extras': {
    pyproject: projectText({
      dependencies: ['pydantic[email]<2.12', 'black[colorama]<25', 'jsonschema[format]<4.24'],
    }),
  },
  markers: {
    isQuick: true,
    pyproject: projectText({
      dependencies: [
        "colorama; sys_platform == 'win32'",
        'click>=8',
        "tomli; python_version < '3.9.1' and platform_python_implementation != 'PyPy'",
        "exceptiongroup>=1.2; python_version >= '3.9' and os_name != 'java'",
        "zipp; sys_platform != 'win32' and (python_full_version >= '3.9.2' or platform_machine == 'arm64')",
        "pywin32; platform_system == 'Windows'",
        "uvloop; implementation_name == 'cpython' and sys_platform != 'win32'",
      ],
    }),
  },
  'optional groups': {
    isQuick: true,
    pyproject: projectText({
      dependencies: ['iniconfig'],
      more: '[project.optional-dependencies]\nShell_Colours = ["colorama"]\neverything = ["demo[shell_colours]", "pluggy", "httpx[http2]"]\n',
    }),
    lock: all,
  },
  'development groups': {
    pyproject: projectText({
      dependencies: ['iniconfig'],
      more: '[dependency-groups]\nlint = ["packaging>=23", "mypy<1.12"]\nTest_Suite = ["pytest<9", {include-group = "lint"}]\n',
    }),
    lock: all,
  },
  'older development groups': {
    pyproject: projectText({
      dependencies: ['attrs', "tomli; python_version < '3.11'"],
      more: '[tool.pdm.dev-dependencies]\ndoc = ["mdurl", "tomli"]\n"Type.Check" = ["typing_extensions", "attrs>=22"]\n',
    }),
    lock: all,
  },
  'one group of several': {
    pyproject: projectText({
      dependencies: ['idna'],
      more: '[project.optional-dependencies]\na = ["six"]\nb = ["toml"]\n\n[dependency-groups]\nd = ["wheel"]\n',
    }),
    lock: ['-G', 'a', '--prod'],
  },
  'pre-releases': {
    pyproject: projectText({
      dependencies: ['Flask-WTF==0.15.0', 'httpx>=1.0.dev1', 'attrs'],
      requiresPython: '>=3.10',
    }),
  },
  'pre-releases for all': {
    pyproject: projectText({
      dependencies: ['rich<14', 'packaging<25', 'markdown-it-py'],
      more: '[tool.pdm.resolution]\nallow-prereleases = true\n',
    }),
  },
  'withdrawn versions': { pyproject: projectText({ dependencies: ['pytest==8.1.0', 'attrs==21.1.0'] }) },
  'wheels by path and address': {
    isQuick: true,
    pyproject: projectText({
      dependencies: [
        'own-tool[Shell-Tools] @ file:///${PROJECT_ROOT}/own/own_tool-1.2-py3-none-any.whl',
        'zipp @ https://files.pythonhosted.org/packages/2e/54/647ade08bf0db230bfea292f893923872fd20be6ac6f53b2b936ba839d75/zipp-3.23.0-py3-none-any.whl',
      ],
    }),
    prepare: addOwnWheels,
  },
  'a folder of wheels beside the index': {
    isQuick: true,
    pyproject: projectText({
      dependencies: ['own_data', 'own-tool[shell-tools]'],
      sources: [{ name: 'own', type: 'find_links', url: 'file:///${PROJECT_ROOT}/own', include_packages: ['own-*'] }],
    }),
    prepare: addOwnWheels,
  },
  'overrides and excludes': {
    isQuick: true,
    pyproject: projectText({
      dependencies: ['requests>=2.30', 'rich'],
      more: '[tool.pdm.resolution]\nexcludes = ["Pygments"]\n\n[tool.pdm.resolution.overrides]\nurllib3 = "1.26.20"\nidna = ">=3,<3.7"\n',
    }),
  },
  'a range of Pythons with holes': {
    isQuick: true,
    pyproject: projectText({
      dependencies: [
        "importlib-metadata; python_version < '3.12'",
        "backports.tarfile; python_version < '3.12'",
        'jaraco.functools',
        'attrs',
      ],
      requiresPython: '>=3.9,!=3.9.0,!=3.9.1,!=3.14.*,<4',
    }),
  },
  'any Python': { pyproject: projectText({ dependencies: ['six', 'toml'] }).replace(/^requires-python.*\n/m, '') },
  'one Python': {
    pyproject: projectText({ dependencies: ['virtualenv<20.30', 'cffi'], requiresPython: `==${pythonIdent()}.*` }),
  },
  'old packages': {
    pyproject: projectText({
      dependencies: ['Flask<1.1', 'zope.interface<7', 'pytz==2014.10', 'Jinja2<3', 'MarkupSafe<2.2'],
    }),
  },
  'a walk through the lock': {
    pyproject: projectText({
      dependencies: ['httpx[socks]', 'keyring<26'],
      more: '[project.optional-dependencies]\nmore = ["rich"]\n',
    }),
    lock: [...all, '-S', 'no_inherit_metadata'],
  },
  'addresses in the lock': {
    isQuick: true,
    pyproject: projectText({ dependencies: ['jinja2', 'anyio<5'] }),
    lock: ['-S', 'static_urls'],
  },
  'lowest versions': {
    pyproject: projectText({ dependencies: ['click>=8.1', 'rich>=13.5', 'packaging>=22'] }),
    lock: ['-S', 'direct_minimal_versions'],
  },
};

function addOwnWheels(project: Project): void {
  mkdirSync(project.path('own'));
  for (const spec of OWN) {
    const { filename, bytes } = buildWheel(spec);
    writeFileSync(project.path('own', filename), bytes);
  }
}
