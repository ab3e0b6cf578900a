/** The commands that only look at the environment. One file when bundled: every further file costs start-up time. */
export * as completion from './completion.ts';
export * as config from './config.ts';
export * as info from './info.ts';
export * as run from './run.ts';
export * as use from './use.ts';
