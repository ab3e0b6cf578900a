/** Programs that are run quietly: what went wrong, and nothing that goes on afterwards. */
import { expect, test } from 'vitest';
import { runQuietly } from '../../../src/python/run-quietly.ts';

test('a program that cannot be started leaves no timer, which would keep the process alive', async () => {
  const before = timers();
  expect(await runQuietly('/no such program', [])).toMatchObject({ failure: expect.stringContaining('ENOENT') });
  expect(timers()).toBe(before);
});

test('a program that takes too long is killed', async () => {
  expect(await runQuietly('sh', ['-c', 'echo begun; exec sleep 600'], { milliseconds: 200 })).toEqual({
    stdout: 'begun\n',
    stderr: '',
    failure: 'stopped by SIGKILL',
  });
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
