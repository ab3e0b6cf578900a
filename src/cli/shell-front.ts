/** How Node and the shell front (src/front/tspm.sh) hand a start to each other. */
import { existsSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const LOST = 'TSPM_LOST_VARIABLES';
const CERTIFICATES = 'TSPM_EXTRA_CA_CERTS';

/**
 * Takes over the variables that the shell of the front cannot hold, NUL-terminated `NAME=VALUE` as hexadecimal bytes, and the one that it
 * hid from the start of Node.
 */
export function restoreVariables(env: NodeJS.ProcessEnv): void {
  const certificates = env[CERTIFICATES];
  if (certificates !== undefined) env['NODE_EXTRA_CA_CERTS'] = certificates;
  delete env[CERTIFICATES];
  const bytes = env[LOST];
  if (bytes === undefined) return;
  delete env[LOST];
  const entries = Buffer.from(bytes.replaceAll(/\s/g, ''), 'hex').toString().split('\0');
  for (const entry of entries) {
    const cut = entry.indexOf('=');
    if (cut > 0) env[entry.slice(0, cut)] = entry.slice(cut + 1);
  }
}

/**
 * On POSIX npm makes the command a link to `tspm.js`, which Windows needs and which starts Node. The first start through that link makes
 * it lead to `tspm.sh` beside it. A link that cannot be changed stays.
 */
export function useFront(called: string | undefined): void {
  if (called === undefined || process.platform === 'win32') return;
  try {
    const target = readlinkSync(called);
    const front = join(dirname(target), 'tspm.sh');
    if (basename(target) !== 'tspm.js' || !existsSync(resolve(dirname(called), front))) return;
    const temporary = `${called}.${process.pid}.tmp`;
    // One of an earlier process with this number that was killed.
    rmSync(temporary, { force: true });
    symlinkSync(front, temporary);
    renameSync(temporary, called);
  } catch {
    // The command works as it is.
  }
}
