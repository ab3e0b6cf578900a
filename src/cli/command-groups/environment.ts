/** The commands that only look at the environment. One file when bundled: every further file costs start-up time. */
export * as completion from '../commands/completion.ts';
export * as config from '../commands/config.ts';
export * as info from '../commands/info.ts';
export * as publish from '../commands/publish.ts';
export * as python from '../commands/python.ts';
export * as run from '../commands/run.ts';
export * as search from '../commands/search.ts';
export * as self from '../commands/self.ts';
export * as use from '../commands/use.ts';
export * as venv from '../commands/venv.ts';
