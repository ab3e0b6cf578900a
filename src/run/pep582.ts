import { TspmError } from '../errors.ts';

const POSIX_SHELLS = new Set(['sh', 'bash', 'zsh', 'dash', 'ash', 'ksh', 'mksh']);
const CSH_SHELLS = new Set(['csh', 'tcsh']);
const POWERSHELLS = new Set(['powershell', 'pwsh']);

/** Names of the shells {@link pep582Text} knows. */
export function isKnownShell(name: string): boolean {
  return name === 'fish' || POSIX_SHELLS.has(name) || CSH_SHELLS.has(name) || POWERSHELLS.has(name);
}

/** The text a shell evaluates so that every Python started from it finds the packages of its project. Throws TSPM_USAGE for other shells. */
export function pep582Text(shell: string, folder: string): string {
  if (POSIX_SHELLS.has(shell)) return posixText(quotePosix(folder));
  if (shell === 'fish') return `set -x PYTHONPATH ${quoteFish(folder)} $PYTHONPATH\n`;
  if (CSH_SHELLS.has(shell)) return cshText(quotePosix(folder));
  if (POWERSHELLS.has(shell)) return powershellText(`'${folder.replaceAll("'", "''")}'`);
  throw new TspmError('TSPM_USAGE', `Unsupported shell: ${shell}`, {
    hint: 'please specify another shell via `--pep582 <SHELL>`: zsh, bash, sh, dash, ksh, fish, csh, tcsh or pwsh',
    context: { shell },
  });
}

/** Job scripts begin with `set -eu`, where an unset variable ends the script; dash splits what is not in quotes. */
function posixText(folder: string): string {
  return `export PYTHONPATH=${folder}"\${PYTHONPATH:+:$PYTHONPATH}"\n`;
}

/** An unset variable in csh is an error even in a branch that is not taken on one line, hence the nesting. */
function cshText(folder: string): string {
  return [
    'if ( $?PYTHONPATH ) then',
    '    if ( "$PYTHONPATH" != "" ) then',
    `        setenv PYTHONPATH ${folder}:"$PYTHONPATH"`,
    '    else',
    `        setenv PYTHONPATH ${folder}`,
    '    endif',
    'else',
    `    setenv PYTHONPATH ${folder}`,
    'endif',
    '',
  ].join('\n');
}

function powershellText(folder: string): string {
  return [
    'if ($env:PYTHONPATH) {',
    `    $env:PYTHONPATH = ${folder} + [IO.Path]::PathSeparator + $env:PYTHONPATH`,
    '} else {',
    `    $env:PYTHONPATH = ${folder}`,
    '}',
    '',
  ].join('\n');
}

function quotePosix(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function quoteFish(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
