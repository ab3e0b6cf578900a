import type { CommandSpec, OptionSpec } from './command.ts';
import { DRY_RUN, WHICH_PROJECT, PROJECT, SKIP_HOOKS } from './options.ts';

const ANYTHING = { name: 'arguments', summary: 'Whatever PDM takes here', variadic: true } as const;

/** Read, so that the answer is the refusal and not an unknown option. */
const UPLOAD: readonly OptionSpec[] = [
  { name: 'repository', short: 'r', value: { label: 'NAME' }, summary: 'Where to upload to', hidden: true },
  { name: 'username', short: 'u', value: { label: 'NAME' }, summary: 'User of the index', hidden: true },
  { name: 'password', short: 'P', value: { label: 'WORD' }, summary: 'Password of the user', hidden: true },
  { name: 'sign', short: 'S', summary: 'Sign the files', hidden: true },
  { name: 'identity', short: 'i', value: { label: 'NAME' }, summary: 'Whose signature', hidden: true },
  { name: 'comment', short: 'c', value: { label: 'TEXT' }, summary: 'A comment on the files', hidden: true },
  { name: 'no-verify-ssl', aliases: ['no-very-ssl'], summary: 'Check no certificate', exclusive: 'tls', hidden: true },
  { name: 'ca-certs', value: { label: 'FILE' }, summary: 'Certificates to trust', exclusive: 'tls', hidden: true },
  { name: 'dest', short: 'd', value: { label: 'DIR' }, summary: 'Folder of the files', hidden: true },
  { name: 'no-build', summary: 'Build nothing first', hidden: true },
  { name: 'skip-existing', summary: 'Leave out what is there', hidden: true },
  ...SKIP_HOOKS,
  PROJECT,
];

/** Commands of PDM for things that tspm leaves to others, or that are seldom needed. */
export const SIDE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'fix',
    inMember: 'own',
    summary: 'Mend what older versions of PDM left in a project',
    options: [...DRY_RUN, ...WHICH_PROJECT],
    arguments: [{ name: 'problem', summary: 'The one problem to fix; all when left out' }],
    examples: ['tspm fix --dry-run', 'tspm fix package-type'],
    load: () => import('./command-groups/packages.ts').then(({ fix }) => fix),
  },
  {
    name: 'python',
    aliases: ['py'],
    summary: 'List or find the Pythons of this machine',
    options: [],
    arguments: [
      { name: 'action', summary: 'What to do', choices: ['list', 'find', 'install', 'remove', 'link'] },
      { name: 'request', summary: 'Version or path of a Python to find', variadic: true },
    ],
    examples: ['tspm python list', 'tspm python find 3.11'],
    passThrough: true,
    here: true,
    load: () => import('./command-groups/environment.ts').then(({ python }) => python),
  },
  {
    name: 'venv',
    summary: 'Tell of a virtual environment inside the project; tspm makes none',
    options: [
      { name: 'path', value: { label: 'NAME' }, summary: 'Print the folder of an environment', exclusive: 'fact' },
      { name: 'python', value: { label: 'NAME' }, summary: 'Print the Python of an environment', exclusive: 'fact' },
      PROJECT,
    ],
    arguments: [
      { name: 'action', summary: 'What to do', choices: ['list', 'create', 'remove', 'activate', 'purge'] },
      ANYTHING,
    ],
    examples: ['tspm venv list', 'tspm venv --path in-project'],
    passThrough: true,
    load: () => import('./command-groups/environment.ts').then(({ venv }) => venv),
  },
  {
    name: 'search',
    summary: 'Say where packages can be searched for',
    options: [],
    arguments: [{ name: 'query', summary: 'Words to search for', variadic: true }],
    examples: ['tspm search http client'],
    here: true,
    load: () => import('./command-groups/environment.ts').then(({ search }) => search),
  },
  {
    name: 'self',
    aliases: ['plugin'],
    summary: 'Refused: tspm has no plugins and no Python environment of its own',
    options: [],
    arguments: [ANYTHING],
    examples: ['npm install -g tspm'],
    passThrough: true,
    here: true,
    load: () => import('./command-groups/environment.ts').then(({ self }) => self),
  },
  {
    name: 'publish',
    summary: 'Refused: tspm uploads nothing to package indexes',
    options: UPLOAD,
    arguments: [ANYTHING],
    examples: ['tspm build'],
    passThrough: true,
    load: () => import('./command-groups/environment.ts').then(({ publish }) => publish),
  },
];
