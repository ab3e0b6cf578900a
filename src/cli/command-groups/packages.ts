/** The commands that resolve or install. One file when bundled: every further file costs start-up time. */
export * as add from '../commands/add.ts';
export * as build from '../commands/build.ts';
export * as cache from '../commands/cache.ts';
export * as exporting from '../commands/export.ts';
export * as fix from '../commands/fix.ts';
export * as importing from '../commands/import.ts';
export * as init from '../commands/init.ts';
export * as install from '../commands/install.ts';
export * as list from '../commands/list.ts';
export * as lock from '../commands/lock.ts';
export * as creating from '../commands/new.ts';
export * as outdated from '../commands/outdated.ts';
export * as remove from '../commands/remove.ts';
export * as show from '../commands/show.ts';
export * as update from '../commands/update.ts';
export * as verify from '../commands/verify.ts';
