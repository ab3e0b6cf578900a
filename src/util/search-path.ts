/** Environment variables as data; keys that are not set are undefined. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How to look a program up: `isExecutable` asks the disk, `windows` adds the endings of `PATHEXT` and `;` between folders. */
export interface ProgramSearch {
  readonly env: Environment;
  readonly windows: boolean;
  readonly isExecutable: (path: string) => boolean;
}

/** The first file named `name` in the folders of `PATH`, as a shell finds it; undefined when there is none. */
export function searchProgram(name: string, search: ProgramSearch): string | undefined {
  const names = search.windows ? windowsNames(name, search.env) : [name];
  for (const folder of pathFolders(search)) {
    for (const file of names) {
      const path = `${folder}${search.windows ? '\\' : '/'}${file}`;
      if (search.isExecutable(path)) return path;
    }
  }
  return undefined;
}

/** The folders of `PATH` in order, without empty and relative ones: what they mean depends on the current folder. */
export function pathFolders({ env, windows }: Pick<ProgramSearch, 'env' | 'windows'>): readonly string[] {
  const path = env['PATH'] ?? (windows ? env['Path'] : undefined) ?? '';
  const isAbsolute = windows ? /^(?:[A-Za-z]:)?[\\/]/ : /^\//;
  const folders = path.split(windows ? ';' : ':').filter((folder) => isAbsolute.test(folder));
  return [...new Set(folders.map((folder) => (folder.length > 1 ? folder.replace(/[\\/]+$/, '') : folder)))];
}

function windowsNames(name: string, env: Environment): readonly string[] {
  const endings = (env['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').split(';').filter(Boolean);
  const hasEnding = endings.some((ending) => name.toLowerCase().endsWith(ending.toLowerCase()));
  return hasEnding ? [name] : endings.map((ending) => name + ending);
}
