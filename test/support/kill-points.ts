/**
 * Loaded first in a child process: counts calls that change the file system and kills the process with SIGKILL just before call
 * number `KILL_AT`. At exit it prints the names of the calls as JSON.
 */
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const CHANGES = [
  'openSync',
  'writeSync',
  'futimesSync',
  'closeSync',
  'mkdirSync',
  'renameSync',
  'rmSync',
  'fsyncSync',
  'writeFileSync',
  'chmodSync',
  'fsync',
  'close',
  'open',
  'rm',
] as const;

const killAt = Number(process.env['KILL_AT'] ?? 0);
const calls: string[] = [];

for (const module of [fs, promises]) {
  for (const name of CHANGES) {
    const original: unknown = Reflect.get(module, name);
    if (typeof original !== 'function') continue;
    Reflect.set(module, name, (...args: unknown[]): unknown => {
      calls.push(name);
      if (calls.length === killAt) process.kill(process.pid, 'SIGKILL');
      return Reflect.apply(original, module, args);
    });
  }
}

syncBuiltinESMExports();

process.on('exit', () => process.stdout.write(JSON.stringify(calls)));
