/** What users get wrong, beside PDM: the same exit status, nothing written, and a message on standard error that names the culprit. */
import { describe, expect, test } from 'vitest';
import { besidePdm, type Call, type Outcome, unexplained } from '../support/beside-pdm.ts';
import { findPdm } from '../support/pdm.ts';
import { Sandbox } from '../support/tspm.ts';

const pdm = findPdm();
const sandbox = new Sandbox({ EDITOR: 'true', VISUAL: 'true', PDM_PYPI_URL: 'http://127.0.0.1:9/simple' });
const skipped = pdm.kind === 'absent' ? ` (skipped: ${pdm.reason})` : '';

const PROJECT = `[project]
name = "demo"
version = "0.1.0"
requires-python = ">=3.9"
dependencies = ["alpha"]

[project.optional-dependencies]
web = []

[dependency-groups]
test = []

[tool.pdm]
distribution = false
`;
const LOCK = '[metadata]\ngroups = ["default"]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = "sha256:0"\n';
type Files = NonNullable<Call['files']>;
const plain = { 'pyproject.toml': PROJECT };
const locked = { ...plain, 'pdm.lock': LOCK };
const withText = (text: string): Files => ({ 'pyproject.toml': `${PROJECT}\n${text}\n` });
const nothing = {};

/** Words, what the message names, the files; `why` explains another status than PDM's, as docs/compatibility.md does. */
type Mistake = readonly [line: string, names: string, files?: Files, why?: string];

const MISTAKES: readonly Mistake[] = [
  // Words that are not understood.
  ['nope', 'nope'],
  ['lst', 'lst'],
  ['sync --no-such-option', '--no-such-option'],
  ['add -Z', '-Z'],
  ['--frozen', '--frozen'],
  ['sync extra', ''],
  ['lock --frozen-lockfile', '--frozen-lockfile'],
  ['sync --frozen-lockfile', '--frozen-lockfile'],
  ['lock --dry-run', '--dry-run'],
  ['sync --no', '--no'],
  ['add -G', '-G'],
  ['lock -L', '-L'],
  ['config a b c', ''],
  ['completion bash zsh', ''],
  ['completion nope', 'nope', plain, 'a shell it does not know ends with 2, where PDM ends with 1'],
  ['python nope', 'nope'],
  ['cache nope', 'nope'],
  // What excludes each other.
  ['sync -v -q', ''],
  ['sync -d --prod', '--prod'],
  ['add --save-exact --save-minimum alpha', '--save-'],
  ['update --update-all --update-eager', '--update-'],
  ['add --pre --stable alpha', '--stable'],
  ['sync --clean --only-keep', '--only-keep', locked],
  ['list --json --csv', '--csv'],
  ['info --where --python', '--python'],
  ['export --self --editable-self', 'self', locked],
  ['run -l -j', ''],
  ['config -d -e', '--edit', plain, 'options that exclude each other end with 2 everywhere'],
  ['list --tree --freeze', '--freeze'],
  ['list --reverse', '--reverse'],
  ['lock --refresh --python 3.10', '--refresh', locked],
  ['lock --append', '--append', locked],
  ['lock --append --python 3.10 -S static_urls', '--append', locked],
  ['update -G web -G test alpha', '', locked],
  ['update --top alpha', '--top', locked],
  ['update --no-default alpha', '--no-default', locked],
  ['update --pre', '--pre', locked],
  ['sync --prod -G test', '--prod', locked],
  // What is missing.
  ['remove', ''],
  ['import', ''],
  ['new', ''],
  ['config -d', '', plain],
  ['sync', 'Lockfile does not exist'],
  ['lock --check', 'Lockfile does not exist'],
  ['install --check', 'lock'],
  ['export', ''],
  ['list', 'pdm init', nothing],
  ['sync', '', nothing],
  ['lock', 'pdm init', nothing],
  ['add alpha', 'pdm init', nothing],
  ['remove alpha', 'pdm init', nothing],
  ['update', 'pdm init', nothing],
  ['build', '', nothing],
  ['run python -V', 'pdm init', nothing],
  // Names that do not exist.
  ['remove nope', 'nope does not exist in default dependencies'],
  ['remove -G web alpha', 'alpha does not exist in web dependencies'],
  ['remove -dG nope alpha', 'nope', plain],
  ['update nope', 'nope', locked],
  ['update -G nope alpha', '', locked],
  ['sync -G test', 'Requested groups not in lockfile: test', locked],
  ['install --dry-run -G test --frozen-lockfile -L other.lock', '', plain],
  ['list --include nope', 'nope', locked],
  ['list --fields nope', '--fields', locked],
  ['list --sort nope', '--sort', locked],
  ['export -f nope', 'nope', locked],
  ['lock -S nope', 'nope'],
  ['lock --platform nope', 'nope'],
  ['lock --implementation nope', 'nope'],
  ['lock --python nope', 'nope'],
  ['lock --exclude-newer nope', 'nope'],
  ['lock --exclude-newer-override nope', 'nope'],
  ['lock --exclude-newer-override alpha=nope', 'nope'],
  ['lock --override nope.txt', 'nope.txt'],
  ['use 9.9', '9.9'],
  ['use nope', 'nope'],
  ['fix nope', 'nope'],
  ['import nope.txt', 'nope.txt'],
  ['import -f nope pyproject.toml', 'nope'],
  ['config nope', 'nope'],
  ['config -d nope', 'nope'],
  ['config install.cach on', 'install.cach'],
  ['config request_timeout soon', 'soon'],
  ['config lock.format yaml', 'yaml'],
  ['config -l request_timeout 5', 'request_timeout'],
  ['config pypi.extra https://example.org', ''],
  ['config strategy.exclude-newer nope', 'nope'],
  ['venv --path nope', 'nope'],
  ['run nope', 'nope'],
  ['init -n --backend nope', 'nope', nothing],
  ['init -n --python 9.9', '9.9', nothing],
  ['build', '', plain],
  ['cache remove nope', ''],
  ['cache remove', '', plain],
  ['cache clear nope', 'nope', plain],
  ['show --name', ''],
  // Requirements that cannot be.
  ['add "a b c"', 'a b c'],
  ['add "alpha>=nope"', 'nope'],
  ['add ./missing', 'missing'],
  ['add -e alpha', 'alpha'],
  ['add -e ./missing', ''],
  ['add', '', { 'pyproject.toml': PROJECT.replace('"alpha"', '"a b c"') }],
  ['add -u', '', plain],
  // Project files that are wrong.
  ['lock', '', { 'pyproject.toml': '[project\n' }],
  ['lock', '', { 'pyproject.toml': PROJECT.replace('["alpha"]', '"alpha"') }],
  ['lock', 'nope', { 'pyproject.toml': PROJECT.replace('>=3.9', 'nope') }],
  ['lock', 'gone', { 'pyproject.toml': PROJECT.replace('test = []', 'test = [{include-group = "gone"}]') }],
  ['lock', '', { 'pyproject.toml': PROJECT.replace('test = []', 'test = [{include-group = "test"}]') }],
  ['lock', '', { 'pyproject.toml': PROJECT.replace('test = []', 'default = []') }],
  ['lock', 'nope', { 'pyproject.toml': PROJECT.replace('"alpha"', '"alpha ; nope == \'1\'"') }],
  ['sync', '', { ...plain, 'pdm.lock': '[metadata\n' }],
  ['run broken', 'broken', withText('[tool.pdm.scripts]\nbroken = {nope = "x"}')],
  ['run broken', 'broken', withText('[tool.pdm.scripts]\nbroken = {composite = ["broken"]}')],
  ['run broken', 'nope', withText('[tool.pdm.scripts]\nbroken = {call = "nope"}')],
  ['lock', '--nope', withText('[tool.pdm.options]\nlock = ["--nope"]')],
  ['lock -q', '', withText('[tool.pdm.options]\nlock = ["-v"]')],
];

