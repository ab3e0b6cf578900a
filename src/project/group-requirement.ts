import { isTspmError, TspmError } from '../errors.ts';
import { placeOfLine } from './group-places.ts';
import type { Pyproject } from './pyproject.ts';
import { parseRequirementLine, type LineContext, type ProjectRequirement } from './requirement-line.ts';

/** Reads a requirement line of a group (normalised). Throws TSPM_INVALID_REQUIREMENT that tells the place of the line. */
export function parseGroupLine(
  project: Pyproject,
  group: string,
  { line, context }: { readonly line: string; readonly context: LineContext },
): ProjectRequirement {
  try {
    return parseRequirementLine(line, context);
  } catch (error) {
    if (!isTspmError(error)) throw error;
    const place = placeOfLine(project, line, group) ?? `group ${group}`;
    throw new TspmError(error.code, `${place}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      context: { ...error.context, place },
      cause: error,
    });
  }
}
