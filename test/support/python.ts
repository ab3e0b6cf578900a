import { execFileSync } from 'node:child_process';

let found: string | undefined;

/**
 * A real Python (3.9 or later): the executable that TSPM_TEST_PYTHON names, else `python3` from PATH; its own path, not that of a shim.
 * Throws when there is none: tests that install packages end with importing them.
 */
export function testPython(): string {
  const asked = process.env['TSPM_TEST_PYTHON'] ?? 'python3';
  const code = 'import sys; assert sys.version_info >= (3, 9), sys.version; print(sys.executable)';
  found ??= execFileSync(asked, ['-I', '-c', code], { encoding: 'utf8' }).trim();
  return found;
}

/** What Python code prints when `lib` is activated as in `tspm run`: before site-packages, with its .pth files. */
export function runPython(code: string, lib: string): string {
  const activate = `import sys, site; before = len(sys.path); site.addsitedir(${JSON.stringify(lib)})\n`;
  const last = 'sys.path[:] = sys.path[before:] + sys.path[:before]\n';
  return runProgram(testPython(), ['-I', '-c', activate + last + code]);
}

/** What a program prints, in an environment that tells Python nothing; throws when it fails. */
export function runProgram(program: string, args: readonly string[]): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:PYTHON|PEP582)/u.test(name)));
  return execFileSync(program, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }).trimEnd();
}
