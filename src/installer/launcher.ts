import type { EntryPoint } from '../packaging/entry-points.ts';

/** What a shebang was recognised as: its interpreter, and where the rest of the file begins, in bytes. */
export interface Shebang {
  readonly interpreter: string;
  readonly end: number;
}

/**
 * The first line, or lines, that make `interpreter` run a script: `#!interpreter` where the kernel takes it (no blank, at most 124
 * bytes), otherwise `/bin/sh` that starts it, written so that Python reads those lines as one text.
 */
export function formatShebang(interpreter: string): string {
  const plain = !/\s/u.test(interpreter) && Buffer.byteLength(interpreter) <= LONGEST_INTERPRETER;
  return plain ? `#!${interpreter}\n` : `#!/bin/sh\n'''exec' ${shellQuote(interpreter)} "$0" "$@"\n' '''\n`;
}

/** The shebang at the start of a script, in one of the two forms of {@link formatShebang}; undefined for any other. */
export function readShebang(content: Buffer): Shebang | undefined {
  const head = content.subarray(0, 8192).toString('latin1');
  const [long, quoted] = LONG_FORM.exec(head) ?? [];
  if (long !== undefined && quoted !== undefined)
    return { interpreter: shellUnquote(latin1ToUtf8(quoted)), end: long.length };
  const [short, path] = SHORT_FORM.exec(head) ?? [];
  return short === undefined || path === undefined ? undefined : { interpreter: latin1ToUtf8(path), end: short.length };
}

/** A script of a wheel with its `#!python` line (the whole line) replaced; undefined when it has none and stays as it is. */
export function rewriteScript(content: Buffer, interpreter: string): Buffer | undefined {
  if (!content.subarray(0, 8).equals(PLACEHOLDER)) return undefined;
  const end = content.indexOf('\n');
  const rest = end === -1 ? Buffer.alloc(0) : content.subarray(end + 1);
  return Buffer.concat([Buffer.from(formatShebang(interpreter)), rest]);
}

/**
 * The text of the command for an entry point. It finds `lib` beside the folder it really lies in, so that it works in a moved
 * tree, from a link elsewhere, and without `tspm run`; where `lib` is on sys.path already, it leaves sys.path alone.
 */
export function formatLauncher(entryPoint: EntryPoint, interpreter: string): string {
  const [name = ''] = entryPoint.attribute.split('.', 1);
  return `${formatShebang(interpreter)}${ACTIVATION}

if __name__ == "__main__":
    _use_packages()
    for _suffix in ("-script.pyw", "-script.py", ".exe"):
        if sys.argv[0].endswith(_suffix):
            sys.argv[0] = sys.argv[0][: -len(_suffix)]
            break
    from ${entryPoint.module} import ${name}

    sys.exit(${entryPoint.attribute}())
`;
}

/** Old kernels read 127 bytes of the line: `#!`, the path and the line end. */
const LONGEST_INTERPRETER = 124;
const PLACEHOLDER = Buffer.from('#!python');
const SHORT_FORM = /^#!(\/[^\s]*\/(?:python|pypy|graalpy)[^\s/]*)\r?\n/u;
const LONG_FORM = /^#!\/bin\/sh\n'''exec' ([^\n]+) "\$0" "\$@"\n' '''\n/u;

// Packages come after the standard library and before site-packages, as in `tspm run`.
const ACTIVATION = `# -*- coding: utf-8 -*-
import os
import sys


def _use_packages():
    base = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    lib = os.path.join(base, "lib")
    if any(os.path.realpath(path) == lib for path in sys.path if path):
        return
    import site

    before = sys.path[:]
    site.addsitedir(lib)
    added = [path for path in sys.path if path not in before]
    sites = list(site.getsitepackages()) if hasattr(site, "getsitepackages") else []
    if site.ENABLE_USER_SITE:
        sites.append(site.getusersitepackages())
    at = min([before.index(path) for path in sites if path in before] or [len(before)])
    sys.path[:] = before[:at] + added + before[at:]
`;

function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/u.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** Undoes {@link shellQuote}, and plain double quotes. */
function shellUnquote(text: string): string {
  return text
    .replaceAll(`'"'"'`, '\u0000')
    .replaceAll(/^(['"])(.*)\1$/gu, '$2')
    .replaceAll('\u0000', "'");
}

function latin1ToUtf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
