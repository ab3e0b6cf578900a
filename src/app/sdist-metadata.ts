/** What a source archive tells of itself without being built. */
import { readSdist, type SdistTexts } from '../archive/sdist-archive.ts';
import { isTspmError } from '../errors.ts';
import { isStatic, parseMetadata } from '../packaging/metadata.ts';
import { parseToml } from '../toml/parse.ts';
import { isArray, isTable, tableAt, type TomlTable, type TomlValue } from '../toml/value.ts';
import { onlyWithExtra } from './locked-repository.ts';

/** Metadata of the archive at `path` as text; undefined when only a build would tell it. Throws as {@link readSdist}. */
export async function sdistMetadata(path: string, filename: string): Promise<string | undefined> {
  return staticMetadata(await readSdist(path, filename));
}

/** PKG-INFO where all that matters in it is final (PEP 643), else a `[project]` table without dynamic fields that matter (PEP 621). */
export function staticMetadata({ pkgInfo, pyproject }: SdistTexts): string | undefined {
  if (pkgInfo !== undefined && isFinal(pkgInfo)) return pkgInfo;
  return pyproject === undefined ? undefined : metadataOfProject(pyproject);
}

function isFinal(pkgInfo: string): boolean {
  try {
    return isStatic(parseMetadata(pkgInfo));
  } catch (error) {
    if (isTspmError(error)) return false;
    throw error;
  }
}

/** Fields of `[project]` that must be final. */
const DECIDING: readonly string[] = ['version', 'dependencies', 'optional-dependencies', 'requires-python'];

function metadataOfProject(text: string): string | undefined {
  const project = projectTable(text);
  if (project === undefined) return undefined;
  const { name, version, dynamic = [] } = project;
  const requiresPython = project['requires-python'];
  const dependencies = textsOf(project['dependencies'] ?? []);
  const extras = extrasOf(project['optional-dependencies'] ?? {});
  if (!isLine(name) || !isLine(version) || dependencies === undefined || extras === undefined) return undefined;
  if (requiresPython !== undefined && !isLine(requiresPython)) return undefined;
  // Variables of an address are for the backend to replace.
  if ([...dependencies, ...extras.flatMap(([, lines]) => lines)].some((line) => /@.*\{/.test(line))) return undefined;
  const open = textsOf(dynamic);
  if (open === undefined || open.some((field) => DECIDING.includes(field))) return undefined;
  const lines = [
    'Metadata-Version: 2.2',
    `Name: ${name}`,
    `Version: ${version}`,
    ...(isLine(project['description']) ? [`Summary: ${project['description']}`] : []),
    ...(requiresPython === undefined ? [] : [`Requires-Python: ${requiresPython}`]),
    ...dependencies.map((line) => `Requires-Dist: ${line}`),
    ...extras.flatMap(([extra, requirements]) => [
      `Provides-Extra: ${extra}`,
      ...requirements.map((line) => `Requires-Dist: ${line}`),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function projectTable(text: string): TomlTable | undefined {
  try {
    return tableAt(parseToml(text, 'pyproject.toml'), ['project']);
  } catch (error) {
    if (isTspmError(error)) return undefined;
    throw error;
  }
}

/** The requirements of each extra with the condition on it; undefined when the table is none. */
function extrasOf(value: TomlValue): (readonly [string, readonly string[]])[] | undefined {
  if (!isTable(value)) return undefined;
  const extras: (readonly [string, readonly string[]])[] = [];
  for (const [extra, lines] of Object.entries(value)) {
    const conditional = conditionalLines(lines, extra);
    if (conditional === undefined || !isLine(extra)) return undefined;
    extras.push([extra, conditional]);
  }
  return extras;
}

function conditionalLines(lines: TomlValue, extra: string): string[] | undefined {
  try {
    return textsOf(lines)?.map((line) => onlyWithExtra(line, extra));
  } catch (error) {
    if (isTspmError(error)) return undefined;
    throw error;
  }
}

function textsOf(value: TomlValue): string[] | undefined {
  if (!isArray(value)) return undefined;
  const texts = value.filter(isLine);
  return texts.length === value.length ? texts : undefined;
}

/** A text that is one header line; a line break would begin another header. */
function isLine(value: TomlValue | undefined): value is string {
  return typeof value === 'string' && !/[\r\n]/.test(value);
}
