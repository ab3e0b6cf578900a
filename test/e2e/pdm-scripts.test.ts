/** `run` beside PDM: arguments, environment, folder and exit status of every form of script, as the programs themselves see them. */
import { chmodSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { Front } from '../support/front.ts';
import { findPdm, runPdmOften } from '../support/pdm.ts';
import { type Project, type RunResult, Sandbox } from '../support/tspm.ts';
import { projectText } from '../support/workspace.ts';

const DUMP = `import json, os, sys
env = {k: v for k, v in os.environ.items() if k not in ("PDM_CHECK_UPDATE", "PDM_USE_VENV", "PIP_CONFIG_FILE", "_", "PWD")}
hook, *others = env.get("PYTHONPATH", "").split(":")
env["PATH"] = ":".join(p for p in env["PATH"].split(":") if not p.endswith("/nodes"))
env["PYTHONPATH"] = ":".join([os.path.basename(hook), *others])
sites = sum(p.endswith(("site-packages", "dist-packages")) for p in sys.path)
print(json.dumps([sys.argv, os.getcwd(), env, sites > 0], sort_keys=True))
sys.exit(int(env.get("STATUS", "0")))
`;
const SHOW = `#!/bin/sh
for word; do printf '[%s]' "$word"; done
printf ' %s %s\\n' "$NO_SITE_PACKAGES" "$MARK"
exit "\${STATUS:-0}"
`;
const SCRIPTS = `[tool.pdm.scripts]
text = "python dump.py 'one word' two"
array = ["python", "dump.py", "a b", "{args}", "{x}", "\${MARK}"]
table = { cmd = "python dump.py", env = { MARK = "table", BOTH = "\${MARK}-\${HOME:-none}-\${NOWHERE:-none}-\${EMPTY:-none}" } }
args = "python dump.py before {args} after"
defaults = "python dump.py {args:--flag 'two words'}"
cwd = "python dump.py {run_cwd} {unknown} {} {{args}}"
file = { cmd = "dump.py x" }
module = "python -m dump y"
shell = { shell = "sh ./show.sh \\"$MARK\\" '{'", env = { MARK = "in shell" } }
shellargs = { shell = "sh ./show.sh first {args} last" }
multi = { shell = """
sh ./show.sh one
sh ./show.sh two
""" }
call = { call = "calls:main" }
callargs = { call = "calls:echo('a', b=[1, 2])" }
calltext = { call = "calls:text" }
fails = { cmd = "sh show.sh x", env = { STATUS = "7" } }
killed = { shell = "kill -9 $$" }
both = { composite = ["text", "shell here", "sh show.sh '{args:none}'"] }
plain = { composite = ["text 1", "sh show.sh 2"] }
stops = { composite = ["sh show.sh 1", "fails", "sh show.sh 2"] }
keeps = { composite = ["fails", "sh show.sh 2", "sh -c 'exit 3'", "sh show.sh 4"], keep_going = true }
outer = { composite = ["table", "inner"], env = { MARK = "outer", MORE = "more" } }
inner = { composite = ["sh show.sh inner", "table"], env = { MARK = "inner" } }
dir = { cmd = "python ../dump.py", working_dir = "sub" }
dirs = { composite = ["python ../dump.py", "dir"], working_dir = "sub" }
sites = { cmd = "python dump.py", site_packages = true }
dotenv = { cmd = "python dump.py", env_file = ".env" }
override = { cmd = "python dump.py", env_file = { override = ".env" } }
dotenvand = { cmd = "python dump.py", env_file = ".env", env = { FROM_FILE = "table:\${PLAIN}" } }
missing = { cmd = "sh show.sh", env_file = "no-such-file" }
pre_around = "sh show.sh pre"
around = "sh show.sh around"
post_around = "sh show.sh post"
pre_bad = "sh -c 'exit 4'"
bad = "sh show.sh never"
late = "sh show.sh late"
post_late = "sh -c 'exit 5'"
_hidden = "sh show.sh hidden"
again = "{pdm} run text inner"
variables = ["sh", "show.sh", "\${MARK}", "$MARK", "\${NOWHERE}", "\${MARK:-x}", "\${a b}", "\${}", "%MARK%"]
hash = "sh show.sh a # b"
nothing = "sh show.sh ''"
`;
const DOTENV = `# comment
PLAIN=plain
FROM_FILE = spaced   # comment
export EXPORTED=yes
'QUOTED KEY'=1
SINGLE='s $PLAIN \${PLAIN} \\n it\\'s'
DOUBLE="d \\t|\\"q\\"|\\\\|\${PLAIN}"
MULTI="one
two"
HASH=a#b
HASHES=a #b
NOVALUE
EMPTY_VALUE=
MARK=from file
REFERENCE=\${MARK}-\${GIVEN}-\${NOWHERE:-fallback}-\${EMPTY:-fallback}-\${LATER}
LATER=late
UTF=é→
bad line here
BACKSLASH=a\\nb
QUOTES=a"b"c
`;
const CALLS = `import sys
def main(): print("main", sys.argv[1:]); return 5
def echo(*args, **named): print(args, named, sys.argv[1:])
def text(): return "gone wrong"
`;

interface Form {
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Each is one comparison; without a name the words are it. */
const FORMS: readonly Form[] =
  'text array table args defaults cwd file module shell shellargs multi call callargs calltext fails both plain stops keeps outer inner dir dirs sites dotenv override dotenvand missing around bad late _hidden variables hash nothing pre_around'
    .split(' ')
    .map((name) => ({ name, args: ['run', name] }));
const WORDS = ['', 'a b', "it's", '"q"', '--', '-h', '--help', '*', '$MARK', '\\', 'two\nlines', '{args}', 'é'];
const MORE_FORMS: readonly Form[] = [
  ...['text', 'array', 'args', 'defaults', 'shell', 'shellargs', 'call', 'both', 'plain', 'around', 'cwd'].map(
    (name) => ({
      name: `${name} with words`,
      args: ['run', name, ...WORDS],
    }),
  ),
  { name: 'a command', args: ['run', 'sh', 'show.sh', ...WORDS] },
  { name: 'a file', args: ['run', 'dump.py', ...WORDS] },
  { name: 'a path', args: ['run', './show.sh', '${MARK}', '${NOWHERE}', '${a b}'] },
  { name: 'Python', args: ['run', 'python', '-c', 'import sys; print(sys.argv)', '-c', '-h'] },
  { name: 'Python 3', args: ['run', 'python3', 'dump.py'] },
  { name: 'site-packages', args: ['run', '-s', 'python', 'dump.py'] },
  { name: 'the folder below', args: ['run', 'text'], cwd: 'sub' },
  { name: 'a command in the folder below', args: ['run', 'python', '../dump.py'], cwd: 'sub' },
  { name: 'where it was called', args: ['run', 'cwd'], cwd: 'sub' },
  { name: 'PYTHONPATH', args: ['run', 'dump.py'], env: { PYTHONPATH: '/a:/b' } },
  { name: 'EMPTY', args: ['run', 'table'], env: { EMPTY: '' } },
  { name: 'a variable over the file', args: ['run', 'dotenv'], env: { MARK: 'given', GIVEN: 'given', EMPTY: '' } },
  { name: 'the file over a variable', args: ['run', 'override'], env: { MARK: 'given', GIVEN: 'given', EMPTY: '' } },
  { name: 'the table over a variable', args: ['run', 'table'], env: { MARK: 'given' } },
  { name: 'skip pre', args: ['run', '-k', ':pre', 'around'] },
  { name: 'skip post', args: ['run', '--skip', ':post', 'around'] },
  { name: 'skip all', args: ['run', '-k', ':all', 'around'] },
  { name: 'skip by name', args: ['run', '-k', 'pre_around,text', 'around'] },
  { name: 'skip the script', args: ['run', '-k', 'text', 'text'] },
  { name: 'skip in a composite', args: ['run', '-k', 'text', 'both'] },
  { name: '--env', args: ['run', '--env', 'MARK=given=twice', '--env', 'B=${MARK}', 'dump.py'] },
  { name: '--env over a table', args: ['run', '--env', 'MARK=line', 'table'] },
  { name: '--env over an outer table', args: ['run', '--env', 'MARK=line', 'outer'] },
  { name: '--env-file', args: ['run', '--env-file', '.env', 'python', 'dump.py'] },
  { name: '--env-file from below', args: ['run', '--env-file', '.env', 'dotenv'], cwd: 'sub' },
  { name: '--env-file of the program', args: ['run', 'sh', 'show.sh', '--env-file', 'nowhere', '--env-file=.env'] },
  { name: '--working-dir', args: ['run', '--working-dir', 'sub', 'python', '../dump.py'] },
  { name: '--working-dir of a script', args: ['run', '--working-dir', 'sub', 'dirs'] },
  { name: '--working-dir of a file', args: ['run', '--working-dir', 'sub', '../dump.py'] },
  { name: 'the short-cut', args: ['text', '-x', '--list'] },
  { name: 'the list', args: ['run', '--json'] },
];

const pdm = findPdm();
const sandbox = new Sandbox();
const front = new Front(sandbox);
let project: Project;
let shared: Project;

describe.skipIf(pdm.kind === 'absent')('beside PDM', () => {
  const all = [...FORMS, ...MORE_FORMS];
  const sharedForms: readonly Form[] = [
    { name: 'a command', args: ['run', 'python', '../dump.py'] },
    { name: 'a file', args: ['run', '../dump.py'] },
    { name: 'a script', args: ['run', 'own'] },
    { name: 'a composite', args: ['run', 'all'] },
    { name: 'the list', args: ['run', '--json'] },
    { name: '-s', args: ['run', '-s', 'own'] },
    { name: 'hooks', args: ['run', 'fails'] },
  ];
  let theirs: readonly RunResult[];

  beforeAll(async () => {
    project = sandbox.project('scripts here', projectText({ more: SCRIPTS }));
    const hooks = '[tool.pdm.scripts]\n_ = { env = { MARK = "shared", SHARED = "1" }, working_dir = "sub" }\n';
    shared = sandbox.project(
      'shared',
      projectText({
        more: `${hooks}own = { cmd = "python ../dump.py", env = { MARK = "own" } }\nall = { composite = ["own", "python ../dump.py"] }
fails = "sh -c 'echo fails; exit 3'\\"\\""\npre_run = "sh -c 'echo pre_run'"\npost_run = "sh -c 'echo post_run'"
pre_script = "sh -c 'echo pre_script'"\npost_script = "sh -c 'echo post_script'"\n`,
      }),
    );
    for (const one of [project, shared]) {
      one.write('dump.py', DUMP);
      one.write('calls.py', CALLS);
      one.write('show.sh', SHOW);
      one.write('.env', DOTENV);
      one.write('sub/keep', '');
      chmodSync(one.path('show.sh'), 0o755);
    }
    const runs = [...all.map((form) => of(project, form)), ...sharedForms.map((form) => of(shared, form))];
    theirs = await runPdmOften(pdm, sandbox, runs);
  });

  test.each(all.map((form, index) => ({ ...form, index })))('$name', async ({ index, ...form }) => {
    expect(await ours(project, form)).toEqual(seen(theirs[index]));
  });

  test.each(sharedForms.map((form, index) => ({ ...form, index })))(
    'shared options: $name',
    async ({ index, ...form }) => {
      expect(await ours(shared, form)).toEqual(seen(theirs[all.length + index]));
    },
  );
});

function of(place: Project, { args, cwd, env }: Form) {
  return { args, cwd: place.path(cwd ?? '.'), ...(env === undefined ? {} : { env }) };
}

async function ours(place: Project, form: Form): Promise<unknown> {
  const { args, ...options } = of(place, form);
  return seen(await front.start(place, args, options));
}

function seen(result: RunResult | undefined): unknown {
  return { status: result?.status, lines: lines(result) };
}

/** What was printed, with data as data. */
function lines(result: RunResult | undefined): unknown[] {
  const text = result?.stdout ?? '';
  if (text.startsWith('{')) return [JSON.parse(text)];
  return text.split('\n').map((line): unknown => (line.startsWith('[["') ? JSON.parse(line) : line));
}
