import { TspmError } from '../errors.ts';
import { runQuietly } from './run-quietly.ts';

/** What a setup.py says, under the names of the arguments of `setup()`; what it does not say is absent. */
export interface SetupFacts {
  readonly name?: string;
  readonly version?: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
  /** `file:` of a setup.cfg, else the README beside it. */
  readonly readme?: string;
  readonly author?: string;
  readonly author_email?: string;
  readonly maintainer?: string;
  readonly maintainer_email?: string;
  readonly classifiers?: readonly string[];
  readonly python_requires?: string;
  readonly install_requires?: readonly string[];
  readonly extras_require?: Readonly<Record<string, readonly string[]>>;
  readonly license?: string;
  readonly urls?: Readonly<Record<string, string>>;
  /** Texts `name = module:attribute` by group. */
  readonly entry_points?: Readonly<Record<string, readonly string[]>>;
  readonly package_dir?: Readonly<Record<string, string>>;
}

/**
 * Runs setup.py with a `setup()` that only takes its arguments down, after those of setup.cfg. What it prints goes to standard error.
 * Lists may be given as text, one item a line.
 */
const PROGRAM = `
import configparser, io, json, os, sys
answer = os.fdopen(os.dup(1), 'w', encoding='utf-8')
os.dup2(2, 1)
folder = sys.argv[1]
os.chdir(folder)

def lines(value):
    if isinstance(value, str):
        return [line.strip() for line in value.splitlines() if line.strip() and not line.strip().startswith('#')]
    return [str(item) for item in value]

def points(value):
    if isinstance(value, str):
        return section('[' + value.partition('[')[2])
    return {group: lines(items) for group, items in value.items()}

def section(text):
    parser = configparser.RawConfigParser(delimiters=('=',), strict=False, interpolation=None)
    parser.optionxform = str
    parser.read_string('\\n'.join(line.strip() for line in text.splitlines()))
    return {name: [key + '=' + item for key, item in parser.items(name)] for name in parser.sections()}

def keywords(value):
    if isinstance(value, str):
        value = value.splitlines() if len(lines(value)) > 1 else value.split(',')
    return [word.strip() for word in value if word.strip()]

def taken(arguments):
    found = {}
    for key in TEXTS:
        if arguments.get(key) not in (None, ''):
            found[key] = str(arguments[key])
    if arguments.get('keywords'):
        found['keywords'] = keywords(arguments['keywords'])
    if arguments.get('classifiers') is not None:
        found['classifiers'] = sorted(lines(arguments['classifiers']))
    if arguments.get('install_requires'):
        found['install_requires'] = sorted(lines(arguments['install_requires']))
    if arguments.get('extras_require'):
        found['extras_require'] = {name: sorted(lines(value)) for name, value in arguments['extras_require'].items()}
    urls = [('Homepage', arguments.get('url')), ('Downloads', arguments.get('download_url'))]
    urls += (arguments.get('project_urls') or {}).items()
    if any(url for _, url in urls):
        found['urls'] = {label: str(url) for label, url in urls if url}
    if arguments.get('entry_points'):
        found['entry_points'] = points(arguments['entry_points'])
    if arguments.get('package_dir'):
        found['package_dir'] = {name: str(place) for name, place in arguments['package_dir'].items()}
    return found

TEXTS = ['name', 'version', 'description', 'author', 'author_email', 'maintainer', 'maintainer_email', 'license', 'python_requires']
facts = {}
config = configparser.RawConfigParser(interpolation=None)
config.optionxform = str
if os.path.exists('setup.cfg'):
    config.read('setup.cfg', encoding='utf-8')
    metadata = dict(config['metadata']) if config.has_section('metadata') else {}
    options = dict(config['options']) if config.has_section('options') else {}
    pairs = lambda text: dict(tuple(part.strip() for part in line.partition('=')[::2]) for line in lines(text))
    read = {key: metadata[key] for key in TEXTS if key in metadata and key != 'version'}
    if str(read.get('name', '')).startswith(('attr:', 'file:')):
        del read['name']
    read.update({key: metadata[key] for key in ('keywords', 'classifiers', 'url', 'download_url') if key in metadata})
    read.update({key: options[key] for key in ('python_requires', 'install_requires') if key in options})
    if 'project_urls' in metadata:
        read['project_urls'] = pairs(metadata['project_urls'])
    if 'package_dir' in options:
        read['package_dir'] = pairs(options['package_dir'])
    if config.has_section('options.extras_require'):
        read['extras_require'] = dict(config['options.extras_require'])
    if config.has_section('options.entry_points'):
        read['entry_points'] = dict(config['options.entry_points'])
    facts = taken(read)
    readme = metadata.get('long_description', '').strip()
    if readme.startswith('file:'):
        facts['readme'] = readme[5:].strip()
calls = []

def setup(**arguments):
    calls.append(arguments)
    facts.update(taken(arguments))

try:
    import setuptools
except ImportError:
    sys.exit('setuptools is missing')
import distutils.core
setuptools.setup = distutils.core.setup = setup
sys.path.insert(0, folder)
sys.argv[:] = [os.path.join(folder, 'setup.py')]
with open('setup.py', 'rb') as stream:
    code = compile(stream.read(), sys.argv[0], 'exec')
exec(code, {'__name__': '__main__', '__file__': sys.argv[0], '__builtins__': __builtins__})
if not calls:
    sys.exit('it calls no setup()')
for name in ('README.md', 'README.rst', 'README.txt'):
    if 'readme' not in facts and os.path.exists(name):
        facts['readme'] = name
json.dump(facts, answer)
answer.close()
`;

const TIMEOUT_MILLISECONDS = 60_000;

/** Facts of the setup.py in `folder`, whose code is run by the interpreter `python`. Throws TSPM_BUILD_FAILED when that fails. */
export async function setupFacts(python: string, folder: string, env: NodeJS.ProcessEnv): Promise<SetupFacts> {
  const run = { env, cwd: folder, milliseconds: TIMEOUT_MILLISECONDS };
  const { stdout, stderr, failure } = await runQuietly(python, ['-c', PROGRAM, folder], run);
  // The program's own JSON.
  if (failure === undefined) return JSON.parse(stdout) as SetupFacts;
  const reason = stderr.trim().split('\n').at(-1) || failure;
  const hint =
    reason === 'setuptools is missing'
      ? 'add it for the time being: `tspm add -d setuptools`'
      : 'install what it needs for the time being (`tspm add -d NAME`), or write [project] yourself';
  throw new TspmError('TSPM_BUILD_FAILED', `setup.py cannot be read: ${reason.slice(0, 300)}`, { hint });
}
