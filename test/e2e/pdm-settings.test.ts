/** `config` and `init` beside PDM: the same answers, the same files. */
import { describe, expect, test } from 'vitest';
import { parseToml } from '../../src/toml/parse.ts';
import { isTable } from '../../src/toml/value.ts';
import { sortedBy } from '../../src/util/collections.ts';
import { besidePdm, type Call, type Outcome, unexplained } from '../support/beside-pdm.ts';
import { findPdm } from '../support/pdm.ts';
import { testPython } from '../support/python.ts';
import { Sandbox } from '../support/tspm.ts';

const pdm = findPdm();
const sandbox = new Sandbox({ EDITOR: 'true', VISUAL: 'true' });
const skipped = pdm.kind === 'absent' ? ` (skipped: ${pdm.reason})` : '';

const HOME = `request_timeout = 30
build_isolation = false

[install]
cache = "on"

[pypi]
username = "me"
password = "secret"

[pypi.extra]
url = "https://example.org/simple"
username = "you"
password = "secret"
verify_ssl = false
`;
const PROJECT = '[install]\ncache_method = "hardlink"\n\n[python]\nuse_venv = false\n';
const files = { '../config.toml': HOME, 'pdm.toml': PROJECT, 'pyproject.toml': '[project]\nname = "demo"\n' };

/** A line, settings in the environment, and where it differs why, as docs/compatibility.md says it. */
type Line = readonly [words: string, env?: Record<string, string>, why?: string];

const OFF = '`off`, `n` and `f` are false';
const OLDER = 'older names of keys are understood';
const REPOSITORIES = 'nothing is known of repositories to upload to but what is stored';
const REFUSED = 'a value that a setting cannot have is refused';
const LINES: readonly Line[] = [
  ['config install.cache'],
  ['config install.cache_method'],
  ['config build_isolation'],
  ['config request_timeout'],
  ['config python.use_venv'],
  ['config use_venv', {}, OLDER],
  ['config parallel_install', {}, OLDER],
  ['config python.providers'],
  ['config strategy.save'],
  ['config strategy.exclude-newer'],
  ['config pypi.ca_certs'],
  ['config pypi.url'],
  ['config pypi.username'],
  ['config pypi.password'],
  ['config pypi.verify_ssl'],
  ['config pypi.extra'],
  ['config pypi.extra.url'],
  ['config pypi.extra.verify_ssl'],
  ['config pypi.extra.password'],
  ['config pypi.extra.nope'],
  ['config pypi.nope.url'],
  ['config pypi.nope'],
  ['config repository.pypi.url', {}, REPOSITORIES],
  ['config future.unknown'],
  ['config theme.req'],
  ['config venv.prompt'],
  ['config -v install.cache'],
  ['config install.cache', { PDM_INSTALL_CACHE: 'false' }],
  ['config python.use_venv', { PDM_USE_VENV: 'true' }],
  ['config request_timeout', { PDM_REQUEST_TIMEOUT: '7' }],
  ['config pypi.url', { PDM_PYPI_URL: 'https://example.org/other' }],
  ['config build_isolation', { PDM_BUILD_ISOLATION: '1' }],
  ['config build_isolation', { PDM_BUILD_ISOLATION: 'no' }],
  ['config build_isolation', { PDM_BUILD_ISOLATION: 'off' }, OFF],
  ['config cache_dir', { PDM_CACHE_DIR: '/somewhere' }],
  ['config log_dir', { PDM_LOG_DIR: '~/logs' }],
  ['config install.cache off'],
  ['config install.cache true'],
  ['config install.cache ""'],
  ['config -l install.cache true'],
  ['config --local install.parallel no'],
  ['config -l python.providers path,pyenv'],
  ['config install.cache_method copy'],
  ['config request_timeout 60'],
  ['config cache_dir /elsewhere'],
  ['config -l cache_dir /elsewhere', {}, '`cache_dir` may be set with `--local`'],
  ['config use_venv true', {}, OLDER],
  ['config pypi.url https://example.org/mine'],
  ['config pypi.other.url https://example.org/other'],
  ['config pypi.other.verify_ssl false'],
  ['config -l pypi.other.type find_links'],
  ['config pypi.other.nope x', {}, REFUSED],
  ['config repository.mine.url https://example.org/upload'],
  ['config strategy.save exact'],
  ['config strategy.exclude-newer 2024-01-01'],
  ['config lock.format pylock'],
  ['config use_uv true'],
  ['config check_update false'],
  ['config theme.info green'],
  ['config venv.location /somewhere'],
  ['config -d install.cache'],
  ['config -d install.parallel'],
  ['config -ld install.cache_method'],
  ['config -d pypi.extra'],
  ['config -d pypi.extra.username'],
  ['config -d pypi.password'],
  ['config --delete use_venv --local', {}, OLDER],
];

