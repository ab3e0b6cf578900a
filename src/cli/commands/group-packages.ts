/** The commands that resolve or install. One file when bundled: every further file costs start-up time. */
export * as add from './add.ts';
export * as init from './init.ts';
export * as install from './install.ts';
export * as list from './list.ts';
export * as lock from './lock.ts';
export * as remove from './remove.ts';
export * as update from './update.ts';
export { syncChanges } from './sync-changes.ts';
