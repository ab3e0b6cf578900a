/** Archives of every usual backend, built with that backend from PyPI, beside PDM. Skipped without PyPI. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findPdm, installedFiles, pdmOk, reachesPypi } from '../support/pdm.ts';
import { buildSdist } from '../support/sdist.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { onlySource, projectText, runCode } from '../support/workspace.ts';

const pdm = findPdm();
const missing = pdm.kind === 'absent' ? pdm.reason : reachesPypi() ? undefined : 'PyPI cannot be reached';
// The archives' files are of 1970, which PDM leaves to the backends, and those to the zip format, which does not know it.
const sandbox = new Sandbox({ SOURCE_DATE_EPOCH: '1600000000' });

type Files = Readonly<Record<string, string>>;

const system = (requires: readonly string[], backend: string): string =>
  `[build-system]\nrequires = ${JSON.stringify(requires)}\nbuild-backend = "${backend}"\n`;
const project = (name: string, more = ''): string =>
  `[project]\nname = "${name}"\nversion = "1.0"\ndescription = "made by a test"\n${more}`;
const C_MODULE = (name: string): string => `#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *args) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "${name}", NULL, -1, methods};
PyMODINIT_FUNC PyInit_${name}(void) { return PyModule_Create(&module); }
`;

const ARCHIVES: Readonly<Record<string, Files>> = {
  'made-setuptools': {
    'pyproject.toml':
      system(['setuptools>=61', 'wheel'], 'setuptools.build_meta') +
      '[project]\nname = "made-setuptools"\ndynamic = ["version"]\n[project.scripts]\nmade-command = "made_setuptools:main"\n[tool.setuptools.dynamic]\nversion = {attr = "made_setuptools.__version__"}\n',
    'made_setuptools/__init__.py': '__version__ = "1.0"\ndef main():\n    print("made")\n',
  },
  'made-setup-py': {
    'setup.py':
      'from setuptools import setup\nimport helper\nsetup(name="made-setup-py", version=helper.VERSION, py_modules=["made_setup_py"], scripts=["made-script"])\n',
    'helper.py': 'VERSION = "1.0"\n',
    'made_setup_py.py': 'value = 1\n',
    'made-script': '#!/usr/bin/env python\nimport made_setup_py\nprint(made_setup_py.value)\n',
  },
  'made-setup-cfg': {
    'setup.cfg': '[metadata]\nname = made-setup-cfg\nversion = 1.0\n[options]\npy_modules = made_setup_cfg\n',
    'pyproject.toml': system(['setuptools'], 'setuptools.build_meta'),
    'made_setup_cfg.py': 'value = 1\n',
  },
  'made-flit': {
    'pyproject.toml':
      system(['flit_core>=3.2,<4'], 'flit_core.buildapi') +
      '[project]\nname = "made-flit"\ndynamic = ["version", "description"]\n',
    'made_flit.py': '"""Made by a test."""\n__version__ = "1.0"\n',
  },
  'made-hatchling': {
    'pyproject.toml': system(['hatchling'], 'hatchling.build') + project('made-hatchling'),
    'made_hatchling/__init__.py': '',
  },
  'made-pdm-backend': {
    'pyproject.toml': system(['pdm-backend'], 'pdm.backend') + project('made-pdm-backend'),
    'made_pdm_backend.py': '',
  },
  'made-poetry-core': {
    'pyproject.toml':
      system(['poetry-core'], 'poetry.core.masonry.api') +
      '[tool.poetry]\nname = "made-poetry-core"\nversion = "1.0"\ndescription = ""\nauthors = []\n[tool.poetry.dependencies]\npython = ">=3.9"\n',
    'made_poetry_core.py': '',
  },
  'made-extension': {
    'setup.py':
      'from setuptools import Extension, setup\nsetup(name="made-extension", version="1.0", ext_modules=[Extension("made_extension", ["made.c"])])\n',
    'made.c': C_MODULE('made_extension'),
  },
  'made-meson': {
    'pyproject.toml': system(['meson-python', 'ninja'], 'mesonpy') + project('made-meson'),
    'meson.build':
      "project('made-meson', 'c', version: '1.0')\npy = import('python').find_installation(pure: false)\npy.extension_module('made_meson', 'made.c', install: true)\n",
    'made.c': C_MODULE('made_meson'),
  },
  'made-scikit': {
    'pyproject.toml':
      system(['scikit-build-core', 'cmake', 'ninja'], 'scikit_build_core.build') + project('made-scikit'),
    'CMakeLists.txt':
      'cmake_minimum_required(VERSION 3.15...3.30)\nproject(made_scikit LANGUAGES C)\nfind_package(Python REQUIRED COMPONENTS Interpreter Development.Module)\nPython_add_library(made_scikit MODULE made.c WITH_SOABI)\ninstall(TARGETS made_scikit DESTINATION .)\n',
    'made.c': C_MODULE('made_scikit'),
  },
};

function projectWithArchives(name: string): Project {
  const folder = {
    name: 'made',
    url: 'file:///${PROJECT_ROOT}/archives',
    type: 'find_links',
    include_packages: ['made-*'],
  };
  const sources = [onlySource('https://pypi.org/simple'), folder];
  const made = sandbox.project(name, projectText({ dependencies: Object.keys(ARCHIVES), sources }));
  mkdirSync(made.path('archives'));
  for (const [key, files] of Object.entries(ARCHIVES)) {
    const info = `Metadata-Version: 2.1\nName: ${key}\nVersion: 1.0\n`;
    const { filename, bytes } = buildSdist({
      name: key,
      version: '1.0',
      files: { 'pyproject.toml': undefined, 'PKG-INFO': info, ...files },
    });
    writeFileSync(made.path('archives', filename), bytes);
  }
  return made;
}

test.skipIf(missing !== undefined)(
  `every backend gives what PDM gives${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  async () => {
    const ours = projectWithArchives('ours');
    await ours.ok(['install', '--no-self']);
    for (const name of ['made_extension', 'made_meson', 'made_scikit']) {
      expect(await runCode(ours, `import ${name}; print(${name}.answer())`)).toBe('42');
    }
    expect((await ours.ok(['run', 'made-command'])).stdout).toBe('made\n');
    expect((await ours.ok(['run', 'made-script'])).stdout).toBe('1\n');
    const theirs = projectWithArchives('theirs');
    writeFileSync(theirs.path('pdm.lock'), readFileSync(ours.path('pdm.lock')));
    await pdmOk(pdm, theirs, ['sync', '--no-self']);
    expect(withoutCompiled(installedFiles(ours))).toEqual(withoutCompiled(installedFiles(theirs)));
  },
);

/** Debugging symbols of compiled modules name the folder they were built in. */
function withoutCompiled(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([path, digest]) => [path, path.endsWith('.so') ? 'compiled' : digest]),
  );
}
