import { TspmError } from '../errors.ts';
import { runQuietly } from './run-quietly.ts';

/** What the source of a module says of itself. */
export interface ModuleFacts {
  /** Cleaned of indentation; undefined when there is none. */
  readonly docstring: string | undefined;
  /** The text that the first plain assignment to `__version__` gives it. */
  readonly version: string | undefined;
}

/** Reads the source without running it. */
const PROGRAM = `
import ast, json, sys
with open(sys.argv[1], 'rb') as stream:
    tree = ast.parse(stream.read())
found = [
    node.value.value
    for node in tree.body
    if isinstance(node, ast.Assign)
    and len(node.targets) == 1
    and isinstance(node.targets[0], ast.Name)
    and node.targets[0].id == '__version__'
    and isinstance(node.value, ast.Constant)
    and isinstance(node.value.value, str)
]
print(json.dumps({'docstring': ast.get_docstring(tree), 'version': found[0] if found else None}))
`;

/** Facts of the module at `file`, read by the interpreter `python`. Throws TSPM_USAGE when it cannot be parsed. */
export async function moduleFacts(python: string, file: string): Promise<ModuleFacts> {
  const { stdout, stderr, failure } = await runQuietly(python, ['-I', '-c', PROGRAM, file]);
  if (failure !== undefined) {
    const reason = stderr.trim().split('\n').at(-1) ?? failure;
    throw new TspmError('TSPM_USAGE', `${file} cannot be read as Python: ${reason}`);
  }
  // The program's own JSON.
  const facts = JSON.parse(stdout) as { readonly docstring: string | null; readonly version: string | null };
  return { docstring: facts.docstring ?? undefined, version: facts.version ?? undefined };
}