/** What `init -n` is called with, and the files that are there before. */
const INITS: readonly (readonly [words: string, files?: Call['files']])[] = [
  [''],
  ['--lib'],
  ['--dist'],
  ['--name My_Project.x'],
  ['--name my-tool --project-version 2.0'],
  ['--license Apache-2.0'],
  ['--backend setuptools'],
  ['--backend flit-core'],
  ['--backend hatchling --name Foo.Bar'],
  ['--lib --license BSD-3-Clause --name lib --project-version 1.0rc1'],
  ['', { 'pyproject.toml': '[project]\nname = "kept"\ndependencies = ["a"]\n\n[tool.other]\nx = 1\n' }],
  ['--lib', { 'pyproject.toml': '[project]\nname = "kept"\nversion = "3"\nrequires-python = ">=3.8"\n' }],
  ['', { 'README.md': '# Read\n' }],
  ['', { 'requirements.txt': 'a\n' }],
  ['minimal'],
  ['default'],
  ['--lib minimal'],
  [
    '',
    {
      'pyproject.toml': '[project]\nname = "kept"\nversion = "3"\nlicense = "ISC"\n[tool.pdm]\ndistribution = true\n',
    },
  ],
];

function wordsOf(line: string): string[] {
  return line
    .split(' ')
    .filter(Boolean)
    .map((word) => (word === '""' ? '' : word));
}

/** The settings files that a call wrote, as data. */
function changed({ project }: Outcome): unknown {
  return Object.entries(files)
    .filter(([name, text]) => project.read(name) !== text)
    .map(([name]) => [name, parseToml(project.read(name), name)]);
}

describe.skipIf(pdm.kind === 'absent')(`settings and new projects beside PDM${skipped}`, () => {
  test(`${LINES.length} lines of config`, async () => {
    const calls = LINES.map(([line, env = {}, why]) => ({ line, args: wordsOf(line), env, why, files }));
    const outcomes = await besidePdm(pdm, sandbox, calls);
    const differing = outcomes.flatMap(({ call, ours, theirs }) => {
      const [mine, other] = [ours, theirs].map((outcome) =>
        show([outcome.status, outcome.stdout.split('\n').toSorted(), changed(outcome)]),
      );
      if ((mine === other) === (call.why === undefined)) return [];
      return [`${call.line}\n  pdm  ${other}\n       ${theirs.stderr}\n  tspm ${mine}\n       ${ours.stderr}`];
    });
    expect(differing.join('\n')).toBe('');
    expect(unexplained(calls.flatMap(({ why }) => why ?? []))).toEqual([]);
  });

  test('the listing', async () => {
    const [outcome] = await besidePdm(pdm, sandbox, [{ args: ['config'], files }]);
    // Folders are named after the program, and the order within an index is that of its keys or of its file.
    const rows = (text = ''): string[] =>
      text
        .split('\n')
        .filter((row) => !/^(?:cache_dir|log_dir|\s*$)/.test(row))
        .toSorted();
    expect(rows(outcome?.ours.stdout)).toEqual(rows(outcome?.theirs.stdout));
  });

  test(`${INITS.length} projects of init`, async () => {
    const calls = INITS.map(([line, before = {}]) => ({
      line,
      args: ['init', '-n', '--python', testPython(), ...wordsOf(line)],
      files: before,
    }));
    const outcomes = await besidePdm(pdm, sandbox, calls);
    const differing = outcomes.flatMap(({ call, ours, theirs }) => {
      const [mine, other] = [ours, theirs].map((outcome) => show([outcome.status, madeBy(outcome)]));
      return mine === other ? [] : [`${call.line}\n  pdm  ${other}\n  tspm ${mine}\n       ${ours.stderr}`];
    });
    expect(differing.join('\n')).toBe('');
  });
});

/** pyproject.toml as data, and which files there are. */
function madeBy({ project }: Outcome): unknown {
  const names = ['README.md', '.gitignore', '.pdm-python', '.git', 'src', 'tests', 'tests/__init__.py', 'pdm.lock'];
  const text = project.exists('pyproject.toml') ? project.read('pyproject.toml') : '';
  const { project: table, ...rest } = parseToml(text, 'pyproject.toml');
  // What PDM fills in without knowing anything, and a README that is not there, is left out.
  const known = Object.entries(isTable(table) ? table : {}).filter(
    ([key, value]) =>
      !(key === 'description' && value === 'Default template for PDM package') &&
      !(key === 'authors' && show(value) === '[{"email":"","name":""}]') &&
      !(key === 'readme' && !project.exists('README.md')),
  );
  return [Object.fromEntries(known), rest, names.filter((name) => project.exists(name))];
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return Number(inner);
    const isTable = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    return isTable ? Object.fromEntries(sortedBy(Object.entries(inner), ([name]) => name)) : inner;
  });
}
