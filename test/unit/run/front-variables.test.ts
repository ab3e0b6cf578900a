import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FRONT_VARIABLES } from '../../../src/run/front-stamp.ts';

const source = join(import.meta.dirname, '../../../src');
/** Variables the code knows that neither `run` of a program nor a sync with nothing to do follows from. */
const WITHOUT_INFLUENCE = [
  // Compared with the stamp.
  'PDM_PYTHON',
  // Given to children.
  'PDM_PROJECT_ROOT',
  'PDM_RUN_CWD',
  // About the cache, sources, builds and questions: nothing is fetched, built or asked.
  'PDM_CACHE_DIR',
  'PDM_CHECK_UPDATE',
  'PDM_IGNORE_STORED_INDEX',
  'PDM_INSTALL_PARALLEL',
  'PDM_LOG_DIR',
  'PDM_NON_INTERACTIVE',
  'PDM_PYPI_JSON_API',
  'PDM_PYPI_PASSWORD',
  'PDM_PYPI_URL',
  'PDM_PYPI_USERNAME',
  'PDM_PYPI_VERIFY_SSL',
  'PDM_REQUEST_TIMEOUT',
  'PDM_RESOLVE_MAX_ROUNDS',
  // Only Node runs scripts, and only Node searches for a Python.
  'PDM_SCRIPTS_SHOW_HEADER',
  'PDM_USE_PYTHON_VERSION',
  'PDM_USE_UV',
  'PDM_USE_VENV',
  'PDM_VENV_BACKEND',
  'PDM_VENV_IN_PROJECT',
  'PDM_VENV_PROMPT',
  'PDM_VENV_WITH_PIP',
];

test('every variable of PDM that the code reads is one the front asks Node about, or has no influence on what it does', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(source, file), 'utf8'));
  const read = new Set(files.flatMap((text) => text.match(/\bPDM_[A-Z][A-Z_]+\b/g) ?? []));
  const known = [...FRONT_VARIABLES, ...WITHOUT_INFLUENCE];
  expect([...read].filter((name) => !known.includes(name))).toEqual([]);
});

test('the shell asks about the same variables', () => {
  const front = readFileSync(join(source, 'front/tspm.sh'), 'utf8');
  const asked = [...front.matchAll(/\$\{(PDM_\w+)\+x\}/g)].map(([, name]) => name);
  expect(asked).toHaveLength(FRONT_VARIABLES.length);
  expect(asked).toEqual(expect.arrayContaining([...FRONT_VARIABLES]));
});