/** The words of a line, those in double quotes together. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plainWord]) => quoted ?? plainWord ?? '');
}

function filesOf({ project }: Outcome): Record<string, string> {
  const names = ['pyproject.toml', 'pdm.lock', 'pdm.toml', '../config.toml'];
  return Object.fromEntries(names.filter((name) => project.exists(name)).map((name) => [name, project.read(name)]));
}

describe.skipIf(pdm.kind === 'absent')(`mistakes beside PDM${skipped}`, () => {
  test(`${MISTAKES.length} mistakes end as with PDM`, async () => {
    const calls = MISTAKES.map(([line, names, files = plain as Files, why]) => ({
      line,
      args: wordsOf(line),
      names,
      files,
      why,
    }));
    const outcomes = await besidePdm(pdm, sandbox, calls);
    const differing = outcomes.flatMap(({ call, ours, theirs }) => {
      const problems: string[] = [];
      if ((ours.status === theirs.status) === (call.why !== undefined)) problems.push(`${theirs.status} by PDM`);
      if (ours.status === 0) problems.push('no failure');
      if (!ours.stderr.replaceAll('tspm', 'pdm').includes(call.names)) problems.push('the culprit is not named');
      if (/\n {4}at /.test(ours.stderr)) problems.push('a stack');
      for (const [name, text] of Object.entries(filesOf(ours))) {
        if (call.files[name] !== text) problems.push(`${name} is written`);
      }
      const said = `${ours.stdout}${ours.stderr}\n  pdm: ${theirs.stdout}${theirs.stderr}`;
      return problems.length === 0 ? [] : [`${call.line}: ${ours.status}, ${problems.join(', ')}\n  ${said}`];
    });
    expect(differing.join('\n')).toBe('');
    expect(unexplained(calls.flatMap(({ why }) => why ?? []))).toEqual([]);
  });
});
