import { fstatSync, statSync } from 'node:fs';

/** Whether the descriptor is a terminal. Node's answer needs sockets and streams, which take 2 ms to load, so pipes, files and /dev/null are told apart without. */
export function isTerminal(descriptor: number): boolean {
  return mayBeTerminal(descriptor) && process.getBuiltinModule('node:tty').isatty(descriptor);
}

function mayBeTerminal(descriptor: number): boolean {
  if (process.platform === 'win32') return true;
  try {
    const stat = fstatSync(descriptor);
    return stat.isCharacterDevice() && stat.rdev !== statSync('/dev/null').rdev;
  } catch {
    // A descriptor that is closed, a system without /dev.
    return true;
  }
}
